// @ts-check
/** The address keeps person and chat: `#/p/1/c/42`. On a phone the list of chats is always one step back from a chat. */
import { addedEntries } from "./layers.js";

/** @param {string} hash @returns {{person: number | null, chat: number | null}} */
export function parseHash(hash) {
  const match = /^#\/p\/(\d+)(?:\/c\/(-?\d+))?$/.exec(hash);
  if (!match) return { person: null, chat: null };
  return { person: Number(match[1]), chat: match[2] === undefined ? null : Number(match[2]) };
}

/** @param {number} person @param {number | null} [chat] */
export const hashFor = (person, chat = null) => `#/p/${person}${chat === null ? "" : `/c/${chat}`}`;

/** With room for two panes the list of chats stands beside the open chat. */
export const hasTwoPanes = () => matchMedia("(min-width: 760px)").matches;

/** Whether the history entry before the chat's is the list of its person. */
const hasListBelow = () => Boolean(history.state?.listBelow);

/** @param {number} person @param {number | null} [chat] @param {{replace?: boolean}} [how] */
export function go(person, chat = null, { replace = false } = {}) {
  const hash = hashFor(person, chat);
  const here = parseHash(location.hash);
  if (location.hash === hash) return;
  if (chat === null && here.person === person && hasListBelow()) return history.go(-1 - addedEntries());
  if (replace) history.replaceState(null, "", hash);
  else history.pushState({ listBelow: chat !== null && location.hash === hashFor(person) }, "", hash);
  dispatchEvent(new HashChangeEvent("hashchange"));
}

/** Makes Back lead from an open chat to the list, however the chat was opened. @param {number} person @param {number} chat */
export function putListBelow(person, chat) {
  if (hasTwoPanes() || hasListBelow()) return;
  history.replaceState(null, "", hashFor(person));
  history.pushState({ listBelow: true }, "", hashFor(person, chat));
}

/** Follows links to people and chats through `go`. */
export function followLinks() {
  addEventListener("click", (event) => {
    const link = /** @type {HTMLAnchorElement | null} */ (/** @type {Element} */ (event.target).closest?.('a[href^="#/p/"]'));
    if (!link || event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const { person, chat } = parseHash(link.hash);
    if (person !== null) go(person, chat);
  });
}
