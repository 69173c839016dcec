// @ts-check
/** Where links lead: `t.me` links of the assistant stay in the chat, all others open a new tab. */
import { enqueue } from "./outbox.js";
import { go } from "./route.js";
import { botChat, store } from "./store.js";

/**
 * Follows a link inside the chat where it belongs there.
 * @param {string} url @param {{external?: boolean}} [how] external: also open other links
 * @returns {boolean} whether the link was dealt with
 */
export function openLink(url, { external = true } = {}) {
  const deep = deepLink(url);
  if (deep) {
    followDeepLink(deep);
    return true;
  }
  if (!external) return false;
  if (/^https?:/i.test(url)) window.open(url, "_blank", "noopener,noreferrer");
  return true;
}

/** @param {string} url @returns {{start: string | null} | null} */
export function deepLink(url) {
  let parsed;
  try {
    parsed = new URL(url);
  } catch {
    return null;
  }
  const name = botNameIn(parsed);
  if (!name || name.toLowerCase() !== store.bot.username.toLowerCase()) return null;
  return { start: parsed.searchParams.get("start") };
}

/** @param {URL} url @returns {string | null} */
function botNameIn(url) {
  if (url.protocol === "tg:") return url.searchParams.get("domain");
  const isTelegram = ["t.me", "telegram.me"].includes(url.hostname) && /^https?:$/.test(url.protocol);
  return isTelegram ? url.pathname.split("/")[1] ?? null : null;
}

/** @param {{start: string | null}} link */
function followDeepLink(link) {
  const chat = botChat();
  if (!chat) return;
  go(store.me, chat.id);
  if (link.start !== null) enqueue(chat.id, { text: `/start ${link.start}`, start: link.start });
}
