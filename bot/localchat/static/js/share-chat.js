// @ts-check
/** Choosing a group or channel for a button that asks for one. */
import { api } from "./api.js";
import { chatAvatar } from "./avatar.js";
import { openDialog, toastError } from "./dialogs.js";
import { h } from "./dom.js";
import { t } from "./i18n.js";
import { openSetup } from "./setup.js";
import { store } from "./store.js";
import { chatKind } from "./header.js";

/** @param {import("./types.js").ReplyButton} button @param {number} messageId */
export function chooseChat(button, messageId) {
  const asked = store.chatId ?? 0;
  const choices = [...store.chats.values()].filter((chat) => fits(chat, button));
  const share = async (/** @type {number} */ id) => {
    dialog.close();
    await api.shareChat(store.me, asked, { message_id: messageId, request_id: button.request_id, shared_chat_id: id }).catch(toastError);
  };
  const list = h("ul", { class: "pick-list" }, choices.map((chat) => h("li", {},
    h("button", { type: "button", class: "pick", onclick: () => share(chat.id) }, chatAvatar(chat, "small"),
      h("span", { class: "pick-text" }, h("b", {}, chat.title), h("small", {}, chatKind(chat)))))));
  const none = [h("p", {}, t("noChats")), h("button", { type: "button", class: "button", onclick: () => { dialog.close(); openSetup(); } }, t("openSetup"))];
  const body = [h("p", { class: "muted" }, t("chooseChatText", { name: store.bot.first_name })), choices.length ? list : none];
  const dialog = openDialog({ title: t("chooseChat"), className: "small", body, testId: "share-chat" });
}

/** @param {import("./types.js").Chat} chat @param {import("./types.js").ReplyButton} button */
function fits(chat, button) {
  if (chat.type === "private" || !chat.role) return false;
  return button.chat_is_channel === undefined || button.chat_is_channel === (chat.type === "channel");
}
