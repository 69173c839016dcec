// @ts-check
/** The header of the open chat: name, state, menus, and the link back to the list on a phone. */
import { api } from "./api.js";
import { chatAvatar } from "./avatar.js";
import { toastError } from "./dialogs.js";
import { h, icon, iconButton } from "./dom.js";
import { t } from "./i18n.js";
import { openMenu } from "./menu.js";
import { hashFor } from "./route.js";
import { refreshChats } from "./session.js";
import { openSetup } from "./setup.js";
import { on, openChat, store } from "./store.js";
import { personButton } from "./topbar.js";

/** @param {import("./types.js").Chat} chat */
export function chatKind(chat) {
  if (chat.type === "private") return t("online");
  const count = chat.member_count ?? 0;
  if (chat.type === "channel") return [t("channel"), count && t("subscribers", { count })].filter(Boolean).join(" · ");
  return t("members", { count });
}

export function createHeader() {
  const root = h("header", { class: "chat-head" });
  const render = () => draw(root);
  for (const topic of ["chats", "action", "people"]) on(topic, render);
  return { root, render };
}

/** @param {HTMLElement} root */
function draw(root) {
  const chat = openChat();
  root.hidden = !chat;
  if (!chat) return;
  const sign = JSON.stringify([chat.id, chat.title, subtitle(chat), store.me, chat.blocked]);
  if (root.dataset.sign === sign) return;
  root.dataset.sign = sign;
  const back = h("a", { class: "icon-button back", href: hashFor(store.me), "aria-label": t("back"), title: t("back") }, icon("back"));
  const words = h("div", { class: "chat-head-text" }, h("h1", {}, chat.title), h("p", { class: "chat-subtitle" }, subtitle(chat)));
  const more = iconButton("menu", t("chatMenu"), (event) => openChatMenu(/** @type {HTMLElement} */ (event.currentTarget), chat), { "aria-haspopup": "menu" });
  root.replaceChildren(back, chatAvatar(chat), words, personButton(), more);
}

/** @param {import("./types.js").Chat} chat */
function subtitle(chat) {
  const action = store.actions.get(chat.id);
  if (!action || action.until <= Date.now()) return chatKind(chat);
  return t(action.action.startsWith("upload") ? "uploading" : "typing", { name: store.bot.first_name });
}

/** @param {HTMLElement} anchor @param {import("./types.js").Chat} chat */
function openChatMenu(anchor, chat) {
  const setup = { label: t("clinicSetup"), icon: "group", run: () => openSetup() };
  const block = chat.blocked
    ? { label: t("unblock"), icon: "check", run: () => setBlocked(chat, false) }
    : { label: t("block"), icon: "close", danger: true, run: () => setBlocked(chat, true) };
  openMenu(anchor, /** @type {any} */ (chat.type === "private" ? [setup, block] : [setup]), { label: t("chatMenu") });
}

/** @param {import("./types.js").Chat} chat @param {boolean} blocked */
async function setBlocked(chat, blocked) {
  await api.block(store.me, chat.id, blocked).catch(toastError);
  await refreshChats().catch(() => undefined);
}
