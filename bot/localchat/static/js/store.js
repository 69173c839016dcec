// @ts-check
/** The state of the page, and its listeners. */

/** @typedef {import("./types.js").Message} Message */
/** @typedef {import("./types.js").Chat} Chat */
/** @typedef {{messages: Map<number, Message>, loaded: boolean, exhausted: boolean, unreadFrom: number | null,
 *   lastOfBot: number}} Timeline */

export const store = {
  /** @type {import("./types.js").Bot} */
  bot: { id: 0, first_name: "", username: "" },
  /** @type {import("./types.js").Person[]} */
  people: [],
  me: 0,
  /** @type {number | null} */
  chatId: null,
  /** @type {Map<number, Chat>} */
  chats: new Map(),
  /** Chats of everyone, for the switcher and the clinic set-up. @type {Map<number, Chat[]>} */
  chatsOf: new Map(),
  /** @type {Map<number, Timeline>} */
  timelines: new Map(),
  /** @type {Map<number, {action: string, until: number}>} */
  actions: new Map(),
  /** The newest message that the assistant fetched, by chat. @type {Map<number, number>} */
  seen: new Map(),
  /** Commands of the open chat. @type {import("./types.js").Bot | null} */
  botHere: null,
};

/** @type {Map<string, Set<(data?: any) => void>>} */
const listeners = new Map();

/** Adds a listener to a topic: people, chats, timeline, action, bot, outbox. @param {string} topic @param {(data?: any) => void} run */
export function on(topic, run) {
  if (!listeners.has(topic)) listeners.set(topic, new Set());
  listeners.get(topic)?.add(run);
}

/** @param {string} topic @param {any} [data] */
export function emit(topic, data) {
  for (const run of listeners.get(topic) ?? []) run(data);
}

/** Removes all listeners, before the page is rebuilt. */
export const silence = () => listeners.clear();

export const myself = () => store.people.find((person) => person.id === store.me);
export const openChat = () => (store.chatId === null ? null : store.chats.get(store.chatId) ?? null);

/** @param {number} chatId @returns {Timeline} */
export function timelineOf(chatId) {
  let timeline = store.timelines.get(chatId);
  if (!timeline) {
    timeline = { messages: new Map(), loaded: false, exhausted: false, unreadFrom: null, lastOfBot: 0 };
    store.timelines.set(chatId, timeline);
  }
  return timeline;
}

/** Oldest first. @param {number} chatId @returns {Message[]} */
export function messagesOf(chatId) {
  return [...timelineOf(chatId).messages.values()].sort((a, b) => a.id - b.id);
}

/** @param {Message} message */
export const isMine = (message) => message.from?.id === store.me && !message.from.anonymous;

/** Whether the assistant has received a message of the person: it fetched it, or has written since. @param {Message} message */
export function isSeen(message) {
  return message.id <= Math.max(store.seen.get(message.chat_id) ?? 0, timelineOf(message.chat_id).lastOfBot);
}

/** @param {Message[]} messages */
export function putMessages(messages) {
  for (const message of messages) {
    const timeline = timelineOf(message.chat_id);
    timeline.messages.set(message.id, message);
    if (message.from?.is_bot) timeline.lastOfBot = Math.max(timeline.lastOfBot, message.id);
  }
}

/** @param {Chat[]} chats */
export function putChats(chats) {
  const reading = document.hidden ? undefined : chats.find((chat) => chat.id === store.chatId);
  if (reading) reading.unread = 0;
  store.chats = new Map(chats.map((chat) => [chat.id, chat]));
  store.chatsOf.set(store.me, chats);
}

/** The chat with the assistant. */
export const botChat = () => [...store.chats.values()].find((chat) => chat.type === "private") ?? null;

/** @param {Chat} chat */
export const sortDate = (chat) => chat.last_message?.date ?? 0;

/** Marks a chat as read. @param {number} chatId */
export function markRead(chatId) {
  const chat = store.chats.get(chatId);
  if (chat) chat.unread = 0;
}

/** Unread messages of a chat. @param {Chat} chat */
export const unreadOf = (chat) => chat.unread ?? 0;
