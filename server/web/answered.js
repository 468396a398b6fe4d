// What a message answers: shown above it, kept with its draft, and found again.

import { store } from "./client.js";
import { draft, keepDraft } from "./drafts.js";
import { t } from "./i18n.js";
import { html, nothing } from "./lit.js";
import { state } from "./state.js";
import { tint } from "./ui.js";

const EXCERPT = 200; // characters, as the server quotes them
const LOADS = 60; // pages of a conversation to go back at most
const FOUND_MS = 2000; // for which what was jumped to stands out

export const excerptOf = ({ id, sender, content, image, media, deleted }) =>
  ({ id, sender, content: [...content].slice(0, EXCERPT).join(""), image: image ?? media?.[0]?.url ?? null, deleted });

// The same of a message of which only the id is known, where it is loaded.
export const excerptOfId = (id) => (store.messages.has(id) ? excerptOf(store.messages.get(id)) : null);

const nameOf = ({ sender }) => (sender.id === state.me.id ? t("messages.you") : sender.display_name);

export const wordsOf = ({ content, deleted, image }) =>
  deleted ? html`<span class="gone">${t("messages.deleted")}</span>` : html`<span dir="auto">${content || (image ? t("messages.some_pictures") : "")}</span>`;

// Above what answers it; a click leads to it.
export const quote = (quoted) => (quoted ? html`<button class="quote ink-${tint(quoted.sender)}" type="button" data-answers=${quoted.id}
  aria-label=${t("messages.in_reply_to", { name: nameOf(quoted) })}><strong><bdi>${nameOf(quoted)}</bdi></strong>${wordsOf(quoted)}</button>` : nothing);

// Above where one writes the answer.
export const answering = (quoted) => html`<div><strong>${quoted.sender.id === state.me.id
  ? t("messages.replying_to_me") : t("messages.replying_to", { name: quoted.sender.display_name })}</strong>${quoted.deleted
  ? wordsOf(quoted) : html`<span class="excerpt" dir="auto">${quoted.content || t("messages.some_pictures")}</span>`}</div>`;

// What the draft of a place answers is kept beside it.
const beside = (place) => `${place} answers`;

export function draftedAnswer(place) {
  try {
    return JSON.parse(draft(beside(place)) || "null");
  } catch {
    return null;
  }
}

export const keepDraftedAnswer = (place, quoted) => keepDraft(beside(place), quoted && JSON.stringify(quoted));

// The ids of known messages that answer this one.
export const answersTo = (conversation, id) => store.messagesOf(conversation, id).filter((one) => one.reply_to?.id === id).map((one) => one.id);

// Lead to a message, also where it is not loaded yet: `load` takes in the page before what is there, or waits for
// one that is on its way; `element` gives what shows a message.
export async function jumpTo(id, { history, load, element }) {
  let still = 0; // loads that brought nothing: one that was under way may end without, after two there is none to come
  for (let loads = 0; loads < LOADS && still < 2 && !element(id) && history().next !== null && !(history().from <= id); loads += 1) {
    const { from } = history();
    await load();
    still = history().from === from ? still + 1 : 0;
  }
  for (let draws = 0; draws < 2; draws += 1) { // what is not in sight has no height of its own before
    element(id)?.scrollIntoView({ block: "center" });
    await new Promise(requestAnimationFrame);
  }
  const box = element(id);
  if (!box) return;
  box.focus({ preventScroll: true });
  for (const before of document.querySelectorAll(".bubble.found")) before.classList.remove("found");
  box.classList.add("found");
  setTimeout(() => box.classList.remove("found"), FOUND_MS);
}
