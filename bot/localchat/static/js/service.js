// @ts-check
/** Service lines ("Dr Leroy added Nevus") in the language of the page; the server writes them in English. */
import { language } from "./i18n.js";

/** @type {[RegExp, string][]} */
const FRENCH = [
  [/^(.+) added (.+)$/, "$1 a ajouté $2"],
  [/^(.+) removed (.+)$/, "$1 a retiré $2"],
  [/^(.+) left$/, "$1 a quitté la discussion"],
  [/^(.+) shared a chat$/, "$1 a communiqué une discussion"],
  [/^(.+) shared (.+)$/, "$1 a communiqué « $2 »"],
  [/^The group became a supergroup$/, "Le groupe est devenu un supergroupe"],
  [/^(.+) created the chat$/, "$1 a créé la discussion"],
];

/** @param {string} text */
export function serviceText(text) {
  if (language() === "en") return text;
  const rule = FRENCH.find(([pattern]) => pattern.test(text));
  return rule ? text.replace(rule[0], rule[1]) : text;
}
