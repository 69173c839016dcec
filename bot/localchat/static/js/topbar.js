// @ts-check
/** The bar at the top: the logo, the people to play, and the settings. */
import { api } from "./api.js";
import { markAvatar, personAvatar } from "./avatar.js";
import { openDialog, toastError } from "./dialogs.js";
import { h, hiddenText, icon, iconButton } from "./dom.js";
import { LANGUAGES, language, t } from "./i18n.js";
import { openMenu } from "./menu.js";
import { setTheme, theme } from "./prefs.js";
import { go, hashFor } from "./route.js";
import { openSetup } from "./setup.js";
import { emit, myself, on, store, unreadOf } from "./store.js";
import { STRINGS } from "./strings.js";

/** @typedef {import("./types.js").Person} Person */

export function createTopbar() {
  const people = h("nav", { class: "people", "aria-label": t("playing"), dataset: { testid: "people" } });
  const settings = iconButton("settings", t("settings"), (event) => openSettings(/** @type {HTMLElement} */ (event.currentTarget)), {
    "aria-haspopup": "menu", dataset: { testid: "settings" } });
  const brand = h("div", { class: "brand" }, markAvatar("small"), h("span", { class: "brand-name" }, t("appName")), h("span", { class: "brand-tag" }, t("localShort")));
  const render = () => drawPeople(people);
  for (const topic of ["people", "chats"]) on(topic, render);
  render();
  return { root: h("header", { class: "topbar" }, brand, people, settings), render };
}

/** Clinic if the person belongs to a group or channel, else general practice. @param {Person} person */
export function roleOf(person) {
  const chats = store.chatsOf.get(person.id);
  if (!chats) return "";
  return t(chats.some((chat) => chat.type !== "private" && chat.role) ? "roleClinic" : "roleGp");
}

/** @param {Person} person */
export const hasNews = (person) => person.id !== store.me && (store.chatsOf.get(person.id) ?? []).some((chat) => unreadOf(chat) > 0);

/** @param {HTMLElement} nav */
function drawPeople(nav) {
  const sign = JSON.stringify(store.people.map((person) => [person, roleOf(person), hasNews(person), person.id === store.me]));
  if (nav.dataset.sign === sign) return;
  nav.dataset.sign = sign;
  const focused = nav.contains(document.activeElement) ? document.activeElement?.getAttribute("href") : null;
  const add = iconButton("add", t("addPerson"), () => openAddPerson(), { class: "add-person" });
  nav.replaceChildren(h("span", { class: "people-label" }, t("playing")), ...store.people.map(chip), add);
  nav.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  if (focused) /** @type {HTMLElement | null} */ (nav.querySelector(`[href="${focused}"]`))?.focus();
}

/** @param {Person} person */
function chip(person) {
  const current = person.id === store.me;
  const news = hasNews(person);
  const title = news ? t("newMessagesFor", { name: person.first_name }) : t("playAs", { name: person.first_name });
  return h("a", { class: "person", href: hashFor(person.id), title, "aria-current": current ? "true" : null, dataset: { testid: "person", personId: person.id } },
    personAvatar(person, "small"), h("span", { class: "person-text" }, h("b", {}, person.first_name), h("small", {}, roleOf(person))),
    news && h("span", { class: "dot" }, hiddenText(t("newMessagesFor", { name: person.first_name }))));
}

/** The same choice as one button, for narrow windows. */
export function personButton() {
  const me = myself();
  const label = t("playingName", { name: me?.first_name ?? "" });
  return h("button", { type: "button", class: "person-button", "aria-label": label, title: label, "aria-haspopup": "menu", dataset: { testid: "person-button" },
    onclick: (/** @type {MouseEvent} */ event) => openPeopleMenu(/** @type {HTMLElement} */ (event.currentTarget)) }, me && personAvatar(me, "small"));
}

/** @param {HTMLElement} anchor */
function openPeopleMenu(anchor) {
  const people = store.people.map((person) => ({ label: person.first_name, lead: personAvatar(person, "small"), href: hashFor(person.id), checked: person.id === store.me, dot: hasNews(person) }));
  openMenu(anchor, [{ heading: t("playing") }, ...people, "line", { label: t("addPerson"), icon: "add", run: () => openAddPerson() }], { label: t("playing") });
}

/** @param {HTMLElement} anchor */
function openSettings(anchor) {
  const languages = LANGUAGES.map((code) => ({ label: STRINGS[code].languageName, checked: code === language(), run: () => setLanguageOfMe(code) }));
  const themes = /** @type {const} */ ([["system", "themeSystem", "settings"], ["light", "themeLight", "sun"], ["dark", "themeDark", "moon"]]);
  const looks = themes.map(([value, label, shape]) => ({ label: t(label), icon: shape, checked: theme() === value, run: () => setTheme(value) }));
  openMenu(anchor, [{ heading: t("languageOf", { name: myself()?.first_name ?? "" }) }, ...languages, "line", { heading: t("theme") }, ...looks, "line", { label: t("clinicSetup"), icon: "group", run: () => openSetup() }], { label: t("settings") });
}

/** Changes the language of the person's app, which is also the page's. @param {string} language_code */
async function setLanguageOfMe(language_code) {
  try {
    const changed = await api.changePerson(store.me, { language_code });
    store.people = store.people.map((person) => (person.id === changed.id ? changed : person));
    emit("people");
  } catch (error) {
    toastError(error);
  }
}

function openAddPerson() {
  const name = h("input", { type: "text", id: "person-name", required: true, maxlength: 64, autocomplete: "off" });
  const code = h("select", { id: "person-language" }, LANGUAGES.map((one) => h("option", { value: one }, STRINGS[one].languageName)));
  code.value = language();
  const form = h("form", { id: "person-form", class: "form" }, h("label", { for: "person-name" }, t("personName")), name, h("label", { for: "person-language" }, t("personLanguage")), code);
  form.addEventListener("submit", async (/** @type {Event} */ event) => {
    event.preventDefault();
    await addPerson(name.value.trim(), code.value, () => dialog.close());
  });
  const footer = h("button", { type: "submit", form: "person-form", class: "button primary" }, icon("add"), t("create"));
  const dialog = openDialog({ title: t("addPerson"), className: "small", body: form, footer, testId: "add-person" });
  name.focus();
}

/** @param {string} first_name @param {string} language_code @param {() => void} done */
async function addPerson(first_name, language_code, done) {
  if (!first_name) return;
  try {
    const person = await api.addPerson({ first_name, language_code });
    if (!store.people.some((one) => one.id === person.id)) store.people.push(person);
    done();
    emit("people");
    go(person.id);
  } catch (error) {
    toastError(error);
  }
}
