// @ts-check
/** Modal dialogs and toasts. Native dialogs keep focus inside, close on Escape and return the focus. */
import { h, icon, iconButton } from "./dom.js";
import { t } from "./i18n.js";
import { addLayer, removeLayer } from "./layers.js";

let counter = 0;

/**
 * Opens a modal dialog with a title and a close button.
 * @param {{title: string, className?: string, body: any, footer?: any, onClose?: () => void, testId?: string}} content
 * @returns {HTMLDialogElement}
 */
export function openDialog({ title, className = "", body, footer = null, onClose, testId = "dialog" }) {
  counter += 1;
  const id = `dialog-title-${counter}`;
  const head = h("header", { class: "dialog-head" }, h("h2", { id }, title), iconButton("close", t("close"), () => dialog.close()));
  const content = h("div", { class: "dialog-body" }, body);
  const foot = footer && h("footer", { class: "dialog-foot" }, footer);
  const dialog = h("dialog", { class: `dialog ${className}`.trim(), "aria-labelledby": id, dataset: { testid: testId } }, head, content, foot);
  dialog.addEventListener("close", () => { dialog.remove(); onClose?.(); });
  showLayer(dialog);
  return dialog;
}

/** Shows a modal dialog that Back and a click beside it close. @param {HTMLDialogElement} dialog */
export function showLayer(dialog) {
  const close = () => dialog.close();
  dialog.addEventListener("close", () => removeLayer(close));
  closeOnBackdrop(dialog);
  document.body.append(dialog);
  dialog.showModal();
  addLayer(close);
}

/** @param {HTMLDialogElement} dialog */
function closeOnBackdrop(dialog) {
  let pressedOutside = false;
  dialog.addEventListener("pointerdown", (event) => { pressedOutside = event.target === dialog; });
  dialog.addEventListener("click", (event) => { if (pressedOutside && event.target === dialog) dialog.close(); });
}

/** An alert that must be read: the answer of a button. @param {string} text @param {string} [title] */
export function alertDialog(text, title = t("assistant")) {
  const ok = h("button", { type: "button", class: "button primary", onclick: () => dialog.close() }, t("ok"));
  const dialog = openDialog({ title, className: "small", body: h("p", { class: "prewrap" }, text), footer: ok, testId: "alert" });
  ok.focus();
}

/**
 * @param {{title: string, text: string, yes: string}} question
 * @returns {Promise<boolean>}
 */
export function confirmDialog({ title, text, yes }) {
  return new Promise((resolve) => {
    let answer = false;
    const agree = () => { answer = true; dialog.close(); };
    const footer = [
      h("button", { type: "button", class: "button", onclick: () => dialog.close() }, t("cancel")),
      h("button", { type: "button", class: "button danger", onclick: agree }, yes),
    ];
    const dialog = openDialog({ title, className: "small", body: h("p", {}, text), footer, onClose: () => resolve(answer) });
  });
}

/** A short notice that disappears after a few seconds. @param {string} text @param {"info" | "error"} [kind] */
export function toast(text, kind = "info") {
  const host = document.getElementById("toasts");
  const element = h("div", { class: `toast ${kind}`, dataset: { testid: "toast" } }, kind === "error" ? icon("alert") : null, h("span", {}, text));
  host?.append(element);
  setTimeout(() => element.remove(), Math.min(9000, 3200 + text.length * 45));
}

/** Sentences for the server's error codes. The server's own messages are English and meant for tests. @type {Record<string, string>} */
const REFUSALS = {
  unreachable: "errorUnreachable", forbidden: "errorForbidden", not_found: "errorGone", no_such_button: "errorGone",
  no_such_message: "errorGone", too_large: "errorTooLarge", migrated: "errorMoved",
};

/** @param {any} error */
export const errorText = (error) => t(REFUSALS[error?.code] ?? "errorOther");

/** @param {any} error */
export const toastError = (error) => toast(errorText(error), "error");
