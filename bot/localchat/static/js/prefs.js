// @ts-check
/** Values that the page keeps in this browser. Without storage they last as long as the page. */

/** Settings of the page itself. All other values belong to one server with its own people and chats. */
const PAGE_WIDE = new Set(["language", "theme"]);
let scope = "";

/** @param {number} botId stands for the server */
export function setScope(botId) {
  scope = `${botId}.`;
}

/** @param {string} key */
const nameOf = (key) => `nevus.${PAGE_WIDE.has(key) ? "" : scope}${key}`;

/** @param {string} key @param {any} [fallback] @returns {any} */
export function recall(key, fallback = null) {
  try {
    return JSON.parse(localStorage.getItem(nameOf(key)) ?? "null") ?? fallback;
  } catch {
    return fallback;
  }
}

/** Remembers a value; null forgets it. @param {string} key @param {any} value */
export function remember(key, value) {
  try {
    if (value === null || value === "") localStorage.removeItem(nameOf(key));
    else localStorage.setItem(nameOf(key), JSON.stringify(value));
  } catch {
    // Storage is full or forbidden: the value lives as long as the page.
  }
}

/** Applies and remembers the theme. @param {"system" | "light" | "dark"} theme */
export function setTheme(theme) {
  remember("theme", theme === "system" ? null : theme);
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

/** @returns {"system" | "light" | "dark"} */
export const theme = () => recall("theme", "system");
