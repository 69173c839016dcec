// @ts-check
/** The address keeps person and chat: `#/p/1/c/42`. */

/** @param {string} hash @returns {{person: number | null, chat: number | null}} */
export function parseHash(hash) {
  const match = /^#\/p\/(\d+)(?:\/c\/(-?\d+))?$/.exec(hash);
  if (!match) return { person: null, chat: null };
  return { person: Number(match[1]), chat: match[2] === undefined ? null : Number(match[2]) };
}

/** @param {number} person @param {number | null} [chat] */
export const hashFor = (person, chat = null) => `#/p/${person}${chat === null ? "" : `/c/${chat}`}`;

/** @param {number} person @param {number | null} [chat] @param {{replace?: boolean}} [how] */
export function go(person, chat = null, { replace = false } = {}) {
  const hash = hashFor(person, chat);
  if (location.hash === hash) return;
  if (replace) {
    history.replaceState(null, "", hash);
    dispatchEvent(new HashChangeEvent("hashchange"));
  } else {
    location.hash = hash;
  }
}
