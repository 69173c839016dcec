// @ts-check
/** Drawn lesions to try the assistant with: one tap sends one as a photo. */
import { toastError } from "./dialogs.js";
import { ApiError } from "./api.js";
import { h, iconButton } from "./dom.js";
import { t } from "./i18n.js";
import { pendingIn } from "./outbox.js";
import { recall, remember } from "./prefs.js";
import { emit, isMine, messagesOf, openChat, store, timelineOf } from "./store.js";

/** File name and description. docs/samples.py draws the files. */
const SAMPLES = [["pale", "samplePale"], ["brown", "sampleBrown"], ["irregular", "sampleIrregular"], ["blurred", "sampleBlurred"]];

export class SampleTray {
  /** @param {(file: File) => void} deliver puts a sample on its way */
  constructor(deliver) {
    this.deliver = deliver;
    this.wanted = false;
    const close = iconButton("close", t("hideSamples"), () => this.dismiss(), { class: "samples-close" });
    const buttons = SAMPLES.map(([name, label]) => h("button", { type: "button", class: "sample", "aria-label": t("sendSample", { name: t(label) }), title: t(label), onclick: () => this.send(name) },
      h("img", { src: urlOf(name), alt: "", width: 60, height: 60, draggable: "false" })));
    this.root = h("div", { class: "samples", role: "group", "aria-labelledby": "samples-title", hidden: true, dataset: { testid: "samples" } },
      h("p", { class: "samples-text" }, h("b", { id: "samples-title" }, t("trySample")), h("small", {}, t("sampleNote"))),
      h("div", { class: "samples-row" }, buttons), close);
  }

  /** Shows the tray because the person asked for it. */
  open() {
    this.wanted = true;
    this.refresh(true);
    /** @type {HTMLElement | null} */ (this.root.querySelector(".sample"))?.focus();
  }

  /** @param {boolean} allowed whether one can write here */
  refresh(allowed) {
    this.root.hidden = !allowed || !(this.wanted || isHelpful());
  }

  dismiss() {
    this.wanted = false;
    remember(`nosamples.${store.me}`, true);
    emit("outbox", store.chatId);
  }

  /** @param {string} name */
  async send(name) {
    const chatId = store.chatId;
    if (chatId === null) return;
    try {
      const file = await fetchSample(name);
      if (store.chatId !== chatId) return;
      this.deliver(file);
      this.wanted = false;
      emit("outbox", chatId);
    } catch {
      toastError(new ApiError(0, "unreachable", "no connection"));
    }
  }
}

/** @param {string} name */
const urlOf = (name) => `/samples/${name}.jpg`;

/** @param {string} name @returns {Promise<File>} */
async function fetchSample(name) {
  const response = await fetch(urlOf(name));
  if (!response.ok) throw new Error(response.statusText);
  return new File([await response.blob()], `${name}.jpg`, { type: "image/jpeg" });
}

/** Whether samples help: the chat is started, no question of the assistant is open, and no photo was sent. */
function isHelpful() {
  const chat = openChat();
  if (chat?.type !== "private" || !timelineOf(chat.id).loaded || recall(`nosamples.${store.me}`, false)) return false;
  const messages = messagesOf(chat.id).filter((message) => !message.deleted);
  const latest = messages.filter((message) => message.from?.is_bot).at(-1);
  const hasSent = messages.some((message) => isMine(message) && (message.photo || message.document)) || pendingIn(chat.id).some((item) => item.files.length > 0);
  return latest !== undefined && !latest.keyboard?.length && !hasSent;
}
