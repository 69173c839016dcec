// @ts-check
/** Starts the page: chooses person and chat, and builds the window. */
import { api, ApiError } from "./api.js";
import { markAvatar } from "./avatar.js";
import { ignoreStrayDrops } from "./attach.js";
import { createChatList } from "./chatlist.js";
import { Composer } from "./composer.js";
import { toast } from "./dialogs.js";
import { h, icon } from "./dom.js";
import { createHeader } from "./header.js";
import { language, languageOf, setLanguage, t } from "./i18n.js";
import { recall, remember, setScope } from "./prefs.js";
import { followLinks, go, hasTwoPanes, parseHash, putListBelow } from "./route.js";
import { enterPerson, loadBot, loadLatest, readHere, refreshChats, showHeld, takeUnknown } from "./session.js";
import { botChat, emit, isMine, messagesOf, myself, on, openChat, silence, store, timelineOf, unreadOf } from "./store.js";
import { createTimeline } from "./timeline.js";
import { createTopbar } from "./topbar.js";

const RETRY_MS = 3000;
const root = /** @type {HTMLElement} */ (document.getElementById("app"));

/** @type {{header: any, timeline: any, composer: Composer, list: any} | null} */
let parts = null;

async function boot() {
  setLanguage(language());
  try {
    const state = await api.state();
    store.bot = state.bot;
    store.people = state.people;
    setScope(state.bot.id);
  } catch (error) {
    return showProblem(error instanceof ApiError && [401, 403].includes(error.status));
  }
  ignoreStrayDrops();
  followLinks();
  addEventListener("hashchange", () => follow());
  addEventListener("visibilitychange", () => { if (!document.hidden) readOpenChat(); });
  addEventListener("keydown", onEscape);
  await follow();
}

/** Opens the person and chat of the address, or of the last visit. */
async function follow() {
  const wanted = parseHash(location.hash);
  const first = !visited && wanted.chat === null;
  visited = true;
  const person = store.people.find((one) => one.id === wanted.person) ?? rememberedPerson();
  if (person.id !== wanted.person) { visited = !first; return go(person.id, recall(`chat.${person.id}`, null), { replace: true }); }
  if (person.id !== store.me) await become(person.id);
  if (wanted.person !== parseHash(location.hash).person) return;
  const known = wanted.chat !== null && store.chats.has(wanted.chat);
  // With two panes a chat is always open; on a phone only at the very start.
  if (!known && wanted.chat === null && (first || hasTwoPanes())) return go(person.id, firstChat(), { replace: true });
  if (known && wanted.chat !== null) putListBelow(person.id, wanted.chat);
  await show(known ? wanted.chat : null);
}

/** The person of the last visit, else one with the page's language. */
function rememberedPerson() {
  const last = store.people.find((person) => person.id === recall("person"));
  return last ?? store.people.find((person) => person.language_code === language()) ?? store.people[0];
}

let visited = false;

const firstChat = () => {
  const last = recall(`chat.${store.me}`, null);
  return store.chats.has(last) ? last : botChat()?.id ?? null;
};

/** @param {number} person */
async function become(person) {
  remember("person", person);
  store.chatId = null;
  store.me = person;
  setLanguage(languageOf(myself()));
  mount();
  await enterPerson(person).catch(() => emit("connection", false));
}

/** Opens a chat. @param {number | null} chatId */
async function show(chatId) {
  store.chatId = chatId;
  store.botHere = null;
  root.classList.toggle("has-chat", chatId !== null);
  if (chatId === null) { parts?.timeline.view.reset(); parts?.composer.refresh(); parts?.header.render(); return emit("chats"); }
  remember(`chat.${store.me}`, chatId);
  emit("chats");
  parts?.composer.reset();
  parts?.timeline.view.reset();
  loadBot(chatId);
  const unread = unreadOf(/** @type {any} */ (openChat()));
  await loadLatest(chatId).catch(() => undefined);
  if (store.chatId !== chatId) return;
  timelineOf(chatId).unreadFrom = firstUnread(chatId, unread);
  readOpenChat();
  parts?.timeline.view.reset();
  parts?.composer.reset();
}

/** The first message below the line "new messages"; null if all messages are new, or none. @param {number} chatId @param {number} unread */
function firstUnread(chatId, unread) {
  const others = messagesOf(chatId).filter((message) => !isMine(message) && !message.deleted);
  return unread > 0 && unread < others.length ? others[others.length - unread].id : null;
}

function readOpenChat() {
  const chat = openChat();
  if (!chat || document.hidden) return;
  if (unreadOf(chat) > 0) readHere(chat.id);
  emit("chats");
}

/** Builds the window, at the start and after a change of person or language. */
function mount() {
  silence();
  const topbar = createTopbar();
  const list = createChatList();
  const composer = new Composer();
  const timeline = createTimeline({ reply: (message) => composer.reply(message), edit: (message) => composer.edit(message) });
  const header = createHeader();
  const banner = h("div", { class: "connection", role: "status", hidden: true, dataset: { testid: "connection" } });
  const nothing = h("div", { class: "nothing" }, markAvatar("large"), h("p", {}, t("pickChat")));
  const pane = h("main", { class: "pane", tabindex: "-1" }, nothing, header.root, banner, timeline.root, composer.root);
  composer.acceptDropsOn(pane);
  root.replaceChildren(topbar.root, h("div", { class: "panes" }, list.root, pane));
  parts = { header, timeline, composer, list };
  listen(banner);
}

/** @param {HTMLElement} banner */
function listen(banner) {
  let wasDown = false;
  on("connection", (up) => {
    if (up && wasDown) toast(t("connectionBack"));
    wasDown = !up;
    banner.hidden = up;
    if (!up) api.state().catch((error) => { if (error.status === 401) showProblem(true); });
    banner.replaceChildren(h("span", { class: "spinner" }), t("connectionLost"));
  });
  on("restored", () => follow());
  on("people", () => followLanguage());
  on("delivered", ({ person, chatId, messages }) => {
    if (person !== store.me) return;
    showHeld(chatId);
    for (const message of messages) takeUnknown(message);
  });
  on("chats", () => {
    document.title = title();
    if (store.chatId !== null && store.chats.size > 0 && !store.chats.has(store.chatId)) go(store.me, botChat()?.id ?? null, { replace: true });
  });
}

function title() {
  const unread = [...store.chats.values()].reduce((sum, chat) => sum + unreadOf(chat), 0);
  const name = openChat()?.title ?? t("appName");
  return `${unread ? `(${unread}) ` : ""}${name === t("appName") ? name : `${name} · ${t("appName")}`}`;
}

/** Switches the page to the language of the person's app. The assistant receives it with the next message. */
async function followLanguage() {
  if (languageOf(myself()) === language()) return;
  setLanguage(languageOf(myself()));
  mount();
  parts?.header.render();
  await refreshChats().catch(() => undefined);
  emit("people");
  await show(store.chatId);
}

/** Escape in the chat goes back to the list on a phone, else to the text field. @param {KeyboardEvent} event */
function onEscape(event) {
  if (event.key !== "Escape" || document.querySelector("dialog[open], .menu")) return;
  if (matchMedia("(max-width: 759px)").matches) return go(store.me);
  /** @type {HTMLElement | null} */ (document.querySelector(".composer-field"))?.focus();
}

/** @param {boolean} expired */
function showProblem(expired) {
  const words = expired ? ["expiredTitle", "expiredText"] : ["unreachableTitle", "unreachableText"];
  root.replaceChildren(h("main", { class: "problem" }, markAvatar("large"), h("h1", {}, t(words[0])), h("p", {}, t(words[1])),
    h("button", { type: "button", class: "button", onclick: () => location.reload() }, icon("retry"), t("retry"))));
  if (!expired) setTimeout(() => location.reload(), RETRY_MS);
}

boot();
