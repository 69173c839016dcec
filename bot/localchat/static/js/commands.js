// @ts-check
/** The assistant's commands: a list that opens with its button or with "/" and is filtered while typing. */
import { h } from "./dom.js";
import { t } from "./i18n.js";

/** @typedef {import("./types.js").Command} Command */

export class CommandList {
  /** @param {HTMLTextAreaElement} field @param {(command: string) => void} onPick */
  constructor(field, onPick) {
    this.field = field;
    this.onPick = onPick;
    /** @type {Command[]} */
    this.commands = [];
    /** @type {Command[]} */
    this.shown = [];
    this.at = 0;
    /** @type {HTMLElement | null} */
    this.button = null;
    this.root = h("div", { class: "command-list", role: "listbox", id: "command-list", "aria-label": t("commands"), hidden: true, dataset: { testid: "commands" } });
    this.root.addEventListener("pointerdown", (/** @type {Event} */ event) => event.preventDefault());
    document.addEventListener("pointerdown", (event) => {
      const target = /** @type {Node} */ (event.target);
      if (!this.root.contains(target) && !this.button?.contains(target) && target !== this.field) this.close();
    });
  }

  get isOpen() { return !this.root.hidden; }

  /** @param {Command[]} commands */
  setCommands(commands) {
    const changed = JSON.stringify(commands) !== JSON.stringify(this.commands);
    this.commands = commands;
    if (changed && this.isOpen) this.open(commands);
  }

  toggle() {
    if (this.isOpen) this.close();
    else this.open(this.commands);
    this.field.focus();
  }

  /** @param {string} text what has been typed so far */
  filter(text) {
    const match = /^\/(\w*)$/.exec(text);
    if (!match) return this.close();
    const found = this.commands.filter((one) => one.command.startsWith(match[1].toLowerCase()));
    if (found.length) this.open(found);
    else this.close();
  }

  /** @param {Command[]} commands */
  open(commands) {
    this.shown = commands;
    this.at = 0;
    this.root.replaceChildren(...commands.map((command, index) => this.option(command, index)));
    this.root.hidden = false;
    this.button?.setAttribute("aria-expanded", "true");
    this.field.setAttribute("aria-controls", "command-list");
    this.mark();
  }

  /** @param {Command} command @param {number} index */
  option(command, index) {
    const name = h("span", { class: "command-name" }, `/${command.command}`);
    const text = h("span", { class: "command-text" }, command.description);
    return h("div", { class: "command", role: "option", id: `command-${index}`, onclick: () => this.pick(command) }, name, text);
  }

  close() {
    this.root.hidden = true;
    this.button?.setAttribute("aria-expanded", "false");
    this.field.removeAttribute("aria-activedescendant");
  }

  /** @param {Command} command */
  pick(command) {
    this.close();
    this.onPick(`/${command.command}`);
  }

  mark() {
    const options = /** @type {HTMLElement[]} */ ([...this.root.children]);
    options.forEach((option, index) => option.setAttribute("aria-selected", String(index === this.at)));
    options[this.at]?.scrollIntoView({ block: "nearest" });
    this.field.setAttribute("aria-activedescendant", `command-${this.at}`);
  }

  /** @param {KeyboardEvent} event @returns {boolean} whether the key belonged to the list */
  onKey(event) {
    if (!this.isOpen) return false;
    const count = this.shown.length;
    if (event.key === "ArrowDown") this.at = (this.at + 1) % count;
    else if (event.key === "ArrowUp") this.at = (this.at - 1 + count) % count;
    else if (event.key === "Enter" && !event.shiftKey) this.pick(this.shown[this.at]);
    else if (event.key === "Tab") this.complete();
    else if (event.key === "Escape") this.close();
    else return false;
    event.preventDefault();
    event.stopPropagation();
    if (this.isOpen) this.mark();
    return true;
  }

  /** Tab completes the command, so that an argument can follow. */
  complete() {
    this.field.value = `/${this.shown[this.at].command} `;
    this.field.dispatchEvent(new Event("input", { bubbles: true }));
    this.close();
  }
}
