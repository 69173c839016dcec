// @ts-check
/** The content of an empty chat: first steps. */
import { chatAvatar } from "./avatar.js";
import { h, icon, isTouch } from "./dom.js";
import { t } from "./i18n.js";
import { openChat, store } from "./store.js";
import { openSetup } from "./setup.js";

/** @returns {HTMLElement} */
export function emptyState() {
  const chat = openChat();
  if (chat?.type === "private") return botWelcome(chat);
  return groupWelcome(chat);
}

/** @param {import("./types.js").Chat} chat */
function botWelcome(chat) {
  const name = store.bot.first_name;
  const description = store.botHere?.description || store.bot.description || t("startHint", { name });
  const steps = ["stepStart", isTouch() ? "stepPhotoTouch" : "stepPhoto", "stepAnswer"].map((key) => h("li", {}, t(key)));
  return h("section", { class: "welcome", dataset: { testid: "welcome" } }, chatAvatar(chat, "large"), h("h2", {}, name),
    h("p", { class: "prewrap" }, description), h("ol", { class: "steps" }, steps), localNotice());
}

/** @param {import("./types.js").Chat | null} chat */
function groupWelcome(chat) {
  const isGroup = chat?.type !== "channel";
  return h("section", { class: "welcome", dataset: { testid: "welcome" } }, chat && chatAvatar(chat, "large"),
    h("h2", {}, chat?.title ?? ""), h("p", {}, t(isGroup ? "groupEmpty" : "channelEmpty")),
    h("button", { type: "button", class: "button primary", onclick: () => openSetup() }, t("openSetup")), localNotice());
}

export const localNotice = () => h("p", { class: "local-notice" }, icon("lock"), h("span", {}, t("localNotice")));
