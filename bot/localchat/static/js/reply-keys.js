// @ts-check
/** The assistant's reply keyboard below the text field. */
import { h, icon, iconButton } from "./dom.js";
import { t } from "./i18n.js";
import { enqueue } from "./outbox.js";
import { messagesOf, store } from "./store.js";
import { chooseChat } from "./share-chat.js";
import { toast } from "./dialogs.js";

/** @typedef {import("./types.js").ReplyButton} ReplyButton */

export class ReplyKeys {
  constructor() {
    this.root = h("div", { class: "reply-keys", role: "group", "aria-label": t("replyKeyboard"), hidden: true, dataset: { testid: "reply-keyboard" } });
    this.toggleButton = iconButton("keyboard", t("hideKeyboard"), () => this.toggle(), { "aria-pressed": "true", hidden: true });
    this.sign = "";
    this.folded = false;
  }

  toggle() {
    this.folded = !this.folded;
    this.show(true);
  }

  /** @param {boolean} allowed whether one can write here */
  show(allowed) {
    const message = allowed ? currentKeyboard() : null;
    const rows = /** @type {ReplyButton[][]} */ (message?.reply_keyboard ?? []);
    const sign = JSON.stringify([message?.chat_id, message?.id, rows]);
    if (sign !== this.sign) {
      this.sign = sign;
      this.folded = false;
      this.root.replaceChildren(...rows.map((row) => h("div", { class: "key-row" }, row.map((button) => this.key(button, message?.id ?? 0)))));
    }
    this.root.hidden = rows.length === 0 || this.folded;
    this.toggleButton.hidden = rows.length === 0;
    const label = t(this.folded ? "showKeyboard" : "hideKeyboard");
    this.toggleButton.setAttribute("aria-label", label);
    this.toggleButton.title = label;
    this.toggleButton.setAttribute("aria-pressed", String(!this.folded));
  }

  /** @param {ReplyButton} button @param {number} messageId */
  key(button, messageId) {
    const shares = button.kind === "request_chat";
    return h("button", { type: "button", class: "key", onclick: () => press(button, messageId) }, shares && icon("group"), h("span", {}, button.text));
  }
}

/** The message with the current reply keyboard: the newest that sets or removes one. */
function currentKeyboard() {
  if (store.chatId === null) return null;
  const message = messagesOf(store.chatId).filter((one) => one.reply_keyboard && !one.deleted).at(-1);
  return message && Array.isArray(message.reply_keyboard) && message.reply_keyboard.length ? message : null;
}

/** @param {ReplyButton} button @param {number} messageId */
function press(button, messageId) {
  if (store.chatId === null) return;
  if (button.kind === "text") enqueue(store.chatId, { text: button.text });
  else if (button.kind === "request_chat") chooseChat(button, messageId);
  else toast(t("unsupportedButton"));
}
