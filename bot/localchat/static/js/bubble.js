// @ts-check
/** One message, or one album, as a bubble. */
import { avatar } from "./avatar.js";
import { errorText } from "./dialogs.js";
import { h, icon, iconButton } from "./dom.js";
import { richText } from "./entities.js";
import { clock, t } from "./i18n.js";
import { inlineKeyboard } from "./inline.js";
import { documentRow, pendingMedia, photoGrid } from "./media.js";
import { openMessageMenu } from "./message-menu.js";
import { discard, retry, enqueue } from "./outbox.js";
import { isMine, isSeen, openChat, store, timelineOf } from "./store.js";
import { serviceText } from "./service.js";
import { onLongPress, onSwipe } from "./touch.js";

/** @typedef {import("./types.js").Message} Message */
/** @typedef {{messages: Message[], first: boolean, last: boolean}} Run a message or album, and its place among its sender's */
/** @typedef {{reply: (message: Message) => void, edit: (message: Message) => void, jump: (id: number) => void}} BubbleActions */

/** @param {Message} message */
export function senderName(message) {
  if (isMine(message)) return t("you");
  return message.from?.anonymous || !message.from ? message.sender_chat?.title ?? message.from?.name ?? "" : message.from.name;
}

/** A summary of a message in one line, for the list of chats and for replies. @param {Message | null | undefined} message */
export function summary(message) {
  if (!message) return "";
  if (message.deleted) return t("deletedMessage");
  if (message.service) return serviceText(message.service);
  const text = (message.text || message.caption || "").replace(/\s+/g, " ").trim();
  if (text) return text;
  return message.photo ? t("photo") : message.document?.file_name ?? t("file");
}

/** @param {Run} run @param {BubbleActions} actions @returns {HTMLElement} */
export function bubble(run, actions) {
  const message = run.messages[0];
  const mine = isMine(message);
  const inGroup = openChat()?.type === "group" || openChat()?.type === "supergroup";
  const article = h("article", articleProps(run, mine), inGroup && !mine && sideAvatar(run),
    h("div", { class: "bubble-column" }, body(run, actions, inGroup && !mine), keysOf(message)),
    !message.deleted && hoverBar(message, actions));
  if (!message.deleted) makeActive(article, message, actions);
  return article;
}

/** Adds the gestures, Enter and the context menu to a message. @param {HTMLElement} article @param {Message} message @param {BubbleActions} actions */
function makeActive(article, message, actions) {
  onSwipe(article, () => actions.reply(message));
  onLongPress(article, (at) => openMessageMenu(article, message, actions, at));
  article.addEventListener("menu", () => openMessageMenu(article, message, actions));
  article.addEventListener("contextmenu", (event) => onContextMenu(event, article, message, actions));
}

/** @param {Run} run @param {boolean} mine */
function articleProps(run, mine) {
  const [message] = run.messages;
  const edge = `${run.first ? "first" : ""} ${run.last ? "last" : ""}`;
  return {
    class: `message ${mine ? "mine" : "theirs"} ${edge}`, tabindex: "-1", "aria-label": `${senderName(message)}, ${clock(message.date)}`,
    dataset: { testid: "message", messageId: message.id, own: mine, ids: run.messages.map((one) => one.id).join(" ") },
  };
}

/** @param {Run} run */
function sideAvatar(run) {
  if (!run.last) return h("span", { class: "avatar-gap" });
  const { from, sender_chat: chat } = run.messages[0];
  return avatar({ id: from?.anonymous ? 0 : from?.id ?? 0, name: senderName(run.messages[0]) || chat?.title || "?", size: "small" });
}

/** @param {Message} message */
const keysOf = (message) => (message.keyboard?.length && !message.deleted ? inlineKeyboard(message) : null);

/** @param {Run} run @param {BubbleActions} actions @param {boolean} named */
function body(run, actions, named) {
  const live = run.messages.filter((message) => !message.deleted);
  const message = live[0] ?? run.messages[0];
  if (live.length === 0) return h("div", { class: "bubble deleted" }, h("p", { class: "text" }, t("deletedMessage"), meta(message)));
  const photos = live.filter((one) => one.photo);
  const name = named && run.first && h("p", { class: "sender" }, senderName(message));
  const words = texts(live);
  const bare = photos.length > 0 && words.length === 0;
  return h("div", { class: `bubble ${photos.length ? "with-photo" : ""} ${bare ? "bare" : ""}` },
    name, quoteOf(message, actions),
    photos.length > 0 && photoGrid(photos, senderName(message)),
    live.filter((one) => one.document).map(documentRow),
    words, words.length === 0 && meta(message));
}

/** Text or captions, with the time at the end of the last. @param {Message[]} messages */
function texts(messages) {
  const spoken = messages.filter((message) => message.text || message.caption);
  return spoken.map((message, index) => {
    const entities = message.text ? message.entities : message.caption_entities;
    const nodes = richText(message.text || message.caption || "", entities ?? [], { onCommand: (text) => enqueue(message.chat_id, { text }) });
    return h("div", { class: "text", dir: "auto" }, nodes, index === spoken.length - 1 && meta(message));
  });
}

/** Time, "edited" and the state of sending. @param {Message} message */
function meta(message) {
  const edited = message.edit_date && !message.deleted;
  const title = edited ? t("editedAt", { time: clock(message.edit_date ?? 0) }) : null;
  return h("span", { class: "meta", title }, edited && h("span", { class: "edited" }, t("edited")),
    h("time", { datetime: new Date(message.date * 1000).toISOString() }, clock(message.date)),
    isMine(message) && !message.deleted && stateOf(message));
}

/** @param {Message} message */
function stateOf(message) {
  const seen = isSeen(message);
  return h("span", { class: "state", role: "img", "aria-label": t(seen ? "seen" : "sent") }, icon(seen ? "checks" : "check"));
}

/** @param {Message} message @param {BubbleActions} actions */
function quoteOf(message, actions) {
  if (!message.reply_to) return null;
  const target = timelineOf(message.chat_id).messages.get(message.reply_to);
  const name = target ? senderName(target) : t("message");
  const onclick = () => actions.jump(message.reply_to ?? 0);
  return h("button", { type: "button", class: "quoted", onclick, dataset: { testid: "quoted" } },
    h("span", { class: "quoted-name" }, name), h("span", { class: "quoted-text" }, summary(target) || "…"));
}

/** @param {Message} message @param {BubbleActions} actions */
function hoverBar(message, actions) {
  return h("div", { class: "hover-bar" },
    iconButton("reply", t("replyTo", { name: senderName(message) }), () => actions.reply(message), { tabindex: "-1", dataset: { fk: "reply" } }),
    iconButton("menu", t("messageActions"), (event) => openMessageMenu(/** @type {HTMLElement} */ (event.currentTarget), message, actions), {
      "aria-haspopup": "menu", tabindex: "-1", dataset: { fk: "more" } }));
}

/** @param {MouseEvent} event @param {HTMLElement} article @param {Message} message @param {BubbleActions} actions */
function onContextMenu(event, article, message, actions) {
  const target = /** @type {HTMLElement} */ (event.target);
  const byFinger = /** @type {PointerEvent} */ (event).pointerType === "touch";
  if (byFinger || target.closest("a") || String(getSelection()).length > 0) return;
  event.preventDefault();
  openMessageMenu(article, message, actions, { x: event.clientX, y: event.clientY });
}

/** @param {import("./types.js").Pending} item */
export function pendingBubble(item) {
  const failed = item.state === "failed";
  const text = item.text && h("div", { class: "text", dir: "auto" }, item.text, pendingMeta(failed));
  const content = h("div", { class: `bubble ${item.previews.length ? "with-photo" : ""} ${failed ? "failed" : "sending"}` },
    item.files.length > 0 && pendingMedia(item), text || pendingMeta(failed));
  const label = `${t("you")}, ${t(failed ? "notSent" : "sending")}`;
  return h("article", { class: "message mine first last", tabindex: "-1", "aria-label": label, dataset: { testid: "pending", state: item.state } },
    h("div", { class: "bubble-column" }, content, failed && failure(item)));
}

/** @param {boolean} failed */
const pendingMeta = (failed) => h("span", { class: "meta" }, h("span", { class: "state" }, icon(failed ? "alert" : "clock")));

/** @param {import("./types.js").Pending} item */
function failure(item) {
  return h("div", { class: "failure", role: "alert" },
    h("span", {}, item.reason ? `${t("notSent")}. ${errorText(item.reason)}` : t("notSent")),
    h("button", { type: "button", class: "link-button", onclick: () => retry(item) }, icon("retry"), t("retry")),
    h("button", { type: "button", class: "link-button", onclick: () => discard(item) }, t("discard")));
}

/** The announcement of a new or edited message for screen readers. @param {Message} message */
export const spoken = (message) => `${senderName(message) || store.bot.first_name}: ${message.photo && !message.caption ? t("photo") : message.text || message.caption || summary(message)}`;
