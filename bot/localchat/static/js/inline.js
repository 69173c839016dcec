// @ts-check
/** The buttons under a message: pressing shows a spinner until the assistant has answered. */
import { api } from "./api.js";
import { alertDialog, toast, toastError } from "./dialogs.js";
import { h, icon } from "./dom.js";
import { t } from "./i18n.js";
import { deepLink, openLink } from "./links.js";
import { store } from "./store.js";

/** @typedef {import("./types.js").InlineButton} InlineButton */

/** @param {import("./types.js").Message} message */
export function inlineKeyboard(message) {
  const rows = (message.keyboard ?? []).map((row, rowIndex) =>
    h("div", { class: "key-row" }, row.map((button, column) => key(message, button, rowIndex, column))));
  return h("div", { class: "inline-keys", role: "group", "aria-label": t("buttons"), dataset: { testid: "inline-keyboard" } }, rows);
}

/** @param {import("./types.js").Message} message @param {InlineButton} button @param {number} row @param {number} column */
function key(message, button, row, column) {
  const dataset = { fk: `key-${row}-${column}`, testid: "inline-button" };
  const label = h("span", {}, button.text);
  if (button.kind === "url") return urlKey(button, label, dataset);
  const mark = button.kind === "copy" ? icon("copy") : h("span", { class: "spinner", "aria-hidden": "true" });
  const element = h("button", { type: "button", class: `key ${button.kind}`, dataset }, label, mark);
  const run = button.kind === "copy" ? () => copy(button.data ?? button.text) : () => press(element, message, row, column);
  element.addEventListener("click", run);
  return element;
}

/** @param {InlineButton} button @param {HTMLElement} label @param {Record<string, any>} dataset */
function urlKey(button, label, dataset) {
  const url = button.url ?? button.data ?? "";
  const inside = deepLink(url) !== null;
  const onclick = (/** @type {Event} */ event) => { if (openLink(url, { external: false })) event.preventDefault(); };
  const href = /^(https?|tg):/i.test(url) ? url : null;
  const name = inside ? null : `${button.text} (${t("opensPage")})`;
  return h("a", { class: "key url", href, target: "_blank", rel: "noopener noreferrer", onclick, dataset, "aria-label": name }, label, icon("external"));
}

/** @param {string} text */
async function copy(text) {
  await navigator.clipboard.writeText(text);
  toast(t("copied"));
}

/** @param {HTMLElement} element @param {import("./types.js").Message} message @param {number} row @param {number} column */
async function press(element, message, row, column) {
  if (element.getAttribute("aria-busy") === "true") return;
  element.setAttribute("aria-busy", "true");
  try {
    showAnswer(await api.press(store.me, message.chat_id, { message_id: message.id, row, column }));
  } catch (error) {
    if (/** @type {any} */ (error).status === 504) toast(t("noAnswer"));
    else toastError(error);
  } finally {
    element.removeAttribute("aria-busy");
  }
}

/** @param {{text?: string | null, show_alert?: boolean, url?: string | null} | null} answer */
function showAnswer(answer) {
  if (answer?.url) openLink(answer.url);
  if (!answer?.text) return;
  if (answer.show_alert) alertDialog(answer.text, store.bot.first_name);
  else toast(answer.text);
}
