// @ts-check
/** A photo at full size: arrow keys step through an album, a click zooms, Escape and Back close it. */
import { showLayer } from "./dialogs.js";
import { h, iconButton, icon } from "./dom.js";
import { t } from "./i18n.js";

/** @typedef {{url: string, alt: string, width: number, height: number}} Shot */

/** @param {Shot[]} shots @param {number} start */
export function openViewer(shots, start) {
  let at = start;
  const image = h("img", { class: "viewer-image", draggable: "false" });
  const stage = h("button", { type: "button", class: "viewer-stage", "aria-label": t("zoom"), "aria-pressed": "false" }, image);
  const caption = h("p", { class: "viewer-caption" });
  const save = h("a", { class: "icon-button", "aria-label": t("download"), title: t("download") }, icon("download"));
  const step = (/** @type {number} */ by) => { at = (at + by + shots.length) % shots.length; show(); };
  const show = () => present(shots[at], { image, stage, caption, save }, `${at + 1} / ${shots.length}`, shots.length > 1);
  const bar = h("div", { class: "viewer-bar" }, caption, save, iconButton("close", t("close"), () => dialog.close()));
  const arrows = shots.length > 1 && [
    iconButton("back", t("previous"), () => step(-1), { class: "viewer-arrow previous" }),
    iconButton("next", t("nextPhoto"), () => step(1), { class: "viewer-arrow next" }),
  ];
  const dialog = h("dialog", { class: "viewer", "aria-label": t("photoViewer"), dataset: { testid: "viewer" } }, bar, stage, arrows);
  stage.addEventListener("click", (/** @type {MouseEvent} */ event) => zoom(stage, event));
  dialog.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (shots.length > 1 && event.key === "ArrowLeft") step(-1);
    if (shots.length > 1 && event.key === "ArrowRight") step(1);
  });
  dialog.addEventListener("close", () => dialog.remove());
  show();
  showLayer(dialog);
  stage.focus();
}

/** @param {Shot} shot @param {any} parts @param {string} count @param {boolean} many */
function present(shot, parts, count, many) {
  parts.image.src = shot.url;
  parts.image.alt = shot.alt;
  parts.stage.classList.remove("zoomed");
  parts.stage.setAttribute("aria-pressed", "false");
  parts.caption.textContent = many ? `${count} · ${shot.alt}` : shot.alt;
  parts.save.href = shot.url;
  parts.save.download = "photo.jpg";
}

/** Zooms on the point that was clicked, or back. @param {HTMLElement} stage @param {MouseEvent} event */
function zoom(stage, event) {
  const box = stage.getBoundingClientRect();
  const x = event.detail ? (event.clientX - box.left) / box.width : 0.5;
  const y = event.detail ? (event.clientY - box.top) / box.height : 0.5;
  const zoomed = stage.classList.toggle("zoomed");
  stage.setAttribute("aria-pressed", String(zoomed));
  if (!zoomed) return;
  stage.scrollLeft = (stage.scrollWidth - stage.clientWidth) * x;
  stage.scrollTop = (stage.scrollHeight - stage.clientHeight) * y;
}
