// What stands above a conversation, and below its last message.

import { groupAddress, person } from "./addresses.js";
import { store } from "./client.js";
import { faceOf, isDeleted, isOnline, others, titleOf } from "./conversations.js";
import { listed, t } from "./i18n.js";
import { html, nothing } from "./lit.js";
import { followButton } from "./relation.js";
import { requestBar } from "./requests.js";
import { state } from "./state.js";
import { back, handle, icon } from "./ui.js";

const NAMED = 3; // readers who are named

// Whom one talks to.
export function headOf(conversation) {
  const [user] = others(conversation);
  if (conversation.kind === "group" || !user) return groupHead(conversation);
  const face = faceOf(conversation, "small");
  if (isDeleted(user)) return html`${back("/messages")}${face}<div><h1 tabindex="-1" dir="auto">${user.display_name}</h1></div>`;
  return html`${back("/messages")}<a href=${person(user)} tabindex="-1" aria-hidden="true">${face}</a>
    <div><h1 tabindex="-1" dir="auto"><a href=${person(user)}>${user.display_name}</a></h1>
      <p class="presence">${isOnline(user) ? t("messages.online") : html`<bdi>${handle(user)}</bdi>`}</p></div>${followButton(user)}`;
}

function groupHead(conversation) {
  const title = titleOf(conversation);
  const about = groupAddress(conversation.id);
  return html`${back("/messages")}
    <a href=${about} tabindex="-1" aria-hidden="true">${faceOf(conversation, "small")}</a>
    <div><h1 tabindex="-1" dir="auto"><a href=${about} tabindex="-1">${title}</a></h1><p class="presence">${t("messages.members", { count: conversation.participants.length })}</p></div>
    <a class="button icon-button plain" href=${about} aria-label=${t("messages.about_group", { title })} title=${t("messages.this_group")}>${icon("people")}</a>`;
}

// How to answer a request; else who has read it, where the last message is mine, and I tell what I have read.
export function receiptOf(conversation, last) {
  if (conversation.is_request) return requestBar(conversation);
  if (!last?.id || last.sender.id !== state.me.id || state.me.send_read_receipts === false) return nothing;
  return html`<p class="receipt">${said(conversation, last)}</p>`;
}

function said(conversation, message) {
  const marks = store.readUpTo.get(conversation.id);
  const people = others(conversation);
  const readers = people.filter((user) => marks?.get(user.id) >= message.id);
  if (!readers.length) return t("messages.sent");
  if (conversation.kind === "direct") return t("messages.read");
  if (readers.length === people.length && readers.length > 1) return t("messages.read_by_all");
  const names = readers.slice(0, NAMED).map((user) => user.display_name);
  const more = readers.length - names.length;
  return t("messages.read_by", { names: listed(more ? [...names, t("messages.more_readers", { count: more })] : names) });
}
