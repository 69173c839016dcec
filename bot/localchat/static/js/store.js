// @ts-check
/** What the page knows, and who wants to hear of changes. */
import { recall, remember } from "./prefs.js";

/** @typedef {import("./types.js").Message} Message */
/** @typedef {import("./types.js").Chat} Chat */
/** @typedef {{messages: Map<number, Message>, loaded: boolean, exhausted: boolean, unreadFrom: number | null}} Timeline */

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
  /** Commands of the open chat. @type {import("./types.js").Bot | null} */
  botHere: null,
};

/** @type {Map<string, Set<(data?: any) => void>>} */
const listeners = new Map();

/** Hears of a topic: people, chats, timeline, action, bot, outbox. @param {string} topic @param {(data?: any) => void} run */
export function on(topic, run) {
  if (!listeners.has(topic)) listeners.set(topic, new Set());
  listeners.get(topic)?.add(run);
}

/** @param {string} topic @param {any} [data] */
export function emit(topic, data) {
  for (const run of listeners.get(topic) ?? []) run(data);
}

/** Forgets all listeners: the page is about to be built anew. */
export const silence = () => listeners.clear();

export const myself = () => store.people.find((person) => person.id === store.me);
export const openChat = () => (store.chatId === null ? null : store.chats.get(store.chatId) ?? null);

/** @param {number} chatId @returns {Timeline} */
export function timelineOf(chatId) {
  let timeline = store.timelines.get(chatId);
  if (!timeline) {
    timeline = { messages: new Map(), loaded: false, exhausted: false, unreadFrom: null };
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

/** @param {Message[]} messages */
export function putMessages(messages) {
  for (const message of messages) timelineOf(message.chat_id).messages.set(message.id, message);
}

/** @param {Chat[]} chats */
export function putChats(chats) {
  store.chats = new Map(chats.map((chat) => [chat.id, chat]));
  store.chatsOf.set(store.me, chats);
}

/** Private chats first looked up: the chat with the assistant. */
export const botChat = () => [...store.chats.values()].find((chat) => chat.type === "private") ?? null;

/** @param {Chat} chat */
export const sortDate = (chat) => chat.last_message?.date ?? 0;

/** What a person has read, in this browser. @param {number} person @param {number} chatId @returns {number} */
export const readUpTo = (person, chatId) => recall(`read.${person}.${chatId}`, 0);

/** @param {number} chatId @param {number} messageId */
export function markRead(chatId, messageId) {
  if (messageId > readUpTo(store.me, chatId)) remember(`read.${store.me}.${chatId}`, messageId);
  const chat = store.chats.get(chatId);
  if (chat) chat.unread = 0;
}

/** Unread messages of a chat as this browser knows them. @param {Chat} chat @param {number} [person] */
export function unreadOf(chat, person = store.me) {
  const last = chat.last_message;
  if (!last || last.from?.id === person || last.id <= readUpTo(person, chat.id)) return 0;
  return chat.unread ?? 0;
}
