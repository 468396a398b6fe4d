// Message requests: those that wait above the conversations, and how they are answered.

import { talkAddress } from "./addresses.js";
import { client, store } from "./client.js";
import { faceOf, others, titleOf } from "./conversations.js";
import { when } from "./dates.js";
import { t } from "./i18n.js";
import { html, ifDefined, nothing } from "./lit.js";
import { block } from "./away.js";
import { go } from "./router.js";
import { on } from "./state.js";
import { failed, toast } from "./view.js";

let rest = null; // the cursor of the next page of the list

export async function loadRequests(more = false) {
  rest = (await client.message_request.list(more && rest ? { cursor: rest } : {})).next;
}

// The list, if there are any; `open` is the id of the conversation that is shown.
export function requestsBox(open) {
  const requests = store.requestList();
  if (!requests.length) return nothing;
  const count = requests.filter((one) => one.unread_count > 0).length;
  return html`<section class="requests" aria-labelledby="requests-title">
    <h2 id="requests-title">${t("requests.title")}${count ? html` <span class="badge">${count}<span class="unseen"> ${t("nav.unread")}</span></span>` : nothing}</h2>
    <p class="quiet">${t("requests.words")}</p>
    <ul>${requests.map((one) => row(one, open))}</ul>
    ${rest ? html`<button class="more" type="button" @click=${() => loadRequests(true).catch(failed)}>${t("messages.show_more")}</button>` : nothing}</section>`;
}

function row(request, open) {
  const { id, last_message: last, unread_count: unread } = request;
  return html`<li><a class="conversation" href=${talkAddress(id)} aria-current=${ifDefined(open === id ? "true" : undefined)} ?data-unread=${unread > 0}>${faceOf(request)}
      <span class="conversation-body"><span class="name" dir="auto">${titleOf(request)}</span><span class="excerpt" dir="auto">${said(last)}</span></span>
      <span class="conversation-side">${last ? when(last.created_at) : nothing}</span></a>${answers(request, open)}</li>`;
}

function said(last) {
  if (!last) return t("messages.nothing_yet");
  return last.deleted ? t("messages.deleted") : last.content || t("messages.some_pictures");
}

// What stands below the messages of a request.
export const requestBar = (request) => html`<div class="request-bar"><p>${t("requests.asks", { name: titleOf(request) })}</p>${answers(request, request.id)}</div>`;

const ANSWERS = [
  { label: "requests.accept", namedLabel: "requests.accept_named", style: "", act: accept },
  { label: "requests.decline", namedLabel: "requests.decline_named", style: "quiet-button text", act: decline },
  { label: "requests.block", namedLabel: "block.on", style: "danger-text", act: keepAway },
];

const answers = (request, open) => html`<div class="answers">${ANSWERS.map(({ label, namedLabel, style, act }) => html`<button class=${style} type="button"
  aria-label=${t(namedLabel, { name: titleOf(request) })} @click=${(event) => answered(event, () => act(request, open))}>${t(label)}</button>`)}</div>`;

async function answered({ currentTarget }, act) {
  currentTarget.disabled = true;
  try {
    await act();
  } catch (error) {
    failed(error);
  } finally {
    currentTarget.disabled = false;
  }
}

async function accept({ id }) {
  await client.message_request.accept({ conversation_id: id });
  go(talkAddress(id));
}

async function decline({ id }, open) {
  await client.message_request.decline({ conversation_id: id });
  store.apply("message_request.ended", { conversation_id: id, outcome: "declined" }); // also without a socket
  toast(t("requests.declined"));
  if (open === id) go("/messages", { replace: true });
}

function keepAway(request, open) {
  const [user] = others(request);
  return block(user, () => decline(request, open));
}

// Of one that is new only the message is told.
on("event", ({ name, data }) => {
  if (name !== "message_request.received") return;
  const { conversation_id: id } = data.message;
  if (!store.conversations.has(id)) client.conversation.get({ conversation_id: id }).catch(() => {}); // it is there at the next look
});
