// @ts-check
/** Messages that are being sent, in order, and those that failed. Texts survive a reload. */
import { api, ApiError } from "./api.js";
import { recall, remember } from "./prefs.js";
import { emit, store } from "./store.js";

/** @typedef {import("./types.js").Pending} Pending */
/** @typedef {import("./types.js").Message} Message */

/** Keyed by person and chat, oldest first. @type {Map<string, Pending[]>} */
const queues = new Map();
/** @type {Map<number, Message[]>} */
const held = new Map();
/** @type {Map<string, Promise<void>>} */
const chains = new Map();
let counter = 0;

/** @param {number} chatId @param {number} [person] */
const keyOf = (chatId, person = store.me) => `${person}.${chatId}`;

/** @param {number} chatId @returns {Pending[]} */
export function pendingIn(chatId) {
  const key = keyOf(chatId);
  if (!queues.has(key)) queues.set(key, recall(`unsent.${key}`, []).map(revive));
  return queues.get(key) ?? [];
}

/** A text that was not sent when the page was closed. @param {any} stored @returns {Pending} */
const revive = (stored) => ({ ...stored, files: [], previews: [], state: "failed" });

/** @param {string} key */
function keep(key) {
  const texts = (queues.get(key) ?? []).filter((item) => item.files.length === 0);
  remember(`unsent.${key}`, texts.length ? texts : null);
}

/** Whether a message of this person is being sent to the chat. @param {number} chatId */
export const isWaiting = (chatId) => pendingIn(chatId).some((item) => item.state === "sending");

/** Holds a message that the stream brought before its sending was answered, so that it is not shown twice. @param {Message} message */
export function holdOwn(message) {
  held.set(message.chat_id, [...(held.get(message.chat_id) ?? []), message]);
}

/** @param {number} chatId @param {number} id @returns {Message | undefined} */
export const findHeld = (chatId, id) => held.get(chatId)?.find((message) => message.id === id);

/** Drops held messages, before another person's are loaded. */
export const forgetHeld = () => held.clear();

/** @param {number} chatId @returns {Message[]} */
export function releaseOwn(chatId) {
  const messages = held.get(chatId) ?? [];
  held.delete(chatId);
  return messages;
}

/**
 * Queues a message.
 * @param {number} chatId
 * @param {{text?: string, files?: File[], previews?: string[], as?: "photo" | "document", reply_to?: number | null, start?: string}} content
 */
export function enqueue(chatId, content) {
  counter += 1;
  /** @type {Pending} */
  const item = {
    local_id: `${Date.now()}-${counter}`, chat_id: chatId, date: Date.now() / 1000, text: "", files: [], previews: [],
    as: "photo", reply_to: null, ...content, state: "sending",
  };
  pendingIn(chatId).push(item);
  schedule(item, store.me);
}

/** @param {Pending} item */
export function retry(item) {
  item.state = "sending";
  schedule(item, store.me);
}

/** @param {Pending} item */
export function discard(item) {
  const key = keyOf(item.chat_id);
  queues.set(key, pendingIn(item.chat_id).filter((other) => other !== item));
  for (const url of item.previews) URL.revokeObjectURL(url);
  keep(key);
  emit("outbox", item.chat_id);
}

/** Sends the messages of one chat one after the other. @param {Pending} item @param {number} person */
function schedule(item, person) {
  const key = keyOf(item.chat_id, person);
  keep(key);
  emit("outbox", item.chat_id);
  const before = chains.get(key) ?? Promise.resolve();
  chains.set(key, before.then(() => deliver(item, person, key)));
}

/** @param {Pending} item @param {number} person @param {string} key */
async function deliver(item, person, key) {
  try {
    const messages = await transmit(item, person);
    queues.set(key, (queues.get(key) ?? []).filter((other) => other !== item));
    emit("delivered", { person, chatId: item.chat_id, messages });
    for (const url of item.previews) URL.revokeObjectURL(url);
  } catch (error) {
    item.state = "failed";
    item.reason = error instanceof ApiError && error.status ? error : undefined;
    emit("delivered", { person, chatId: item.chat_id, messages: [] });
  }
  keep(key);
  emit("outbox", item.chat_id);
}

/** @param {Pending} item @param {number} person @returns {Promise<Message[]>} */
function transmit(item, person) {
  if (item.files.length) return api.sendFiles(person, item.chat_id, formOf(item));
  const content = { text: item.text, ...(item.reply_to ? { reply_to: item.reply_to } : {}) };
  return api.sendText(person, item.chat_id, item.start === undefined ? content : { ...content, start: item.start });
}

/** @param {Pending} item */
function formOf(item) {
  const form = new FormData();
  for (const file of item.files) form.append(item.as, file, file.name || "photo.jpg");
  if (item.text) form.append("caption", item.text);
  if (item.reply_to) form.append("reply_to", String(item.reply_to));
  return form;
}

/** Asks before the page is left with unsent files: the browser's storage does not hold them. */
addEventListener("beforeunload", (event) => {
  const unsent = [...queues.values()].flat().some((item) => item.files.length > 0);
  if (unsent) event.preventDefault();
});
