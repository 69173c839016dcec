// @ts-check
/** Texts, numbers and times in the language of the played person's app. */
import { recall, remember } from "./prefs.js";
import { STRINGS } from "./strings.js";

/** @typedef {"en" | "fr"} Language */
export const LANGUAGES = /** @type {Language[]} */ (["en", "fr"]);

/** @type {Language} */
let current = firstLanguage();

/** The language before a person is chosen: that of the last visit, else the browser's. @returns {Language} */
function firstLanguage() {
  const stored = recall("language");
  return LANGUAGES.includes(stored) ? stored : browserLanguage();
}

/** @returns {Language} */
function browserLanguage() {
  return navigator.language.toLowerCase().startsWith("fr") ? "fr" : "en";
}

/** The language of a person's app; English if it is neither English nor French, as in the assistant.
 * @param {import("./types.js").Person | undefined} person @returns {Language} */
export function languageOf(person) {
  const code = person?.language_code;
  if (!code) return browserLanguage();
  return code.toLowerCase().startsWith("fr") ? "fr" : "en";
}

export const language = () => current;

/** @param {Language} next */
export function setLanguage(next) {
  current = next;
  remember("language", next);
  document.documentElement.lang = next;
}

/** @param {string} key @param {Record<string, any>} [values] @returns {string} */
export function t(key, values = {}) {
  const table = /** @type {Record<string, string>} */ (STRINGS[current]);
  const sentence = table[pluralKey(table, key, values)];
  if (sentence === undefined) throw new Error(`no text for ${key}`);
  return sentence.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

/** @param {Record<string, string>} table @param {string} key @param {Record<string, any>} values */
function pluralKey(table, key, values) {
  if (key in table || typeof values.count !== "number") return key;
  const form = new Intl.PluralRules(current).select(values.count);
  return form === "one" ? `${key}_one` : `${key}_other`;
}

const locale = () => (current === "fr" ? "fr-FR" : "en-GB");

/** Hours and minutes. @param {number} seconds Unix time */
export const clock = (seconds) => format(seconds, { hour: "2-digit", minute: "2-digit" });

/** @param {number} seconds @param {Intl.DateTimeFormatOptions} options */
function format(seconds, options) {
  return new Intl.DateTimeFormat(locale(), options).format(new Date(seconds * 1000));
}

/** A calendar day as a key, in local time. @param {number} seconds */
export function dayKey(seconds) {
  const date = new Date(seconds * 1000);
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}

/** @param {number} seconds @returns {string} Today, Yesterday or a date */
export function dayName(seconds) {
  const now = Date.now() / 1000;
  if (dayKey(seconds) === dayKey(now)) return t("today");
  if (dayKey(seconds) === dayKey(now - 86_400)) return t("yesterday");
  const sameYear = new Date(seconds * 1000).getFullYear() === new Date().getFullYear();
  return format(seconds, { weekday: "long", day: "numeric", month: "long", year: sameYear ? undefined : "numeric" });
}

/** Time of today, else a short date: for the list of chats. @param {number} seconds */
export function shortTime(seconds) {
  const isToday = dayKey(seconds) === dayKey(Date.now() / 1000);
  return isToday ? clock(seconds) : format(seconds, { day: "numeric", month: "short" });
}

/** @param {number} bytes @returns {string} */
export function fileSize(bytes) {
  const units = current === "fr" ? ["o", "Ko", "Mo", "Go"] : ["B", "kB", "MB", "GB"];
  let value = bytes;
  let step = 0;
  for (; value >= 1000 && step < 3; step += 1) value /= 1000;
  const digits = value < 10 && step > 0 ? 1 : 0;
  return `${new Intl.NumberFormat(locale(), { maximumFractionDigits: digits }).format(value)} ${units[step]}`;
}
