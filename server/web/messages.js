// The list of conversations, and beside it the one that is open.

import { talkAddress } from "./addresses.js";
import { client, outbox, store } from "./client.js";
import { faceOf, find, hasMore, loadConversations, others, titleOf } from "./conversations.js";
import { when } from "./dates.js";
import { newGroup } from "./groups.js";
import { t, tr } from "./i18n.js";
import { Invitations } from "./invitations.js";
import { watchKeyboard } from "./keyboard.js";
import { html, ifDefined, nothing, render, repeat } from "./lit.js";
import { loadRequests, requestsBox } from "./requests.js";
import { sheet } from "./sheets.js";
import { state, tell } from "./state.js";
import { openTalk } from "./talk.js";
import { TalkSearch } from "./talk-search.js";
import { back, empty, icon, mount, skeleton } from "./ui.js";
import { contentOf } from "./fate.js";
import { failed, h, oncePerFrame } from "./view.js";

await Promise.all(["messages.css", "settings.css", "talk.css"].map(sheet));

const WATCHED_MAX = 100; // people; the server has a limit of its own

export function messagesView(id) {
  const pane = h("section", { class: "talk", "aria-label": t("messages.conversation") });
  const talks = h("section", { class: "talks", "aria-label": t("messages.conversations") });
  const element = h("div", { class: id ? "view messages open" : "view messages" }, talks, pane);
  const view = { title: t("messages.title"), wide: true, element, hear, redraw: drawPresence, close };
  const search = new TalkSearch(() => list.soon());
  let talk = null;
  let closed = false;
  let loaded = store.conversations.size > 0;
  let watched = "";

  const list = mount(talks, () => {
    if (closed) return nothing;
    const title = t("messages.title");
    return html`<header class="heading">${id ? html`<h2>${title}</h2>` : html`<h1 tabindex="-1">${title}</h1>`}
        <button class="quiet-button text" type="button" @click=${newGroup}>${t("messages.new_group")}</button></header>
      ${search.box()}${search.words ? nothing : [requestsBox(id), invitations.draw()]}<div class="conversations">${rows()}</div>
      ${hasMore() && !search.words ? html`<button class="more" type="button" @click=${() => loadConversations(true).then(list.draw).catch(failed)}>${t("messages.show_more")}</button>` : nothing}
      ${search.people()}${search.messages.draw()}`;
  });

  const invitations = new Invitations(list.soon);

  function hear(name, data) {
    talk?.hear(name, data);
    invitations.hear(name, data);
  }

  function rows() {
    const found = store.conversationList().filter((one) => search.finds(one));
    if (found.length) return repeat(found, (one) => one.id, row);
    if (search.words && search.messages.some) return nothing;
    if (search.words) return html`<p class="quiet none">${t("messages.none_found")}</p>`;
    if (!loaded) return skeleton();
    return empty(t("messages.none"), ...tr("messages.none_words", { people: html`<a href="/explore">${t("messages.find_people")}</a>` }));
  }

  function row(conversation) {
    const { id: own, last_message: last, unread_count: unread } = conversation;
    const isUnread = unread > 0 && own !== id;
    return html`<a class="conversation" href=${talkAddress(own)} aria-current=${ifDefined(own === id ? "true" : undefined)} ?data-unread=${unread > 0}>
      ${faceOf(conversation)}
      <span class="conversation-body"><span class="name" dir="auto">${titleOf(conversation)}</span><span class="excerpt" dir="auto">${excerpt(conversation)}</span></span>
      <span class="conversation-side">${last ? when(last.created_at) : nothing}${isUnread
        ? html`<span class="badge">${unread}<span class="unseen"> ${t("nav.unread")}</span></span>` : nothing}</span></a>`;
  }

  function excerpt({ id: own, kind, last_message: last, created_at: created, updated_at: updated }) {
    const typists = store.typingIn(own).length;
    if (typists) return html`<span class="accent">${t("messages.typing_now")}</span>`;
    const unsent = outbox.entries.findLast(({ operation, input }) => operation === "message.send" && input.conversation_id === own);
    if (unsent) return t("messages.not_sent", { text: contentOf(unsent) || t("messages.some_pictures") });
    if (!last) return t(kind === "direct" && updated !== created ? "messages.nothing_shown" : "messages.nothing_yet");
    const text = last.deleted ? t("messages.deleted") : last.content || t("messages.some_pictures");
    if (last.sender.id === state.me.id) return t("messages.you_wrote", { text });
    return kind === "group" ? t("messages.wrote", { name: last.sender.display_name, text }) : text;
  }

  // Whose presence is shown: those of direct conversations, that of the open one first.
  async function watch() {
    const people = store.conversationList().sort((one) => (one.id === id ? -1 : 0)).filter((one) => one.kind === "direct").flatMap(others);
    const ids = [...new Set(people.map((user) => user.id))].slice(0, WATCHED_MAX);
    if (!client.live || ids.join() === watched) return;
    watched = ids.join();
    try {
      await client.presence.watch({ user_ids: ids });
      drawPresence();
    } catch {
      watched = ""; // who is there is not known then
    }
  }

  function drawPresence() {
    if (closed) return;
    list.soon();
    talk?.presence();
  }

  const changed = oncePerFrame(() => {
    if (closed || !state.me) return;
    list.draw();
    watch();
  });

  const offs = [
    store.subscribe("conversations", changed),
    ...["change", "sent", "gone"].map((name) => outbox.on(name, changed)),
    client.on("typing", changed),
    client.on("presence", drawPresence),
    client.on("state", () => {
      watched = "";
      changed();
    }),
    watchKeyboard(element),
  ];

  function entitle(title) {
    view.title = title;
    tell("titled");
  }

  async function open() {
    try {
      const conversation = await find(id);
      if (closed) return;
      talk = openTalk(conversation, pane, entitle);
      entitle(talk.title());
    } catch (error) {
      if (!closed) render(html`<header class="talk-head">${back("/messages")}<div><h1 tabindex="-1">${t("messages.not_there")}</h1></div></header>
        ${empty(error.status === 404 ? t("messages.not_in_it") : error.message)}`, pane);
    }
    changed();
  }

  async function begin() {
    list.draw();
    if (id) open();
    else render(html`<div class="empty">${icon("mail")}<h2>${t("messages.pick")}</h2></div>`, pane);
    try {
      await Promise.all([loadConversations(), loadRequests()]);
    } catch (error) {
      if (!closed) failed(error);
    }
    loaded = true;
    changed();
  }

  function close() {
    closed = true;
    for (const off of offs) off();
    talk?.close();
    if (client.live) client.presence.watch({ user_ids: [] }).catch(() => {});
  }

  begin();
  return view;
}
