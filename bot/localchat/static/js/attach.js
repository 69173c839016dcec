// @ts-check
/** Adds photos and files: by file dialog, camera, paste and drop. */
import { h, icon, isTouch } from "./dom.js";
import { t } from "./i18n.js";
import { openMenu } from "./menu.js";

/** @typedef {(files: File[], as?: "photo" | "document") => void} TakeFiles */

/** @param {HTMLElement} button @param {TakeFiles} take @param {() => void} showSamples */
export function openAttachMenu(button, take, showSamples) {
  const items = [
    { label: t("attachPhoto"), icon: "image", run: () => pick({ accept: "image/*", take: (files) => take(files, "photo") }) },
    isTouch() && { label: t("takePhoto"), icon: "camera", run: () => pick({ accept: "image/*", capture: "environment", take: (files) => take(files, "photo") }) },
    { label: t("attachFile"), icon: "file", run: () => pick({ accept: "", take: (files) => take(files, "document") }) },
    { label: t("attachSample"), icon: "sample", run: showSamples },
  ].filter(Boolean);
  openMenu(button, /** @type {any} */ (items), { label: t("attach") });
}

/** @param {{accept: string, capture?: string, take: (files: File[]) => void}} how */
export function pick({ accept, capture, take }) {
  document.querySelector("input.file-picker")?.remove();
  const input = h("input", { type: "file", class: "file-picker", accept: accept || null, capture, multiple: !capture, hidden: true, "aria-label": t("attach") });
  input.addEventListener("change", () => { take([...input.files]); input.remove(); });
  document.body.append(input);
  input.click();
}

/** @param {HTMLElement} field @param {TakeFiles} take */
export function acceptPaste(field, take) {
  field.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    take(files);
  });
}

/** @param {DragEvent} event */
const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");

/** @param {HTMLElement} pane @param {TakeFiles} take @param {() => boolean} allowed */
export function acceptDrops(pane, take, allowed) {
  const curtain = h("div", { class: "drop-curtain", hidden: true }, icon("image"), h("strong", {}, t("dropHere")), h("span", {}, t("dropHint")));
  pane.append(curtain);
  const show = (/** @type {boolean} */ on) => { curtain.hidden = !on; };
  pane.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    show(allowed());
  });
  pane.addEventListener("dragleave", (event) => {
    if (!pane.contains(/** @type {Node | null} */ (event.relatedTarget))) show(false);
  });
  pane.addEventListener("drop", (event) => {
    show(false);
    if (!carriesFiles(event)) return;
    event.preventDefault();
    take([...(event.dataTransfer?.files ?? [])]);
  });
}

/** Keeps a file that is dropped outside the chat from replacing the page. */
export function ignoreStrayDrops() {
  for (const kind of ["dragover", "drop"]) {
    addEventListener(kind, (event) => { if (carriesFiles(/** @type {DragEvent} */ (event))) event.preventDefault(); });
  }
}
