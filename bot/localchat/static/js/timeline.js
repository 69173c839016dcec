// @ts-check
/** The messages of the open chat. Only changed messages are drawn again. */
import { bubble, pendingBubble, senderName, spoken, summary } from "./bubble.js";
import { announce, h, icon } from "./dom.js";
import { emptyState } from "./empty.js";
import { dayKey, dayName, language, t } from "./i18n.js";
import { pendingIn } from "./outbox.js";
import { loadOlder } from "./session.js";
import { serviceText } from "./service.js";
import { isMine, isSeen, messagesOf, on, openChat, store, timelineOf } from "./store.js";

/** @typedef {import("./types.js").Message} Message */
/** @typedef {{key: string, sign: string, build: () => HTMLElement}} Row */

/** Nearer to the end than this, a new message scrolls into view. */
const NEAR_PX = 120;
/** "To the latest" stays until the very end: it takes up room, and hiding it earlier would move the messages. */
const AT_END_PX = 4;
const RUN_GAP_S = 600;

/** @param {{reply: (message: Message) => void, edit: (message: Message) => void}} actions */
export function createTimeline(actions) {
  const list = h("div", { class: "message-list", role: "log", "aria-live": "off", dataset: { testid: "timeline" } });
  const typing = h("div", { class: "typing-slot" });
  const scroller = h("div", { class: "timeline", tabindex: "-1" }, list, typing);
  const badge = h("span", { class: "badge", hidden: true });
  const toEnd = h("button", { type: "button", class: "to-end", hidden: true, dataset: { testid: "to-latest" } }, icon("down"), h("span", {}, t("toLatest")), badge);
  const root = h("div", { class: "timeline-frame" }, scroller, toEnd);
  const view = new TimelineView({ list, scroller, typing, toEnd, badge, actions });
  return { root, view };
}

class TimelineView {
  /** @param {any} parts */
  constructor({ list, scroller, typing, toEnd, badge, actions }) {
    Object.assign(this, { list, scroller, typing, toEnd, badge });
    /** @type {any} */ (this.actions) = { ...actions, jump: (/** @type {number} */ id) => this.jump(id) };
    /** @type {Map<string, {sign: string, element: HTMLElement}>} */
    this.rows = new Map();
    this.fresh = 0;
    this.settled = false;
    this.loading = false;
    scroller.addEventListener("scroll", () => this.onScroll(), { passive: true });
    toEnd.addEventListener("click", () => this.scrollToEnd(true));
    list.addEventListener("focusin", () => this.makeReachable());
    list.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.onKey(event));
    new ResizeObserver(() => { if (this.pinned) this.scrollToEnd(); }).observe(scroller);
    new ResizeObserver(() => { if (this.pinned) this.scrollToEnd(); }).observe(list);
    this.pinned = true;
    on("timeline", (chatId) => { if (chatId === store.chatId) this.render(); });
    on("chats", () => { if (this.settled) this.render(); });
    on("outbox", (chatId) => { if (chatId === store.chatId) { this.pinned = true; this.render(); } });
    on("action", () => this.renderTyping());
    on("incoming", (message) => this.onIncoming(message));
    on("edited", (message) => { if (message.chat_id === store.chatId) announce(`${t("edited")}. ${spoken(message)}`); });
  }

  /** Shows another chat. */
  reset() {
    this.rows.clear();
    this.list.replaceChildren();
    this.settled = false;
    this.pinned = true;
    this.fresh = 0;
    const chat = openChat();
    this.list.setAttribute("aria-label", t("conversation", { name: chat?.title ?? "" }));
    this.render();
  }

  render() {
    const chatId = store.chatId;
    const wasPinned = this.pinned;
    if (chatId === null) return this.list.replaceChildren();
    const timeline = timelineOf(chatId);
    if (!timeline.loaded) return;
    const rows = rowsOf(chatId, this.actions);
    this.reconcile(rows);
    this.renderTyping();
    this.makeReachable();
    if (wasPinned || !this.settled) this.scrollToEnd();
    this.settled = true;
  }

  /** @param {Row[]} rows */
  reconcile(rows) {
    const focus = focusInside(this.list);
    const keys = new Set(rows.map((row) => row.key));
    for (const [key, row] of this.rows) if (!keys.has(key)) { row.element.remove(); this.rows.delete(key); }
    rows.forEach((row, index) => this.placeRow(row, index));
    restoreFocus(this.list, focus);
  }

  /** @param {Row} row @param {number} index */
  placeRow(row, index) {
    const known = this.rows.get(row.key);
    const element = known && known.sign === row.sign ? known.element : row.build();
    if (known && known.element !== element) known.element.replaceWith(element);
    if (!known && this.settled) element.classList.add("arriving");
    this.rows.set(row.key, { sign: row.sign, element });
    if (this.list.children[index] !== element) this.list.insertBefore(element, this.list.children[index] ?? null);
  }

  renderTyping() {
    const chat = openChat();
    const action = chat && store.actions.get(chat.id);
    const busy = action && action.until > Date.now();
    const key = action?.action?.startsWith("upload") ? "uploading" : "typing";
    const text = t(key, { name: store.bot.first_name });
    this.typing.replaceChildren(...(busy ? [h("div", { class: "typing", dataset: { testid: "typing" } }, h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")), h("span", {}, text))] : []));
    if (this.pinned) this.scrollToEnd();
  }

  /** @param {Message} message */
  onIncoming(message) {
    if (message.chat_id !== store.chatId) return;
    if (!isMine(message)) announce(spoken(message));
    if (this.pinned || isMine(message)) return this.scrollToEnd();
    this.fresh += 1;
    this.showToEnd();
  }

  showToEnd() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    const left = scrollHeight - scrollTop - clientHeight;
    if (left < AT_END_PX) this.toEnd.hidden = true;
    else if (!this.pinned) this.toEnd.hidden = false;
    this.badge.hidden = this.fresh === 0;
    this.badge.textContent = String(this.fresh);
  }

  onScroll() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    this.pinned = scrollHeight - scrollTop - clientHeight < NEAR_PX;
    if (this.pinned) this.fresh = 0;
    this.showToEnd();
    if (scrollTop < 200 && this.settled) this.older();
  }

  async older() {
    const chatId = store.chatId;
    if (this.loading || chatId === null || timelineOf(chatId).exhausted) return;
    this.loading = true;
    const fromBottom = this.scroller.scrollHeight - this.scroller.scrollTop;
    await loadOlder(chatId).catch(() => undefined);
    if (chatId === store.chatId) this.scroller.scrollTop = this.scroller.scrollHeight - fromBottom;
    this.loading = false;
  }

  /** @param {boolean} [smooth] */
  scrollToEnd(smooth = false) {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.scroller.scrollTo({ top: this.scroller.scrollHeight, behavior: smooth && !calm ? "smooth" : "instant" });
    this.fresh = 0;
    this.pinned = true;
    this.showToEnd();
  }

  /** Scrolls to a message, loading older ones if needed. @param {number} id */
  async jump(id) {
    const find = () => this.list.querySelector(`[data-ids~="${Number(id)}"]`);
    const chatId = store.chatId;
    while (!find() && chatId === store.chatId && !timelineOf(chatId).exhausted) await loadOlder(chatId);
    const target = find();
    if (!target) return;
    target.scrollIntoView({ block: "center" });
    target.focus({ preventScroll: true });
    target.classList.add("found");
    setTimeout(() => target.classList.remove("found"), 1600);
  }

  /** Tab reaches the newest message; arrow keys move between messages. */
  makeReachable() {
    const all = [...this.list.querySelectorAll(".message")];
    const focused = all.find((element) => element.contains(document.activeElement));
    for (const element of all) setReachable(element, element === (focused ?? all.at(-1)));
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    if (!target.classList.contains("message")) return;
    if (event.key === "Enter") return target.dispatchEvent(new CustomEvent("menu"));
    const all = /** @type {HTMLElement[]} */ ([...this.list.querySelectorAll(".message")]);
    const at = all.indexOf(target);
    /** @type {Record<string, number>} */
    const steps = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: all.length - 1 };
    if (!(event.key in steps)) return;
    event.preventDefault();
    all[Math.min(Math.max(0, steps[event.key]), all.length - 1)].focus();
  }
}

/** Sets whether Tab stops at a message and its tools. @param {HTMLElement} element @param {boolean} reachable */
function setReachable(element, reachable) {
  for (const stop of [element, ...element.querySelectorAll(".hover-bar button")]) {
    /** @type {HTMLElement} */ (stop).tabIndex = reachable ? 0 : -1;
  }
}

/** @param {HTMLElement} list */
function focusInside(list) {
  const active = /** @type {HTMLElement | null} */ (document.activeElement);
  const article = active && list.contains(active) ? active.closest(".message") : null;
  return article ? { ids: article.getAttribute("data-ids"), key: active?.dataset.fk } : null;
}

/** Returns the focus to the same place of a message that was drawn again. @param {HTMLElement} list @param {any} focus */
function restoreFocus(list, focus) {
  if (!focus?.ids || list.contains(document.activeElement)) return;
  const article = list.querySelector(`[data-ids="${focus.ids}"]`);
  const inner = focus.key && [...(article?.querySelectorAll("[data-fk]") ?? [])].find((element) => /** @type {any} */ (element).dataset.fk === focus.key);
  /** @type {any} */ (inner || article)?.focus({ preventScroll: true });
}

/** @param {number} chatId @param {any} actions @returns {Row[]} */
function rowsOf(chatId, actions) {
  const messages = messagesOf(chatId);
  const waiting = pendingIn(chatId);
  if (messages.length + waiting.length === 0) return [{ key: "empty", sign: `${language()}${JSON.stringify(openChat())}`, build: emptyState }];
  const groups = albums(messages);
  const rows = groups.flatMap((group, index) => rowsFor(group, groups[index - 1], groups[index + 1], actions));
  const pending = waiting.map((item) => ({ key: `p-${item.local_id}`, sign: `${item.state}${language()}`, build: () => pendingBubble(item) }));
  return [...rows, ...pending, ...hintFor(messages)];
}

/** A hint for a new group without the assistant: what to do next. @param {Message[]} messages @returns {Row[]} */
function hintFor(messages) {
  const chat = openChat();
  const lonely = chat && chat.type !== "private" && [null, "left", "kicked"].includes(chat.bot_status ?? null);
  if (!lonely || messages.some((message) => !message.service)) return [];
  return [{ key: "hint", sign: language(), build: emptyState }];
}

/** Neighbours with one media group are one album. @param {Message[]} messages @returns {Message[][]} */
function albums(messages) {
  /** @type {Message[][]} */
  const groups = [];
  for (const message of messages) {
    const last = groups.at(-1);
    if (message.media_group_id && last?.[0].media_group_id === message.media_group_id) last.push(message);
    else groups.push([message]);
  }
  return groups;
}

/** @param {Message[]} group @param {Message[] | undefined} before @param {Message[] | undefined} after @param {any} actions @returns {Row[]} */
function rowsFor(group, before, after, actions) {
  const [message] = group;
  const rows = [];
  if (!before || dayKey(before[0].date) !== dayKey(message.date)) rows.push(separator(`d-${dayKey(message.date)}`, dayName(message.date), "day"));
  if (timelineOf(message.chat_id).unreadFrom === message.id) rows.push(separator("unread", t("newMessages"), "unread-line"));
  if (message.service) return [...rows, separator(`s-${message.id}`, serviceText(message.service), "service")];
  const run = { messages: group, first: !before || !together(before[0], message), last: !after || !together(message, after[0]) };
  const target = message.reply_to ? summary(timelineOf(message.chat_id).messages.get(message.reply_to)) : "";
  const sign = JSON.stringify([run, isMine(message) && isSeen(message), target, language(), openChat()?.type]);
  return [...rows, { key: `m-${message.id}`, sign, build: () => bubble(run, actions) }];
}

/** @param {Message} a @param {Message} b */
function together(a, b) {
  const sameSender = senderName(a) === senderName(b) && isMine(a) === isMine(b);
  return sameSender && !a.service && !b.service && dayKey(a.date) === dayKey(b.date) && Math.abs(b.date - a.date) < RUN_GAP_S;
}

/** @param {string} key @param {string} text @param {string} kind @returns {Row} */
function separator(key, text, kind) {
  return { key, sign: text, build: () => h("div", { class: `separator ${kind}`, dataset: { testid: kind } }, h("span", {}, text)) };
}
