// @ts-check
/** The area for writing: text, attachments, commands, replies and edits, with a draft for each chat. */
import { api } from "./api.js";
import { acceptDrops, acceptPaste, openAttachMenu } from "./attach.js";
import { senderName, summary } from "./bubble.js";
import { CommandList } from "./commands.js";
import { toastError } from "./dialogs.js";
import { h, icon, iconButton, isTouch } from "./dom.js";
import { t } from "./i18n.js";
import { enqueue, pendingIn } from "./outbox.js";
import { recall, remember } from "./prefs.js";
import { ReplyKeys } from "./reply-keys.js";
import { SampleTray } from "./samples.js";
import { takeMessage, refreshChats } from "./session.js";
import { emit, isMine, messagesOf, myself, on, openChat, store, timelineOf } from "./store.js";

/** @typedef {import("./types.js").Message} Message */

const LONGEST_TEXT = 4096;
const TALLEST_FIELD_PX = 200;

export class Composer {
  constructor() {
    /** @type {Message | null} */
    this.replying = null;
    /** @type {Message | null} */
    this.editing = null;
    this.field = h("textarea", { class: "composer-field", rows: 1, enterkeyhint: "send", dir: "auto", dataset: { testid: "composer" } });
    this.context = h("div", { class: "composer-context" });
    this.counter = h("span", { class: "composer-counter", role: "status" });
    this.commands = new CommandList(this.field, (command) => this.sendCommand(command));
    this.keys = new ReplyKeys();
    this.samples = new SampleTray((file) => this.sendSample(file));
    this.slash = iconButton("slash", t("commands"), () => this.commands.toggle(), { class: "composer-slash", "aria-expanded": "false", dataset: { testid: "commands-button" } });
    this.attach = iconButton("attach", t("attach"), (event) => this.openAttach(/** @type {HTMLElement} */ (event.currentTarget)), { "aria-haspopup": "menu", dataset: { testid: "attach" } });
    this.sendButton = iconButton("send", t("send"), () => this.submit(), { class: "send", dataset: { testid: "send" } });
    this.row = h("div", { class: "composer-row" }, this.attach, h("div", { class: "composer-box" }, this.field, this.counter, this.keys.toggleButton, this.slash), this.sendButton);
    this.bar = h("div", { class: "composer-bar" });
    this.root = h("footer", { class: "composer", dataset: { testid: "composer-area" } }, this.commands.root, this.samples.root, this.context, this.row, this.bar, this.keys.root);
    this.commands.button = this.slash;
    this.wire();
  }

  wire() {
    this.field.addEventListener("input", () => this.onInput());
    this.field.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.onKey(event));
    acceptPaste(this.field, (files) => this.preview(files));
    new ResizeObserver(() => this.grow()).observe(this.field);
    on("incoming", (message) => this.onIncoming(message));
    for (const topic of ["timeline", "chats", "bot", "outbox"]) on(topic, () => this.refresh());
  }

  /** @param {HTMLElement} pane the area where files can be dropped */
  acceptDropsOn(pane) {
    acceptDrops(pane, (files) => this.preview(files), () => this.mode() === "write");
  }

  /** Shows the state of the open chat. */
  reset() {
    this.replying = null;
    this.editing = null;
    this.setText(this.draft());
    const chat = openChat();
    this.field.placeholder = t("message");
    this.field.setAttribute("aria-label", t("messageTo", { name: chat?.title ?? "" }));
    this.commands.close();
    this.refresh();
    if (!isTouch() && this.mode() === "write") this.field.focus({ preventScroll: true });
  }

  draftKey() { return `draft.${store.me}.${store.chatId}`; }
  draft() { return recall(this.draftKey(), ""); }

  /** @param {string} text */
  setText(text) {
    this.field.value = text;
    this.grow();
  }

  /** What the person can do in the open chat: write, start, unblock, or only read. */
  mode() {
    const chat = openChat();
    if (!chat) return "none";
    if (chat.type === "private") {
      if (chat.blocked) return "blocked";
      const silent = timelineOf(chat.id).loaded && messagesOf(chat.id).length === 0 && pendingIn(chat.id).length === 0;
      return silent ? "start" : "write";
    }
    if (!chat.role) return "outside";
    return chat.type === "channel" && chat.role === "member" ? "readonly" : "write";
  }

  refresh() {
    const mode = this.mode();
    if (this.root.dataset.mode !== mode) this.drawBar(mode);
    this.root.dataset.mode = mode;
    this.row.hidden = mode !== "write";
    this.bar.hidden = mode === "write" || mode === "none";
    this.root.hidden = mode === "none";
    this.commands.setCommands(store.botHere?.commands ?? []);
    this.slash.hidden = (store.botHere?.commands ?? []).length === 0 || openChat()?.type === "channel";
    this.keys.show(mode === "write");
    this.samples.refresh(mode === "write");
    this.drawContext();
  }

  /** @param {string} mode */
  drawBar(mode) {
    const big = (/** @type {string} */ text, /** @type {() => void} */ run, /** @type {string} */ testid) =>
      h("button", { type: "button", class: "button primary wide", onclick: run, dataset: { testid } }, text);
    /** @type {Record<string, () => any>} */
    const bars = {
      start: () => big(t("start"), () => this.start(), "start"),
      blocked: () => big(t("restart"), () => this.unblock(), "unblock"),
      readonly: () => h("p", { class: "bar-note" }, t("readOnly")),
      outside: () => h("p", { class: "bar-note" }, t("notMember", { name: myself()?.first_name ?? "" })),
    };
    this.bar.replaceChildren(...(bars[mode] ? [bars[mode]()] : []));
  }

  start() {
    if (store.chatId === null) return;
    enqueue(store.chatId, { text: "/start" });
    if (!isTouch()) setTimeout(() => this.field.focus(), 50); // on a phone the keyboard would cover the answer
  }

  async unblock() {
    const chat = openChat();
    if (!chat) return;
    await api.block(store.me, chat.id, false).then(() => { chat.blocked = false; }, toastError);
    this.start();
    refreshChats().catch(() => undefined);
  }

  onInput() {
    remember(this.draftKey(), this.editing ? this.draft() : this.field.value);
    this.grow();
    this.commands.filter(this.field.value);
  }

  /** Makes the field as high as its text. A hidden field has no height: it is measured when it appears. */
  grow() {
    this.field.style.setProperty("height", "auto");
    if (this.field.scrollHeight > 0) this.field.style.setProperty("height", `${Math.min(this.field.scrollHeight, TALLEST_FIELD_PX)}px`);
    const over = this.field.value.length - LONGEST_TEXT;
    this.counter.textContent = over > 0 ? t("tooLong", { count: over }) : "";
    this.sendButton.classList.toggle("ready", this.field.value.trim().length > 0 && over <= 0);
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    if (event.isComposing || this.commands.onKey(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.submit();
    } else if (event.key === "Escape" && (this.replying || this.editing)) {
      event.stopPropagation();
      this.cancelContext();
    } else if (event.key === "ArrowUp" && this.field.value === "") {
      const last = messagesOf(store.chatId ?? 0).filter((message) => isMine(message) && !message.deleted && message.text).at(-1);
      if (last) { event.preventDefault(); this.edit(last); }
    }
  }

  async submit() {
    const text = this.field.value.trim();
    const chatId = store.chatId;
    if (chatId === null || text.length > LONGEST_TEXT) return;
    if (this.editing) return this.saveEdit(this.editing, text);
    if (!text) return;
    enqueue(chatId, { text, reply_to: this.replying?.id ?? null });
    this.clear();
  }

  clear() {
    remember(this.draftKey(), null);
    this.setText("");
    this.commands.close();
    this.cancelContext();
  }

  /** @param {Message} message @param {string} text */
  async saveEdit(message, text) {
    const field = message.text ? "text" : "caption";
    if (!text && field === "text") return;
    try {
      const edited = await api.edit(store.me, message.chat_id, message.id, { [field]: text });
      if (edited?.id) takeMessage(edited, false);
      this.cancelContext();
    } catch (error) {
      toastError(error);
    }
  }

  /** @param {string} command with its slash */
  sendCommand(command) {
    const chat = openChat();
    if (!chat) return;
    const address = chat.type === "private" ? "" : `@${store.bot.username}`;
    enqueue(chat.id, { text: command + address });
    remember(this.draftKey(), null);
    this.setText("");
    this.field.focus();
  }

  /** @param {Message} message */
  reply(message) {
    this.editing = null;
    this.replying = message;
    this.drawContext();
    this.field.focus();
  }

  /** @param {Message} message */
  edit(message) {
    this.replying = null;
    this.editing = message;
    this.setText(message.text || message.caption || "");
    this.drawContext();
    this.field.focus();
  }

  /** The assistant may ask for a reply to its message. @param {Message} message */
  onIncoming(message) {
    const asks = message.chat_id === store.chatId && message.reply_keyboard && "force_reply" in message.reply_keyboard;
    if (!asks || this.editing) return;
    this.reply(message);
    this.field.placeholder = /** @type {any} */ (message.reply_keyboard).placeholder || t("message");
  }

  cancelContext() {
    this.field.placeholder = t("message");
    if (this.editing) this.setText(this.draft());
    this.replying = null;
    this.editing = null;
    this.drawContext();
  }

  drawContext() {
    const message = this.editing ?? this.replying;
    const sign = message ? `${this.editing ? "e" : "r"}${message.id}` : "";
    if (this.context.dataset.sign === sign) return;
    this.context.dataset.sign = sign;
    if (!message) return this.context.replaceChildren();
    const title = this.editing ? t("editing") : t("replyingTo", { name: senderName(message) });
    const cancel = iconButton("close", t(this.editing ? "cancelEdit" : "cancelReply"), () => { this.cancelContext(); this.field.focus(); });
    this.context.replaceChildren(icon(this.editing ? "edit" : "reply"),
      h("div", { class: "context-text" }, h("b", {}, title), h("span", {}, summary(message))), cancel);
  }

  /** @param {HTMLElement} button */
  openAttach(button) { openAttachMenu(button, (files, as) => this.preview(files, as), () => this.samples.open()); }

  /** @param {File[]} files @param {"photo" | "document"} [as] */
  async preview(files, as = "photo") {
    if (files.length === 0 || this.mode() !== "write") return;
    const { openPreview } = await import("./preview.js");
    const caption = this.editing ? "" : this.field.value;
    openPreview(files, { as, caption, send: (batches) => this.sendBatches(batches) });
  }

  /** @param {File} file what is typed stays */
  sendSample(file) {
    if (store.chatId === null) return;
    enqueue(store.chatId, { files: [file], previews: [URL.createObjectURL(file)], as: "photo", reply_to: this.replying?.id ?? null });
    if (this.replying) this.cancelContext();
  }

  /** @param {{files: File[], previews: string[], as: "photo" | "document", text: string}[]} batches */
  sendBatches(batches) {
    if (store.chatId === null) return;
    batches.forEach((batch, index) => enqueue(store.chatId ?? 0, { ...batch, reply_to: index === 0 ? this.replying?.id ?? null : null }));
    this.clear();
    emit("timeline", store.chatId);
  }
}
