// @ts-check
/** What the page remembers in this browser. A browser without storage just forgets. */

/** @param {string} key @param {any} [fallback] @returns {any} */
export function recall(key, fallback = null) {
  try {
    return JSON.parse(localStorage.getItem(`nevus.${key}`) ?? "null") ?? fallback;
  } catch {
    return fallback;
  }
}

/** Remembers a value; null forgets it. @param {string} key @param {any} value */
export function remember(key, value) {
  try {
    if (value === null || value === "") localStorage.removeItem(`nevus.${key}`);
    else localStorage.setItem(`nevus.${key}`, JSON.stringify(value));
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
