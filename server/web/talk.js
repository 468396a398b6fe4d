// One conversation: its messages, the newest at the bottom, and where to write the next.

import { bubble, messageMenu, waitingMessage } from "./bubble.js";
import { client, outbox, store } from "./client.js";
import { isDeleted, others, titleOf } from "./conversations.js";
import { listed, t, tr } from "./i18n.js";
import { html, nothing, render } from "./lit.js";
import { Log } from "./log.js";
import { seekable, seekWanted } from "./message-search.js";
import { LogPlace } from "./place.js";
import { Pinned } from "./pinned.js";
import { answersTo, jumpTo } from "./answered.js";
import { toggle } from "./reacting.js";
import { state } from "./state.js";
import { headOf, receiptOf } from "./talk-parts.js";
import { icon, mount } from "./ui.js";
import { failed, oncePerFrame } from "./view.js";
import { writerOf } from "./writer.js";

const PAGE = 40, EARLIER = 100; // messages that are loaded at first, and at once when one goes back
const OUT = { left: { text: "messages.you_left" }, removed: { text: "groups.you_are_removed" }, banned: { text: "groups.you_are_banned" } };

const titleAndPeople = ({ title, is_request: asks, participants }) => JSON.stringify([title, asks, participants.map((user) => [user.id, user.username, user.avatar])]);

// Shown in `pane`. retitled() is called when it has another title.
export function openTalk(conversation, pane, retitled) {
  const { id } = conversation;
  const inGroup = conversation.kind === "group";
  const changed = new Set(); // ids of messages to draw
  const readMark = store.readUpTo.get(id)?.get(state.me.id) ?? 0; // how far I had read when it was opened
  let loading = false;
  let underWay = null; // the promise of what is being loaded
  let reading = false;
  let seen = 0; // the last message that was in sight
  let done = readMark; // how far the server knows that I have read
  let newFrom = null; // the id of the message above which "New" stands
  let refusesMe = false; // the other has blocked me: only a refusal says so
  let placed = false; // where one had been, or where "New" stands
  let out = OUT.left; // how it is said that I am not in it any more
  let closed = false;

  pane.classList.toggle("in-group", inGroup);
  render(html`<header class="talk-head"></header><div class="pinned"></div>
    <div class="log-place">
      <div class="log" role="log" aria-live="off" aria-label=${t("messages.log")} tabindex="0"><div class="log-inner">
        <div class="earlier"></div><div class="chunks"></div><div class="after"></div></div></div>
      <div class="jump"></div></div>
    <p class="typing" role="status"></p><div class="foot"></div>`, pane);
  const part = (name) => pane.querySelector(`.${name}`);
  const other = () => others(conversation)[0];
  const history = () => store.historyOf(id);

  const log = new Log(part("chunks"), (message, first) => bubble(message, first, { inGroup, edit }));
  const place = new LogPlace(part("log"), log, { moved });
  const writer = writerOf(id, part("foot"), { notice, last: () => log.find((one) => one.id && isMine(one) && !one.deleted), sent });
  const jump = (message) => jumpTo(message, { history, load, element: (one) => log.elementOf(one) });
  const pinned = new Pinned(conversation, part("pinned"), jump);
  const head = mount(part("talk-head"), () => headOf(conversation));
  const earlier = mount(part("earlier"), () => (history().next ? html`<button class="more" type="button" @click=${() => load()}>${t("messages.earlier")}</button>` : nothing));
  const after = mount(part("after"), () => html`${isEmpty() ? nobodySaid() : nothing}${receiptOf(conversation, log.last)}`);
  const toEnd = mount(part("jump"), () => {
    const below = place.atEnd ? 0 : unread();
    return place.atEnd ? nothing : html`<button type="button" aria-label=${below ? t("messages.jump_new", { count: below }) : t("messages.jump")} title=${t("messages.jump")}
      @click=${() => place.toEnd({ glide: true })}>${icon("down")}${below ? html`<span class="badge" aria-hidden="true">${below}</span>` : nothing}</button>`;
  });

  const isMine = (message) => message.sender.id === state.me.id;
  const isEmpty = () => history().next !== undefined && log.last === null;
  const waiting = () => outbox.entries.filter(({ operation, input }) => operation === "message.send" && input.conversation_id === id);
  const unread = () => store.conversations.get(id)?.unread_count ?? 0;

  // Draw what has come or changed, in one go.
  const draw = oncePerFrame(() => !closed && update());

  function update({ toEnd = false } = {}) {
    const { from } = history();
    let written = false;
    place.keep(() => {
      for (const one of changed) {
        const message = store.messages.get(one);
        if (message && one >= from) arrived(message, log.put(message));
      }
      for (const entry of waiting()) if (changed.has(entry.id)) written = log.put(waitingMessage(entry)) || written;
      changed.clear();
      log.draw();
      earlier.draw();
      after.draw();
    }, { toEnd: toEnd || written });
    moved();
  }

  // "New" stands above the first that came while nobody looked.
  function arrived(message, isNew) {
    if (!isNew || loading || isMine(message) || (place.atEnd && !document.hidden) || newFrom > seen) return;
    markNew(message.id);
  }

  function markNew(message) {
    newFrom = message;
    log.setNew(message);
  }

  // What is seen is read; how far that is has changed.
  function moved() {
    if (closed || !placed) return;
    markRead();
    toEnd.draw();
  }

  // The newest page, or the one before what is there.
  const load = () => (underWay ??= loadPage().finally(() => (underWay = null)));

  async function loadPage() {
    loading = true;
    const { next } = history();
    try {
      await client.message.list({ conversation_id: id, limit: next ? EARLIER : firstPage(), ...(next && { cursor: next }) });
    } catch (error) {
      if (!closed) failed(error);
    }
    if (closed) return;
    show(!next);
    loading = false;
    // Is one at the top still, or again?
    atTop.unobserve(part("earlier"));
    atTop.observe(part("earlier"));
  }

  const firstPage = () => Math.min(100, PAGE + unread());

  function show(isFirst) {
    const { from, next } = history();
    const messages = store.messagesOf(id, from);
    for (const message of messages) if (!log.has(message)) changed.add(message.id);
    if (newFrom === null && (messages[0]?.id <= readMark || next === null)) {
      const first = unread() && messages.find((one) => one.id > readMark && !isMine(one));
      if (first) markNew(first.id);
    }
    update({ toEnd: isFirst });
    if (!isFirst) return;
    seen = unread() ? readMark : messages.at(-1)?.id ?? 0;
    place.restore(id);
    placed = true;
    moved();
    seekWanted(id);
  }

  // One request at a time: what comes meanwhile is read by the next.
  async function markRead() {
    if (document.hidden || !pane.isConnected) return;
    const lowest = place.atEnd ? Infinity : place.lowestSeen();
    seen = Math.max(seen, log.find((one) => one.id && one.id <= lowest)?.id ?? 0);
    const last = log.find((one) => one.id && one.id <= seen && !isMine(one))?.id ?? 0;
    if (reading || last <= done || !unread()) return;
    reading = true;
    try {
      await client.conversation.read({ conversation_id: id, up_to: last });
      done = last;
    } catch {
      // It is tried again with the next that comes, or when the connection is back.
    }
    reading = false;
    if (done === last) draw();
  }

  function sent() {
    if (newFrom !== null) markNew(null);
    place.toEnd();
  }

  function edit(message) {
    writer.edit(message);
  }

  const answer = (message) => writer.answer(message);

  function isBlocked() {
    return !inGroup && other() && store.relationships.get(other().id)?.blocked;
  }

  function nobodySaid() {
    if (isBlocked()) return html`<div class="empty"><p>${t("messages.hidden", { name: other().display_name })}</p></div>`;
    return html`<div class="empty"><h2>${t("messages.say_hello")}</h2><p>${t("messages.nothing_yet")}</p></div>`;
  }

  // Why one cannot write here, or should know before.
  function notice() {
    const user = other();
    const name = user?.display_name;
    if (!store.conversations.has(id) && client.userId) return { closed: true, text: t(out.text) };
    if (inGroup || !user) return null;
    if (isDeleted(user)) return { closed: true, text: t("messages.account_deleted") };
    if (isBlocked()) {
      return { closed: true, text: t("messages.you_block", { name }), does: t("messages.unblock"), act: () => client.user.unblock({ id: user.id }) };
    }
    return refusesMe ? { closed: false, text: t("messages.refuses", { name }) } : null;
  }

  // What I may not send: because they have blocked me, or are no longer there?
  async function refused() {
    refusesMe = true;
    const found = await client.conversation.get({ conversation_id: id }).catch(() => null);
    if (found && !closed) writer.draw();
  }

  const touch = (message) => {
    changed.add(message);
    draw();
  };

  function drawTyping() {
    const typists = store.typingIn(id);
    const names = others(conversation).filter((user) => typists.includes(user.id)).map((user) => user.display_name);
    render(names.length ? html`<span class="dots" aria-hidden="true"><i></i><i></i><i></i></span>${tr("messages.typing", { count: names.length, names: html`<bdi>${listed(names)}</bdi>` })}` : nothing, part("typing"));
  }

  function redrawWaiting() {
    for (const entry of waiting()) changed.add(entry.id);
    draw();
  }

  function redrawAll() {
    head.draw();
    writer.draw();
    drawTyping();
    log.redraw();
    draw();
    retitled(titleOf(conversation));
  }

  // By a click on "•••", where nothing hovers on the message itself; by Enter or Space on it.
  function menu(box) {
    const button = box.querySelector(".bubble-more");
    if (button) messageMenu(log.messageOf(box), button, { edit, answer: notice()?.closed ? null : answer, changed: conversation.is_request ? null : () => touch(Number(box.dataset.message)), more: pinned.items(conversation, log.messageOf(box)) });
  }

  function clicked({ target }) {
    const box = target.closest(".bubble");
    if (!box) return;
    const quoted = target.closest(".quote");
    if (quoted) return jump(Number(quoted.dataset.answers));
    if (target.closest(".bubble-more")) return menu(box);
    const reaction = target.closest(".reaction");
    const message = log.messageOf(box);
    if (reaction) return toggle(message, reaction.dataset.emoji, () => touch(message.id));
    if (target.closest("a, button, .fate") || matchMedia("(hover: hover)").matches) return;
    if (getSelection().isCollapsed) menu(box);
  }

  function key(event) {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const box = event.target.closest(".bubble");
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (step && log.last) {
      event.preventDefault();
      const next = log.neighbour(box, step);
      next?.focus({ preventScroll: true });
      next?.scrollIntoView({ block: "nearest" });
    } else if (["Enter", " "].includes(event.key) && event.target === box) {
      event.preventDefault();
      menu(box);
    }
  }

  const offs = [
    seekable(id, jump),
    store.subscribe(`typing ${id}`, drawTyping),
    store.subscribe(`conversation ${id}`, () => {
      const before = conversation;
      conversation = store.conversations.get(id) ?? conversation;
      if (titleAndPeople(conversation) !== titleAndPeople(before)) redrawAll();
      writer.draw();
      draw();
    }),
    // They are forgotten where somebody has been blocked or let in again.
    store.subscribe(`messages ${id}`, () => {
      if (history().next !== undefined || !store.conversations.has(id) || loading) return;
      log.clear();
      redrawWaiting();
      load();
    }),
    !inGroup && other() && store.subscribe(`user ${other().id}`, () => {
      writer.draw();
      draw();
    }),
    outbox.on("change", (entry) => {
      if (entry.operation !== "message.send" || entry.input.conversation_id !== id) return;
      touch(entry.id);
      if (entry.state === "refused" && entry.problem.code === "blocked") refused();
    }),
    outbox.on("sent", ({ entry, result }) => {
      if (entry.operation !== "message.send" || result.conversation_id !== id) return;
      refusesMe = false;
      writer.draw();
      touch(result.id);
    }),
    outbox.on("gone", ({ id: entry }) => {
      log.remove(entry);
      draw();
    }),
    client.on("state", () => {
      head.draw();
      redrawWaiting();
      if (client.live) pinned.reload(conversation);
    }),
  ].filter(Boolean);
  part("log").addEventListener("click", clicked);
  part("log").addEventListener("keydown", key);
  document.addEventListener("visibilitychange", moved);
  const atTop = new IntersectionObserver((seen) => seen.at(-1).isIntersecting && history().next && load(), { root: part("log"), rootMargin: "600px 0px 0px" });
  atTop.observe(part("earlier"));

  head.draw();
  redrawWaiting();
  if (!inGroup && other() && !isDeleted(other())) client.user.get({ id: other().id }).catch(() => {}); // whether I block them
  if (history().next === undefined) load();
  else show(true);

  return {
    title: () => titleOf(conversation),
    hear(name, data) {
      if ((data?.conversation_id ?? data?.message?.conversation_id) !== id) return;
      if (name === "message.created" || name === "message_request.received" || name === "message.updated") touch(data.message.id);
      else if (name === "message.deleted" || name === "message.reactions") touch(data.message_id);
      pinned.hear(name, data.message_id ?? data.message?.id);
      if (name === "message.updated" || name === "message.deleted") answersTo(id, data.message_id ?? data.message.id).forEach(touch);
      else if (name === "conversation.member_changed" && data.user_id === state.me.id) out = OUT[data.change] ?? out;
    },
    presence: head.draw,
    close() {
      closed = true;
      place.close(id);
      writer.close();
      atTop.disconnect();
      for (const off of offs) off();
      document.removeEventListener("visibilitychange", moved);
    },
  };
}
