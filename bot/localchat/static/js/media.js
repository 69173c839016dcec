// @ts-check
/** Photos, albums and documents inside a message. */
import { api } from "./api.js";
import { h, icon } from "./dom.js";
import { fileSize, t } from "./i18n.js";
import { store } from "./store.js";
import { openViewer } from "./viewer.js";

/** @typedef {import("./types.js").Message} Message */

const WIDEST_PX = 460;
const TALLEST_PX = 500;

/** @param {string} text */
const firstLine = (text) => text.split("\n", 1)[0].trim();

/** The name of a photo: the first line of its caption. @param {Message} message @param {string} sender */
export const altOf = (message, sender) => firstLine(message.caption ?? "") || t("photoFrom", { name: sender });

/** @param {Message[]} messages all of one album, or one photo @param {string} sender */
export function photoGrid(messages, sender) {
  const shots = messages.map((message) => shotOf(message, sender));
  const tiles = shots.map((shot, index) => tile(shot, () => openViewer(shots, index), messages.length === 1));
  if (tiles.length === 1) return tiles[0];
  const grid = h("div", { class: "album", dataset: { count: tiles.length, lead: tiles.length % 3, testid: "album" } }, tiles);
  grid.setAttribute("role", "group");
  grid.setAttribute("aria-label", t("album"));
  return grid;
}

/** @param {Message} message @param {string} sender */
function shotOf(message, sender) {
  const photo = /** @type {NonNullable<Message["photo"]>} */ (message.photo);
  return { url: api.fileUrl(store.me, photo.file_id), alt: altOf(message, sender), width: photo.width, height: photo.height };
}

/** @param {{url: string, alt: string, width: number, height: number}} shot @param {() => void} open @param {boolean} alone */
function tile(shot, open, alone) {
  const image = h("img", { src: shot.url, alt: shot.alt, width: shot.width, height: shot.height, decoding: "async", draggable: "false" });
  image.addEventListener("error", () => button.classList.add("broken"));
  const button = h("button", { type: "button", class: "photo", "aria-label": t("openPhoto", { name: shot.alt }), onclick: open, dataset: { fk: `photo-${shot.url}` } }, image);
  if (alone) fit(button, shot);
  return button;
}

/** Reserves room for the photo before it has loaded. @param {HTMLElement} element @param {{width: number, height: number}} size */
function fit(element, { width, height }) {
  const scale = Math.min(1, WIDEST_PX / width, TALLEST_PX / height);
  element.style.setProperty("--w", `${Math.max(120, Math.round(width * scale))}px`);
  element.style.setProperty("--ratio", `${width} / ${height}`);
}

/** @param {Message} message */
export function documentRow(message) {
  const file = /** @type {NonNullable<Message["document"]>} */ (message.document);
  const name = file.file_name ?? t("file");
  const size = fileSize(file.size ?? 0);
  const props = { class: "document", href: api.fileUrl(store.me, file.file_id), download: name, "aria-label": t("fileLabel", { name, size }) };
  return h("a", { ...props, dataset: { testid: "document" } }, fileBadge(name), fileText(name, size), icon("download"));
}

/** @param {string} name */
function fileBadge(name) {
  const extension = /\.([a-z0-9]{1,4})$/i.exec(name)?.[1]?.toUpperCase();
  return h("span", { class: "file-badge", "aria-hidden": "true" }, extension ?? icon("file"));
}

/** @param {string} name @param {string} size */
function fileText(name, size) {
  return h("span", { class: "file-text" }, h("span", { class: "file-name" }, name), h("span", { class: "file-size" }, size));
}

/** Photos and files that are being sent. @param {import("./types.js").Pending} item */
export function pendingMedia(item) {
  if (item.as === "photo") {
    const images = item.previews.map((url) => h("span", { class: "photo" }, h("img", { src: url, alt: t("photo") })));
    return images.length === 1 ? images[0] : h("div", { class: "album", dataset: { count: images.length, lead: images.length % 3 } }, images);
  }
  return item.files.map((file) => h("span", { class: "document" }, fileBadge(file.name), fileText(file.name, fileSize(file.size))));
}
