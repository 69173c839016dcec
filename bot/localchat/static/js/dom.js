// @ts-check
/** Small helpers that build elements. Data only ever becomes text nodes and attributes, never markup. */
import { ICONS } from "./icons.js";

const SVG = "http://www.w3.org/2000/svg";

/**
 * Builds an element. `on…` props are listeners, `dataset` and `vars` (CSS custom properties) are objects,
 * `true` sets an empty attribute, `false`, `null` and `undefined` leave it out.
 * @param {string} tag
 * @param {Record<string, any>} [props]
 * @param {...any} children nodes, strings, arrays of them; nothing for null and false
 * @returns {any}
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) setProp(element, name, value);
  append(element, children);
  return element;
}

/** @param {HTMLElement} element @param {string} name @param {any} value */
function setProp(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (name === "dataset") Object.assign(element.dataset, value);
  else if (name === "vars") for (const [key, text] of Object.entries(value)) element.style.setProperty(key, String(text));
  else if (name === "value") /** @type {any} */ (element).value = value;
  else element.setAttribute(name, value === true ? "" : String(value));
}

/** @param {Element} element @param {any} children */
export function append(element, children) {
  for (const child of [children].flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child);
  }
}

/**
 * A line icon, hidden from assistive technology: its button carries the name.
 * @param {keyof typeof ICONS} name
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const attributes = { viewBox: "0 0 24 24", class: `icon icon-${name}`, "aria-hidden": "true", focusable: "false" };
  for (const [key, value] of Object.entries(attributes)) svg.setAttribute(key, value);
  for (const d of ICONS[name]) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", d);
    svg.append(path);
  }
  return svg;
}

/**
 * A square button that shows an icon and is named by its label.
 * @param {keyof typeof ICONS} name @param {string} label @param {(event: MouseEvent) => void} onclick
 * @param {Record<string, any>} [props]
 * @returns {HTMLButtonElement}
 */
export function iconButton(name, label, onclick, props = {}) {
  const shown = { type: "button", "aria-label": label, title: label, onclick, ...props };
  return h("button", { ...shown, class: `icon-button ${props.class ?? ""}`.trim() }, icon(name));
}

/** Text for screen readers only. @param {string} text */
export const hiddenText = (text) => h("span", { class: "visually-hidden" }, text);

/** @template {(...args: any[]) => void} F @param {F} run @param {number} delayMs */
export function debounce(run, delayMs) {
  let timer = 0;
  return (/** @type {any[]} */ ...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => run(...args), delayMs);
  };
}

/** True where the main pointer is a finger. */
export const isTouch = () => matchMedia("(pointer: coarse)").matches;

/** Announces a sentence to screen readers. @param {string} text */
export function announce(text) {
  const region = document.getElementById("announcer");
  if (region) region.replaceChildren(h("p", {}, text));
}
