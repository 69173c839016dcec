// @ts-check
/** What can be done with a message. */
import { api } from "./api.js";
import { confirmDialog, toast, toastError } from "./dialogs.js";
import { t } from "./i18n.js";
import { openMenu } from "./menu.js";
import { isMine, openChat, store } from "./store.js";

/** @typedef {import("./types.js").Message} Message */

/**
 * @param {HTMLElement} anchor @param {Message} message
 * @param {{reply: (message: Message) => void, edit: (message: Message) => void}} actions @param {{x: number, y: number}} [at]
 */
export function openMessageMenu(anchor, message, actions, at) {
  const text = message.text || message.caption;
  const items = [
    { label: t("reply"), icon: "reply", run: () => actions.reply(message) },
    text && { label: t("copy"), icon: "copy", run: () => copyText(text) },
    isMine(message) && { label: t("edit"), icon: "edit", run: () => actions.edit(message) },
    mayDelete(message) && { label: t("remove"), icon: "trash", danger: true, run: () => remove(message) },
  ].filter(Boolean);
  openMenu(anchor, /** @type {any} */ (items), { label: t("messageActions"), at });
}

/** @param {Message} message */
function mayDelete(message) {
  const chat = openChat();
  return isMine(message) || chat?.type === "private" || chat?.role === "administrator" || chat?.role === "creator";
}

/** @param {string} text */
async function copyText(text) {
  await navigator.clipboard.writeText(text).then(() => toast(t("copied")), toastError);
}

/** @param {Message} message */
async function remove(message) {
  const sure = await confirmDialog({ title: t("deleteTitle"), text: t("deleteText"), yes: t("remove") });
  if (sure) await api.remove(store.me, message.chat_id, message.id).catch(toastError);
}
