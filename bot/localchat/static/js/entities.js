// @ts-check
/** Text with its entities, as elements. Offsets and lengths are UTF-16 units, as JavaScript strings count. */
import { h, icon } from "./dom.js";
import { t } from "./i18n.js";
import { openLink } from "./links.js";

/** @typedef {import("./types.js").Entity} Entity */

/** @type {Record<string, string>} */
const PLAIN_TAGS = { bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code" };
/** Block elements: the line break after them would show as an empty line. */
const BLOCKS = new Set(["pre", "blockquote", "expandable_blockquote"]);
const SAFE_URL = /^(https?|tg|mailto|tel):/i;

/**
 * @param {string} text @param {Entity[]} [entities] @param {{onCommand?: (command: string) => void}} [hooks]
 * @returns {Node[]}
 */
export function richText(text, entities = [], hooks = {}) {
  const sorted = [...entities].filter((entity) => entity.length > 0).sort((a, b) => a.offset - b.offset || b.length - a.length);
  return renderRange(text, 0, text.length, sorted, hooks);
}

/**
 * @param {string} text @param {number} start @param {number} end @param {Entity[]} entities sorted, all inside the range
 * @param {{onCommand?: (command: string) => void}} hooks
 * @returns {Node[]}
 */
function renderRange(text, start, end, entities, hooks) {
  const nodes = [];
  let at = start;
  let index = 0;
  while (index < entities.length) {
    const entity = entities[index];
    const from = Math.max(entity.offset, at);
    const to = Math.min(entity.offset + entity.length, end);
    index += 1;
    if (from >= to) continue;
    const inner = [];
    for (; index < entities.length && entities[index].offset < to; index += 1) inner.push(entities[index]);
    if (from > at) nodes.push(document.createTextNode(text.slice(at, from)));
    nodes.push(wrap(entity, text.slice(from, to), renderRange(text, from, to, inner, hooks), hooks));
    at = to;
    if (BLOCKS.has(entity.type) && text[at] === "\n") at += 1;
  }
  if (at < end) nodes.push(document.createTextNode(text.slice(at, end)));
  return nodes;
}

/** @param {Entity} entity @param {string} raw @param {Node[]} children @param {{onCommand?: (command: string) => void}} hooks @returns {Node} */
function wrap(entity, raw, children, hooks) {
  const tag = PLAIN_TAGS[entity.type];
  if (tag) return h(tag, {}, children);
  if (entity.type === "pre") return h("pre", { tabindex: "0" }, h("code", {}, children));
  if (entity.type === "blockquote") return h("blockquote", {}, children);
  if (entity.type === "expandable_blockquote") return expandable(children);
  if (entity.type === "bot_command") return command(raw, children, hooks);
  const url = urlOf(entity, raw);
  if (url) return link(url, children);
  return h("span", { class: `entity-${entity.type.replace(/[^a-z_]/g, "")}` }, children);
}

/** @param {Entity} entity @param {string} raw @returns {string | null} */
function urlOf(entity, raw) {
  if (entity.type === "text_link") return safeUrl(entity.url ?? "");
  if (entity.type === "url") return safeUrl(/^[a-z]+:/i.test(raw) ? raw : `https://${raw}`);
  if (entity.type === "email") return `mailto:${raw}`;
  if (entity.type === "phone_number") return `tel:${raw.replace(/[^+\d]/g, "")}`;
  return null;
}

/** Only schemes that cannot run anything. @param {string} url @returns {string | null} */
export const safeUrl = (url) => (SAFE_URL.test(url) ? url : null);

/** @param {string} url @param {Node[]} children */
function link(url, children) {
  const onclick = (/** @type {MouseEvent} */ event) => {
    if (openLink(url, { external: false })) event.preventDefault();
  };
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer", onclick }, children);
}

/** @param {string} raw @param {Node[]} children @param {{onCommand?: (command: string) => void}} hooks */
function command(raw, children, hooks) {
  if (!hooks.onCommand) return h("span", {}, children);
  return h("button", { type: "button", class: "text-command", onclick: () => hooks.onCommand?.(raw) }, children);
}

/** @param {Node[]} children */
function expandable(children) {
  const content = h("div", { class: "quote-content" }, children);
  const label = h("span", {}, t("showMore"));
  const button = h("button", { type: "button", class: "quote-more", "aria-expanded": "false" }, label, icon("down"));
  const quote = h("blockquote", { class: "expandable" }, content, button);
  button.addEventListener("click", () => {
    const open = quote.classList.toggle("open");
    button.setAttribute("aria-expanded", String(open));
    label.textContent = t(open ? "showLess" : "showMore");
  });
  requestAnimationFrame(() => {
    const fits = quote.isConnected && content.scrollHeight <= content.clientHeight + 2;
    if (fits) button.hidden = true;
  });
  return quote;
}
