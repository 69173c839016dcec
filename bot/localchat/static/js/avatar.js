// @ts-check
/** Round pictures that stand for people, chats and the assistant. */
import { h, icon } from "./dom.js";
import { store } from "./store.js";

const HUES = ["#3c6e9f", "#7a5a9e", "#9a5b3c", "#3f7d5a", "#a04f6e", "#5b6b2f"];

/** @param {number} id */
const hueOf = (id) => HUES[Math.abs(id) % HUES.length];

/** @param {string | null | undefined} color */
const isColor = (color) => /^#[0-9a-f]{6}$/i.test(color ?? "");

/** "Dr Anne Martin" gives "AM", "Dr Martin" gives "M". @param {string} name */
export function initials(name) {
  const words = name.replace(/^(dr|pr|dre|prof)\.?\s+/i, "").split(/\s+/).filter(Boolean);
  return words.slice(0, 2).map((word) => [...word][0].toUpperCase()).join("");
}

/** @param {{id: number, name: string, color?: string | null, size?: string}} who */
export function avatar({ id, name, color = null, size = "" }) {
  if (id === store.bot.id) return markAvatar(size);
  const vars = { "--avatar": isColor(color) ? color : hueOf(id) };
  return h("span", { class: `avatar ${size}`.trim(), "aria-hidden": "true", vars }, initials(name));
}

/** The assistant's mark: a mole under a lens. @param {string} [size] */
export function markAvatar(size = "") {
  return h("span", { class: `avatar mark ${size}`.trim(), "aria-hidden": "true" }, h("span", { class: "mark-dot" }));
}

/** @param {import("./types.js").Chat} chat @param {string} [size] */
export function chatAvatar(chat, size = "") {
  if (chat.type === "private") return markAvatar(size);
  const vars = { "--avatar": hueOf(chat.id) };
  const shape = chat.type === "channel" ? "megaphone" : "group";
  return h("span", { class: `avatar ${size}`.trim(), "aria-hidden": "true", vars }, icon(shape));
}

/** @param {import("./types.js").Person} person @param {string} [size] */
export const personAvatar = (person, size = "") =>
  avatar({ id: person.id, name: person.first_name, color: person.avatar_color, size });
