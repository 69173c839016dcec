// @ts-check
/** A menu at a button, with arrow keys, Home and End. Escape, Back and a click elsewhere close it. */
import { h, icon } from "./dom.js";
import { addLayer, removeLayer } from "./layers.js";

/**
 * @typedef {{label: string, icon?: any, run?: () => void, checked?: boolean, danger?: boolean, href?: string, lead?: any, dot?: boolean}
 *   | "line" | {heading: string}} MenuItem
 */

/** @type {(() => void) | null} */
let closeCurrent = null;

/**
 * @param {HTMLElement} anchor @param {MenuItem[]} items @param {{label: string, at?: {x: number, y: number}}} options
 */
export function openMenu(anchor, items, { label, at }) {
  closeCurrent?.();
  const menu = h("div", { class: "menu", role: "menu", "aria-label": label });
  const close = (/** @type {boolean} */ giveFocusBack) => {
    closeCurrent = null;
    removeLayer(closeByBack);
    menu.remove();
    removeEventListener("pointerdown", onOutside, true);
    removeEventListener("resize", onResize);
    anchor.setAttribute("aria-expanded", "false");
    if (giveFocusBack) anchor.focus();
  };
  const closeByBack = () => close(true);
  const onOutside = (/** @type {Event} */ event) => { if (!menu.contains(/** @type {Node} */ (event.target))) close(false); };
  const onResize = () => close(false);
  closeCurrent = () => close(false);
  for (const item of items) menu.append(entry(item, () => close(true)));
  menu.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => onKey(event, menu, close));
  document.body.append(menu);
  place(menu, anchor, at);
  anchor.setAttribute("aria-expanded", "true");
  addEventListener("pointerdown", onOutside, true);
  addEventListener("resize", onResize);
  entries(menu)[0]?.focus();
  addLayer(closeByBack);
}

/** @param {MenuItem} item @param {() => void} close @returns {HTMLElement} */
function entry(item, close) {
  if (item === "line") return h("hr", { role: "separator" });
  if ("heading" in item) return h("div", { class: "menu-heading", role: "presentation" }, item.heading);
  const role = item.checked === undefined ? "menuitem" : "menuitemradio";
  const content = [item.lead ?? (item.icon ? icon(item.icon) : null), h("span", { class: "menu-label" }, item.label),
    item.dot && h("span", { class: "dot" }), item.checked && icon("check")];
  const props = { class: `menu-item ${item.danger ? "danger" : ""}`, role, tabindex: "-1", "aria-checked": item.checked === undefined ? null : String(item.checked) };
  if (item.href) return h("a", { ...props, href: item.href, onclick: close }, content);
  return h("button", { ...props, type: "button", onclick: () => { close(); item.run?.(); } }, content);
}

/** @param {HTMLElement} menu @returns {HTMLElement[]} */
const entries = (menu) => [...menu.querySelectorAll(/** @type {any} */ (".menu-item"))];

/** @param {KeyboardEvent} event @param {HTMLElement} menu @param {(giveFocusBack: boolean) => void} close */
function onKey(event, menu, close) {
  const all = entries(menu);
  const at = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  /** @type {Record<string, number>} */
  const targets = { ArrowDown: (at + 1) % all.length, ArrowUp: (at - 1 + all.length) % all.length, Home: 0, End: all.length - 1 };
  if (event.key in targets) all[targets[event.key]].focus();
  else if (event.key === "Escape" || event.key === "Tab") close(true);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

/** Keeps the menu beside its button and inside the window. @param {HTMLElement} menu @param {HTMLElement} anchor @param {{x: number, y: number}} [at] */
function place(menu, anchor, at) {
  const box = at ? new DOMRect(at.x, at.y, 0, 0) : anchor.getBoundingClientRect();
  const { width, height } = menu.getBoundingClientRect();
  const below = box.bottom + 6 + height <= innerHeight - 8;
  const top = below ? box.bottom + 6 : Math.max(8, box.top - 6 - height);
  const left = box.left + width <= innerWidth - 8 ? box.left : box.right - width;
  menu.style.setProperty("top", `${Math.round(top)}px`);
  menu.style.setProperty("left", `${Math.round(Math.min(Math.max(8, left), innerWidth - width - 8))}px`);
}
