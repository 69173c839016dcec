// @ts-check
/** The preview before sending: add, remove, caption, one or several lesions, photo or file. */
import { pick } from "./attach.js";
import { openDialog } from "./dialogs.js";
import { h, icon, iconButton, isTouch } from "./dom.js";
import { fileSize, t } from "./i18n.js";

/** @typedef {{file: File, url: string, shown: boolean}} Item shown: the browser can display it */
/** @typedef {{files: File[], previews: string[], as: "photo" | "document", text: string}} Batch */

const MOST_IN_ALBUM = 10;
/** More photos than this are rarely of one lesion, so that "different lesions" is preselected. */
const USUAL_IN_ALBUM = 4;
const LONGEST_CAPTION = 1024;

/** @param {File[]} files @param {{as: "photo" | "document", caption: string, send: (batches: Batch[]) => void}} options */
export async function openPreview(files, options) {
  const items = await Promise.all(files.map(readItem));
  new Preview(items, options);
}

/** @param {File} file @returns {Promise<Item>} */
async function readItem(file) {
  const url = URL.createObjectURL(file);
  const shown = file.type.startsWith("image/") && (await canShow(url));
  return { file, url, shown };
}

/** @param {string} url @returns {Promise<boolean>} */
async function canShow(url) {
  const image = new Image();
  image.src = url;
  return image.decode().then(() => true, () => false);
}

class Preview {
  /** @param {Item[]} items @param {{as: "photo" | "document", caption: string, send: (batches: Batch[]) => void}} options */
  constructor(items, { as, caption, send }) {
    this.items = items;
    this.as = as;
    this.send = send;
    this.sent = false;
    /** The person's own choice between one album and a message each. @type {boolean | null} */
    this.chosenAlbum = null;
    this.grid = h("div", { class: "preview-grid" });
    this.caption = h("textarea", { class: "preview-caption", rows: 2, dir: "auto", placeholder: t("captionHint"), "aria-label": t("caption"), value: caption, dataset: { testid: "caption" } });
    this.counter = h("p", { class: "field-note error", role: "status" });
    this.choice = h("fieldset", { class: "choice" });
    this.grouping = h("fieldset", { class: "choice", dataset: { testid: "grouping" } });
    this.submit = h("button", { type: "button", class: "button primary", onclick: () => this.finish(), dataset: { testid: "preview-send" } }, icon("send"), t("send"));
    const add = h("button", { type: "button", class: "button", onclick: () => pick({ accept: "", take: (more) => this.add(more) }) }, icon("add"), t("addMore"));
    this.dialog = openDialog({ title: "", className: "preview", body: [this.grid, this.grouping, this.choice, this.caption, this.counter], footer: [add, this.submit], testId: "preview", onClose: () => this.release() });
    this.caption.addEventListener("input", () => this.count());
    this.caption.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.onKey(event));
    this.draw();
    (isTouch() ? this.submit : this.caption).focus({ preventScroll: true }); // a phone's keyboard would cover the photos
  }

  get onlyFile() { return this.items.some((item) => !item.shown); }
  get kind() { return this.onlyFile ? "document" : this.as; }
  get fitsAlbum() { return this.items.length <= MOST_IN_ALBUM; }
  /** An album is read as one lesion: several lesions go one by one. */
  get asAlbum() { return this.fitsAlbum && (this.chosenAlbum ?? this.items.length <= USUAL_IN_ALBUM); }

  draw() {
    if (this.items.length === 0) return this.dialog.close();
    const title = this.dialog.querySelector("h2");
    if (title) title.textContent = t("previewTitle", { count: this.items.length });
    this.grid.dataset.kind = this.kind;
    this.grid.dataset.count = String(this.items.length);
    this.grid.replaceChildren(...this.items.map((item) => this.tile(item)));
    this.drawGrouping();
    this.drawChoice();
    this.count();
  }

  /** @param {Item} item */
  tile(item) {
    const remove = iconButton("close", t("removeItem", { name: item.file.name }), () => this.drop(item), { class: "tile-remove" });
    const picture = item.shown ? h("img", { src: item.url, alt: item.file.name }) : h("span", { class: "file-badge" }, icon("file"));
    const words = h("span", { class: "file-text" }, h("span", { class: "file-name" }, item.file.name), h("span", { class: "file-size" }, fileSize(item.file.size)));
    return h("figure", { class: "tile" }, picture, this.kind === "document" && words, remove);
  }

  drawGrouping() {
    this.grouping.hidden = this.items.length < 2;
    const choose = (/** @type {string} */ value) => { this.chosenAlbum = value === "one"; };
    const group = { name: "grouping", root: this.grouping, checked: this.asAlbum ? "one" : "different", choose };
    const notes = [!this.fitsAlbum && t("albumFull", { count: MOST_IN_ALBUM }), !this.asAlbum && t("captionEach")].filter(Boolean);
    this.grouping.replaceChildren(h("legend", {}, t("whatTheyShow")),
      this.option(group, { value: "one", disabled: !this.fitsAlbum }, t("oneLesion"), t("oneLesionHint")),
      this.option(group, { value: "different" }, t("differentLesions"), t("differentLesionsHint")),
      ...notes.map((note) => h("p", { class: "field-note" }, note)));
  }

  drawChoice() {
    const choose = (/** @type {string} */ value) => { this.as = /** @type {"photo" | "document"} */ (value); };
    const group = { name: "send-as", root: this.choice, checked: this.kind, choose };
    this.choice.replaceChildren(h("legend", {}, t("sendAs")),
      this.option(group, { value: "photo", disabled: this.onlyFile }, t("asPhoto"), t("asPhotoHint")),
      this.option(group, { value: "document" }, t("asFile"), t("asFileHint")),
      ...(this.onlyFile ? [h("p", { class: "field-note" }, t("onlyFile"))] : []));
  }

  /**
   * @param {{name: string, root: HTMLElement, checked: string, choose: (value: string) => void}} group
   * @param {{value: string, disabled?: boolean}} props @param {string} label @param {string} hint
   */
  option(group, { value, disabled = false }, label, hint) {
    const input = h("input", { type: "radio", name: group.name, value, checked: group.checked === value, disabled });
    input.addEventListener("change", () => {
      group.choose(value);
      this.draw();
      /** @type {HTMLElement | null} */ (group.root.querySelector(`[value=${value}]`))?.focus();
    });
    return h("label", { class: "choice-option" }, input, h("span", {}, h("b", {}, label), h("small", {}, hint)));
  }

  count() {
    const over = this.caption.value.length - LONGEST_CAPTION;
    this.counter.textContent = over > 0 ? t("tooLong", { count: over }) : "";
    this.submit.disabled = over > 0;
  }

  /** @param {File[]} files */
  async add(files) {
    this.items.push(...(await Promise.all(files.map(readItem))));
    this.draw();
  }

  /** @param {Item} item */
  drop(item) {
    this.items = this.items.filter((other) => other !== item);
    URL.revokeObjectURL(item.url);
    this.draw();
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || this.submit.disabled) return;
    event.preventDefault();
    this.finish();
  }

  finish() {
    const text = this.caption.value.trim();
    const parts = this.asAlbum ? [this.items] : this.items.map((item) => [item]);
    const batches = parts.map((part) => ({ files: part.map((item) => item.file), previews: part.map((item) => item.url), as: this.kind, text }));
    this.sent = true;
    this.dialog.close();
    this.send(batches);
  }

  release() {
    if (!this.sent) for (const item of this.items) URL.revokeObjectURL(item.url);
  }
}
