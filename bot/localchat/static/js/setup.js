// @ts-check
/** The clinic set-up: who is in which group, and whether the assistant is. */
import { api } from "./api.js";
import { chatAvatar, markAvatar, personAvatar } from "./avatar.js";
import { openDialog, toast, toastError } from "./dialogs.js";
import { h, icon } from "./dom.js";
import { t } from "./i18n.js";
import { go } from "./route.js";
import { refreshChats, refreshOthers } from "./session.js";
import { store } from "./store.js";

/** @typedef {import("./types.js").Chat} Chat */
/** @typedef {import("./types.js").Person} Person */

const ROLE_WORDS = /** @type {Record<string, string>} */ ({ member: "isMember", administrator: "isAdmin", creator: "isCreator" });

export async function openSetup() {
  await refreshOthers();
  const list = h("div", { class: "setup-list" });
  const dialog = openDialog({ title: t("clinicSetup"), className: "setup", body: [h("p", { class: "muted" }, t("setupIntro")), list, createForm(() => draw())], testId: "setup" });
  const draw = () => list.replaceChildren(...sharedChats().map((chat) => section(chat, draw, () => dialog.close())));
  draw();
}

/** Groups and channels that anyone belongs to. @returns {Chat[]} */
function sharedChats() {
  /** @type {Map<number, Chat>} */
  const all = new Map();
  for (const chats of store.chatsOf.values()) for (const chat of chats) if (chat.type !== "private") all.set(chat.id, chat);
  return [...all.values()];
}

/** @param {number} personId @param {number} chatId */
const roleIn = (personId, chatId) => (store.chatsOf.get(personId) ?? []).find((chat) => chat.id === chatId)?.role ?? null;

/** A person who may change the members: the played one if possible. @param {number} chatId @returns {Person | null} */
function managerOf(chatId) {
  const able = (/** @type {Person} */ person) => ["creator", "administrator"].includes(roleIn(person.id, chatId) ?? "");
  const all = store.people.filter(able);
  return all.find((person) => person.id === store.me) ?? all.find((person) => roleIn(person.id, chatId) === "creator") ?? all[0] ?? null;
}

/** @param {Chat} chat @param {() => void} redraw @param {() => void} close */
function section(chat, redraw, close) {
  const manager = managerOf(chat.id);
  const note = manager ? t("administered", { name: manager.first_name }) : t("nobodyManages");
  const open = manager && h("button", { type: "button", class: "button small", onclick: () => { close(); go(manager.id, chat.id); } }, t("openInChat"));
  const head = h("div", { class: "setup-head" }, chatAvatar(chat, "small"), h("div", { class: "pick-text" }, h("h3", {}, chat.title), h("small", {}, note)), open);
  const context = { chat, manager, redraw };
  return h("section", { class: "setup-chat", dataset: { testid: "setup-chat", chatId: chat.id } }, head, manager && botRow(context),
    manager && h("ul", { class: "member-list" }, store.people.map((person) => memberRow(person, context))));
}

/** @param {{chat: Chat, manager: any, redraw: () => void}} context */
function botRow(context) {
  const status = context.chat.bot_status;
  const inside = status && !["left", "kicked"].includes(status);
  const action = (/** @type {string} */ label, /** @type {string} */ value, /** @type {string} */ kind) =>
    h("button", { type: "button", class: `button small ${kind}`, onclick: () => change(context, store.bot.id, value) }, label);
  const buttons = [
    !inside && action(t("addAssistant"), "member", ""),
    status !== "administrator" && action(t("makeAdmin"), "administrator", "primary"),
    (inside || status === undefined) && action(t("takeOut"), "left", ""),
  ];
  const words = status === undefined ? t("assistant") : t(ROLE_WORDS[status ?? ""] ?? "isOutside");
  return h("div", { class: "setup-bot", dataset: { testid: "setup-bot" } }, markAvatar("small"),
    h("span", { class: "pick-text" }, h("b", {}, store.bot.first_name), h("small", {}, words)), h("span", { class: "setup-actions" }, buttons));
}

/** @param {Person} person @param {{chat: Chat, manager: any, redraw: () => void}} context */
function memberRow(person, context) {
  const role = roleIn(person.id, context.chat.id);
  const name = h("span", { class: "pick-text" }, h("b", {}, person.first_name));
  if (role === "creator") return h("li", { class: "setup-member" }, personAvatar(person, "small"), name, h("small", { class: "muted" }, t("isCreator")));
  const options = [["left", "isOutside"], ["member", "isMember"], ["administrator", "isAdmin"]];
  const label = t("membershipOf", { name: person.first_name, chat: context.chat.title });
  const select = h("select", { "aria-label": label }, options.map(([value, word]) => h("option", { value }, t(word))));
  select.value = role ?? "left";
  select.addEventListener("change", () => change(context, person.id, select.value));
  return h("li", { class: "setup-member" }, personAvatar(person, "small"), name, select);
}

/** @param {{chat: Chat, manager: any, redraw: () => void}} context @param {number} user_id @param {string} status */
async function change({ chat, manager, redraw }, user_id, status) {
  try {
    await api.setMember(chat.id, { actor: manager.id, user_id, status });
    toast(t("done"));
  } catch (error) {
    toastError(error);
  }
  await reload();
  redraw();
}

async function reload() {
  await refreshChats().catch(() => undefined);
  await refreshOthers();
}

/** @param {() => void} redraw */
function createForm(redraw) {
  const title = h("input", { type: "text", id: "group-title", required: true, maxlength: 128, autocomplete: "off" });
  const kind = h("select", { id: "group-kind" }, h("option", { value: "supergroup" }, t("kindSupergroup")), h("option", { value: "channel" }, t("kindChannel")));
  const submit = h("button", { type: "submit", class: "button" }, icon("add"), t("create"));
  const form = h("form", { class: "form inline" }, h("span", {}, h("label", { for: "group-title" }, t("title")), title), h("span", {}, h("label", { for: "group-kind" }, t("kind")), kind), submit);
  form.addEventListener("submit", async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!title.value.trim()) return;
    await api.createGroup({ title: title.value.trim(), type: kind.value, creator: store.me, members: [] }).catch(toastError);
    title.value = "";
    await reload();
    redraw();
  });
  return h("details", { class: "setup-new" }, h("summary", {}, t("createGroup")), form);
}
