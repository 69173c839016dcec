// @ts-check
/** The list of chats, newest first, with arrow keys. */
import { chatAvatar } from "./avatar.js";
import { senderName, summary } from "./bubble.js";
import { h, hiddenText } from "./dom.js";
import { localNotice } from "./empty.js";
import { shortTime, t } from "./i18n.js";
import { hashFor } from "./route.js";
import { on, sortDate, store, unreadOf } from "./store.js";
import { recall } from "./prefs.js";

/** @typedef {import("./types.js").Chat} Chat */

export function createChatList() {
  const list = h("ul", { class: "chat-list" });
  const nav = h("nav", { class: "chat-nav", "aria-label": t("chats") }, h("h2", { class: "pane-title" }, t("chats")), list);
  list.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => onKey(event, list));
  const render = () => renderList(list);
  for (const topic of ["chats", "action", "outbox"]) on(topic, render);
  render();
  return { root: h("aside", { class: "sidebar" }, nav, localNotice()), render };
}

/** @param {HTMLElement} list */
function renderList(list) {
  const focused = list.contains(document.activeElement) ? document.activeElement?.getAttribute("href") : null;
  const chats = [...store.chats.values()].sort((a, b) => sortDate(b) - sortDate(a));
  list.replaceChildren(...chats.map(item));
  if (focused) /** @type {HTMLElement | null} */ (list.querySelector(`[href="${focused}"]`))?.focus();
}

/** @param {Chat} chat */
function item(chat) {
  const unread = unreadOf(chat);
  const current = chat.id === store.chatId;
  const last = chat.last_message;
  return h("li", {}, h("a", { class: "chat-item", href: hashFor(store.me, chat.id), "aria-current": current ? "true" : null, dataset: { testid: "chat-item", chatId: chat.id } },
    chatAvatar(chat),
    h("span", { class: "chat-lines" },
      h("span", { class: "chat-line" }, h("span", { class: "chat-title" }, chat.title), last && h("time", { class: "chat-time" }, shortTime(last.date))),
      h("span", { class: "chat-line" }, h("span", { class: "chat-preview" }, preview(chat)),
        unread > 0 && h("span", { class: "badge" }, String(unread), hiddenText(` ${t("unread", { count: unread }).replace(/^\d+\s/, "")}`))))));
}

/** @param {Chat} chat */
function preview(chat) {
  const action = store.actions.get(chat.id);
  if (action && action.until > Date.now()) return h("em", {}, t("typing", { name: store.bot.first_name }));
  const draft = recall(`draft.${store.me}.${chat.id}`, "");
  if (draft && chat.id !== store.chatId) return [h("em", {}, "✎ "), draft];
  if (!chat.last_message) return t("noMessages");
  const name = chat.type === "private" || chat.last_message.service ? "" : senderName(chat.last_message);
  return [name && h("b", {}, `${name}: `), summary(chat.last_message)];
}

/** @param {KeyboardEvent} event @param {HTMLElement} list */
function onKey(event, list) {
  const links = /** @type {HTMLElement[]} */ ([...list.querySelectorAll("a")]);
  const at = links.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  /** @type {Record<string, number>} */
  const steps = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 };
  if (at < 0 || !(event.key in steps)) return;
  event.preventDefault();
  links[Math.min(Math.max(0, steps[event.key]), links.length - 1)].focus();
}
