// @ts-check
/** Loads what a person sees, and keeps it up to date. */
import { api } from "./api.js";
import { debounce } from "./dom.js";
import { Feed } from "./feed.js";
import { findHeld, forgetHeld, holdOwn, isWaiting, releaseOwn } from "./outbox.js";
import { emit, isMine, markRead, openChat, putChats, putMessages, store, timelineOf } from "./store.js";

/** @typedef {import("./types.js").Message} Message */

const ACTION_MS = 6000;
const OTHERS_MS = 8000;
const PAGE = 60;

/** @type {Feed | null} */
let feed = null;

/** Switches to a person: loads their chats and opens their event stream. @param {number} person */
export async function enterPerson(person) {
  feed?.stop();
  forgetHeld();
  store.me = person;
  store.chats = new Map();
  store.timelines = new Map();
  store.actions = new Map();
  store.seen = new Map();
  await connect(person);
  await refreshChats();
  refreshOthers();
}

/** Opens the event stream before the first messages are loaded, so that none is missed in between. @param {number} person */
function connect(person) {
  let missed = false;
  return new Promise((ready) => {
    const timer = setTimeout(ready, 2500, null);
    feed = new Feed((after) => api.eventsUrl(person, after), {
      onEvent: (kind, data) => onEvent(kind, data),
      onDown: () => { ready(null); missed = true; emit("connection", false); },
      onUp: () => {
        clearTimeout(timer);
        ready(null);
        emit("connection", true);
        if (missed) catchUp();
        missed = false;
      },
    });
    feed.start();
  });
}

/** Loads what was missed while the connection was lost. Reloads the page if another server answers. */
async function catchUp() {
  const state = await api.state().catch(() => null);
  if (state && state.bot.id !== store.bot.id) return location.reload();
  await refreshChats().catch(() => undefined);
  if (store.chatId !== null) await loadLatest(store.chatId).catch(() => undefined);
  else emit("restored");
}

export async function refreshChats() {
  const person = store.me;
  const chats = await api.chats(person);
  if (person !== store.me) return;
  putChats(chats);
  emit("chats");
}

/** Loads the other people's chats, for their badges and the clinic set-up. */
export async function refreshOthers() {
  const others = store.people.filter((person) => person.id !== store.me);
  const loaded = await Promise.all(others.map((person) => api.chats(person.id).catch(() => null)));
  others.forEach((person, index) => { if (loaded[index]) store.chatsOf.set(person.id, loaded[index]); });
  emit("people");
}

const soonRefreshOthers = debounce(() => refreshOthers(), 700);
const soonRefreshChats = debounce(() => refreshChats().catch(() => undefined), 250);
setInterval(() => { if (!document.hidden && store.me) refreshOthers(); }, OTHERS_MS);

/** @param {number} chatId */
export async function loadLatest(chatId) {
  const person = store.me;
  const messages = await api.messages(person, chatId, null, PAGE);
  if (person !== store.me) return;
  const timeline = timelineOf(chatId);
  putMessages(messages);
  timeline.loaded = true;
  if (messages.length < PAGE) timeline.exhausted = true;
  emit("timeline", chatId);
}

/** Loads the page before the first known message. @param {number} chatId @returns {Promise<void>} */
export async function loadOlder(chatId) {
  const timeline = timelineOf(chatId);
  const first = Math.min(...timeline.messages.keys());
  if (timeline.exhausted || !Number.isFinite(first)) return;
  const older = await api.messages(store.me, chatId, first, PAGE);
  putMessages(older);
  timeline.exhausted = older.length < PAGE;
  emit("timeline", chatId);
}

/** Loads the assistant's commands for a chat. @param {number} chatId */
export async function loadBot(chatId) {
  const bot = await api.bot(store.me, chatId).catch(() => null);
  if (store.chatId !== chatId || !bot) return;
  store.botHere = bot;
  emit("bot");
}

/** @param {string} kind @param {any} data */
function onEvent(kind, data) {
  if (kind === "message") onMessage(data);
  else if (kind === "edit") onEdit(data);
  else if (kind === "delete") onDelete(data);
  else if (kind === "chat") soonRefreshChats();
  else if (kind === "action") onAction(data);
  else if (kind === "read") onRead(data);
  else if (kind === "people") onPeople();
}

/** @param {Message} message */
function onMessage(message) {
  if (isMine(message) && isWaiting(message.chat_id)) return holdOwn(message);
  takeMessage(message, !timelineOf(message.chat_id).messages.has(message.id));
}

/** @param {Message} message @param {boolean} isNew */
export function takeMessage(message, isNew) {
  putMessages([message]);
  if (!isMine(message)) store.actions.delete(message.chat_id);
  countUnread(message, isNew);
  emit("timeline", message.chat_id);
  if (isNew) emit("incoming", message);
  emit("chats");
  soonRefreshOthers();
}

/** Adds a message from the reply to its sending, unless the stream has already brought it: the stream is newer. @param {Message} message */
export function takeUnknown(message) {
  if (!timelineOf(message.chat_id).messages.has(message.id)) takeMessage(message, true);
}

/** @param {Message} message @param {boolean} isNew */
function countUnread(message, isNew) {
  const chat = store.chats.get(message.chat_id);
  if (!chat) return soonRefreshChats();
  const isLatest = message.id >= (chat.last_message?.id ?? 0);
  if (isLatest) chat.last_message = message;
  if (!isNew || isMine(message) || !isLatest) return;
  const looking = openChat()?.id === chat.id && !document.hidden;
  if (looking) readHere(chat.id);
  else chat.unread = (chat.unread ?? 0) + 1;
}

/** Marks a chat as read, here and on the server. @param {number} chatId */
export function readHere(chatId) {
  markRead(chatId);
  tellRead(store.me, chatId);
}

const tellRead = debounce((person, chatId) => api.read(person, chatId).catch(() => undefined), 400);

/** @param {Message} message */
function onEdit(message) {
  const known = timelineOf(message.chat_id).messages.get(message.id);
  putMessages([message]);
  const chat = store.chats.get(message.chat_id);
  if (chat?.last_message?.id === message.id) chat.last_message = message;
  store.actions.delete(message.chat_id);
  emit("timeline", message.chat_id);
  if (known) emit("edited", message);
  emit("chats");
  soonRefreshOthers();
}

/** @param {any} data the message, or its chat and id */
function onDelete(data) {
  const ids = data.message_ids ?? [data.message_id ?? data.id];
  const messages = timelineOf(data.chat_id).messages;
  for (const id of ids) {
    const message = messages.get(id) ?? findHeld(data.chat_id, id);
    if (message) messages.set(id, { ...message, deleted: true });
  }
  emit("timeline", data.chat_id);
  soonRefreshChats();
}

/** @param {{chat_id: number, action: string}} data */
function onAction(data) {
  store.actions.set(data.chat_id, { action: data.action, until: Date.now() + ACTION_MS });
  emit("action", data.chat_id);
  setTimeout(() => {
    const action = store.actions.get(data.chat_id);
    if (action && action.until <= Date.now()) store.actions.delete(data.chat_id);
    emit("action", data.chat_id);
  }, ACTION_MS + 50);
}

/** @param {{chat_id: number, message_id: number}} data */
function onRead(data) {
  store.seen.set(data.chat_id, Math.max(data.message_id, store.seen.get(data.chat_id) ?? 0));
  emit("timeline", data.chat_id);
}

async function onPeople() {
  const state = await api.state().catch(() => null);
  if (!state) return;
  store.people = state.people;
  await refreshOthers();
}

/** Shows held messages after their sending was answered. @param {number} chatId */
export function showHeld(chatId) {
  for (const message of releaseOwn(chatId)) takeUnknown(message);
}
