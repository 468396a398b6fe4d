// Conversations. What I send is shown at once and sent until it is known to be stored: its client_id
// makes it one message however often it is sent.

import { api, clientId } from "./api.js";
import { followButton } from "./people.js";
import { setUnread, state } from "./state.js";
import { Offline } from "./socket.js";
import {
  announce, avatar, back, clock, day, empty, failed, grow, h, handle, heading, icon, linked, person, time,
} from "./view.js";

const TYPING_EVERY_MS = 3000;
const TYPING_ENDS_MS = 6000;
const CONTENT_MAX = 4000; // characters

const conversations = new Map(); // id -> Conversation
const readMarks = new Map(); // "conversation user" -> the last message read
const outbox = new Map(); // client_id -> {conversation_id, content, client_id}
let rest = null; // the next page of the list of conversations
let shown = null; // the view, while it is shown

const others = (conversation) => conversation.participants.filter((user) => user.id !== state.me.id);
const titleOf = (conversation) =>
  conversation.title || others(conversation).map((user) => user.display_name).join(", ") || "Just you";

export function forgetMessages() {
  conversations.clear();
  readMarks.clear();
  outbox.clear();
}

async function loadConversations(page = null) {
  const got = await (page ? api.page(page) : api.conversations());
  if (!page) conversations.clear();
  for (const conversation of got.results) conversations.set(conversation.id, conversation);
  rest = got.next;
}

async function find(id) {
  if (!conversations.has(id)) conversations.set(id, await api.conversation(id));
  return conversations.get(id);
}

const countUnread = () =>
  api.unreadMessages().then(({ unread_count: unread }) => setUnread("messages", unread)).catch(() => {});

// What the server tells of messages, whichever view is shown.
export async function hearMessages(name, data) {
  if (name === "session.ready") flush();
  else if (name === "message.created") await arrived(data.message);
  else if (name.startsWith("conversation.") && data.conversation) conversations.set(data.conversation.id, data.conversation);
  else if (name === "conversation.read") {
    readMarks.set(`${data.conversation_id} ${data.user_id}`, data.up_to);
    const conversation = conversations.get(data.conversation_id);
    if (data.user_id === state.me.id) {
      if (conversation) conversation.unread_count = data.unread_count;
      countUnread();
    }
  } else if (name === "message.updated" || name === "message.deleted") {
    const last = conversations.get(data.conversation_id ?? data.message.conversation_id)?.last_message;
    if (last && last.id === (data.message_id ?? data.message.id)) {
      Object.assign(last, data.message ?? { deleted: true, content: "" });
    }
  }
  shown?.hear(name, data);
}

async function arrived(message) {
  outbox.delete(message.client_id);
  const known = conversations.get(message.conversation_id);
  const mine = message.sender.id === state.me.id;
  if (known) {
    known.last_message = message;
    known.updated_at = message.created_at;
    if (!mine) known.unread_count += 1;
  } else await find(message.conversation_id).catch(() => {});
  if (mine) return;
  setUnread("messages", state.unread.messages + 1);
  announce(`${message.sender.display_name}: ${message.content}`);
}

// Send what has not been answered for, again.
function flush() {
  for (const message of outbox.values()) deliver(message);
}

async function deliver(message) {
  try {
    const stored = await state.socket.command("message.send", message);
    outbox.delete(message.client_id);
    shown?.stored(stored);
  } catch (error) {
    if (error instanceof Offline) return; // it stays, and goes when we are connected
    outbox.delete(message.client_id);
    shown?.refused(message);
    failed(error);
  }
}

export function messagesView(id) {
  const rows = h("div", { class: "conversations" });
  const pane = h("section", { class: "talk", "aria-label": "Conversation" });
  const more = h("button", { class: "more", type: "button", hidden: true, onclick: () => loadConversations(rest).then(drawRows) }, "Show more");
  const element = h("div", { class: id ? "view messages open" : "view messages" },
    h("section", { class: "talks", "aria-label": "Conversations" }, heading("Messages"), rows, more), pane);
  const online = new Map();
  let talk = null;

  function drawRows() {
    const newest = [...conversations.values()].sort((a, b) => (a.updated_at < b.updated_at ? 1 : -1));
    more.hidden = !rest;
    if (newest.length) rows.replaceChildren(...newest.map(row));
    else rows.replaceChildren(empty("No messages yet", "Open somebody's profile to write to them. ", h("a", { href: "#/explore" }, "Find people"), "."));
  }

  function row(conversation) {
    const { id: own, last_message: last, unread_count: unread } = conversation;
    const [first = state.me] = others(conversation);
    const says = !last ? "No messages yet" : last.deleted ? "Message deleted" : last.content;
    return h("a", {
      class: "conversation", href: `#/messages/${own}`, "aria-current": own === id && "true", "data-unread": unread > 0,
    },
      h("span", { class: online.get(first.id) ? "face online" : "face" }, avatar(first)),
      h("span", { class: "conversation-body" },
        h("span", { class: "name" }, titleOf(conversation)),
        h("span", { class: "excerpt" }, last && last.sender.id === state.me.id ? `You: ${says}` : says)),
      h("span", { class: "conversation-side" }, last && time(last.created_at),
        unread > 0 && own !== id && h("span", { class: "badge" }, String(unread), h("span", { class: "unseen" }, " unread"))));
  }

  async function watch() {
    const people = [...conversations.values()].filter((one) => one.kind === "direct").flatMap(others);
    if (!people.length || !state.socket.live) return;
    try {
      const found = await state.socket.command("presence.watch", { user_ids: [...new Set(people.map((user) => user.id))].slice(0, 100) });
      for (const { user_id: user, online: is } of found) online.set(user, is);
      drawRows();
      talk?.presence();
    } catch {
      // Who is there is not known then.
    }
  }

  const view = {
    title: "Messages",
    wide: true,
    element,
    hear(name, data) {
      if (name === "presence") {
        online.set(data.user_id, data.online);
        talk?.presence();
      }
      if (name === "session.ready") watch();
      talk?.hear(name, data);
      drawRows();
    },
    stored: (message) => talk?.hear("message.created", { message }),
    refused: (message) => talk?.refused(message),
    close() {
      shown = null;
      talk?.close();
      if (state.socket.live) state.socket.command("presence.watch", { user_ids: [] }).catch(() => {});
    },
  };
  shown = view;

  async function begin() {
    drawRows();
    try {
      await loadConversations();
      if (shown !== view) return;
      if (id) {
        talk = openTalk(await find(id), pane, online);
      } else pane.replaceChildren(empty("Pick a conversation"));
    } catch (error) {
      pane.replaceChildren(empty("No such conversation", error.message));
    }
    drawRows();
    watch();
  }
  begin();
  return view;
}

// One conversation: its messages, the newest at the bottom, and where to write the next.
function openTalk(conversation, pane, online) {
  const { id } = conversation;
  const [other] = others(conversation);
  const messages = new Map(); // key -> message; the key is its id, or client_id until it has one
  const log = h("div", { class: "log", role: "log", "aria-live": "off", "aria-label": "Messages", tabindex: "0" });
  const status = h("p", { class: "presence" });
  const typing = h("p", { class: "typing", role: "status" });
  const area = h("textarea", { rows: "1", placeholder: "Write a message", "aria-label": "Write a message", dir: "auto", maxlength: String(CONTENT_MAX) });
  const submit = h("button", { class: "send", type: "submit", "aria-label": "Send" }, icon("send"));
  const form = h("form", { class: "writer", onsubmit: send }, area, submit);
  const typists = new Map();
  let toldTyping = 0;
  let older = null;
  let seen = 0;

  pane.replaceChildren(
    h("header", { class: "talk-head" }, back(),
      conversation.kind === "direct" && other
        ? [h("a", { class: "face", href: person(other), tabindex: "-1", "aria-hidden": "true" }, avatar(other, "small")),
           h("div", {}, h("h2", {}, h("a", { href: person(other) }, other.display_name)), status), followButton(other)]
        : h("div", {}, h("h2", {}, titleOf(conversation)), h("p", { class: "presence" }, others(conversation).map(handle).join(" ")))),
    log, typing, form);

  function draw(stick = log.scrollHeight - log.scrollTop - log.clientHeight < 80) {
    const ordered = [...messages.values()].sort((a, b) => (a.id ?? Infinity) - (b.id ?? Infinity));
    const lastMine = ordered.findLast((one) => one.sender.id === state.me.id);
    const parts = [];
    if (older) parts.push(h("button", { class: "more", type: "button", onclick: () => load(older) }, "Earlier messages"));
    let before = null;
    for (const message of ordered) {
      if (!before || day(before.created_at) !== day(message.created_at)) parts.push(h("p", { class: "day" }, day(message.created_at)));
      parts.push(bubble(message, before));
      before = message;
    }
    if (lastMine && lastMine === before) parts.push(h("p", { class: "receipt" }, receipt(lastMine)));
    if (!ordered.length) parts.push(empty("Say hello", "Nothing has been written here yet."));
    log.replaceChildren(...parts);
    if (stick) log.scrollTop = log.scrollHeight;
  }

  function bubble(message, before) {
    const mine = message.sender.id === state.me.id;
    const first = before?.sender.id !== message.sender.id;
    return h("div", { class: ["bubble", mine && "mine", first && "first", !message.id && "waiting"].filter(Boolean).join(" ") },
      conversation.kind === "group" && !mine && first && h("p", { class: "name" }, message.sender.display_name),
      h("span", { class: "unseen" }, `${mine ? "You" : message.sender.display_name}: `),
      message.deleted ? h("p", { class: "deleted" }, "Message deleted") : h("p", { class: "content", dir: "auto" }, linked(message.content)),
      h("time", { datetime: message.created_at }, clock(message.created_at), message.edited_at && !message.deleted && " edited"));
  }

  function receipt(message) {
    if (!message.id) return state.socket.live ? "Sending…" : "Waiting for the connection…";
    const readers = others(conversation).filter((user) => readMarks.get(`${id} ${user.id}`) >= message.id);
    if (!readers.length) return "Sent";
    return conversation.kind === "direct" ? "Read" : `Read by ${readers.map((user) => user.display_name).join(", ")}`;
  }

  function take(message) {
    if (message.client_id) messages.delete(message.client_id);
    messages.set(message.id, message);
  }

  async function load(page = null) {
    try {
      const height = log.scrollHeight;
      const got = await (page ? api.page(page) : api.messages(id));
      got.results.forEach(take);
      if (page || older === null) older = got.next;
      draw(!page);
      if (page) log.scrollTop = log.scrollHeight - height;
      markRead();
    } catch (error) {
      failed(error);
    }
  }

  function markRead() {
    const last = Math.max(0, ...[...messages.values()].filter((one) => one.id && one.sender.id !== state.me.id).map((one) => one.id));
    if (document.hidden || !log.isConnected || last <= seen || !conversations.get(id)?.unread_count) return;
    seen = last;
    state.socket.command("conversation.read", { conversation_id: id, up_to: last }).catch(() => (seen = 0));
  }

  function send(event) {
    event.preventDefault();
    const content = area.value;
    if (!content.trim()) return;
    const message = { conversation_id: id, content, client_id: clientId() };
    outbox.set(message.client_id, message);
    show(message);
    area.value = "";
    grow(area);
    toldTyping = 0;
    draw(true);
    deliver(message);
  }

  const show = (message) =>
    messages.set(message.client_id, { ...message, sender: state.me, created_at: new Date().toISOString() });

  function tellTyping(active) {
    if (!state.socket.live || (!active && !toldTyping)) return;
    if (active && Date.now() - toldTyping < TYPING_EVERY_MS) return;
    toldTyping = active ? Date.now() : 0;
    state.socket.command("typing", { conversation_id: id, active }).catch(() => {});
  }

  area.addEventListener("input", () => {
    grow(area);
    tellTyping(area.value.trim() !== "");
  });
  area.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });

  function drawTyping() {
    const names = others(conversation).filter((user) => typists.has(user.id)).map((user) => user.display_name);
    typing.textContent = names.length ? `${names.join(", ")} ${names.length > 1 ? "are" : "is"} typing…` : "";
  }

  function stopped(user) {
    clearTimeout(typists.get(user));
    typists.delete(user);
    drawTyping();
  }

  for (const message of outbox.values()) if (message.conversation_id === id) show(message);
  load();
  document.addEventListener("visibilitychange", markRead);
  if (matchMedia("(hover: hover)").matches) area.focus();

  return {
    hear(name, data) {
      if (name === "session.ready") return load();
      if (data?.conversation?.id === id) conversation = data.conversation;
      if ((data?.conversation_id ?? data?.message?.conversation_id) !== id) return;
      if (name === "message.created") {
        stopped(data.message.sender.id);
        const wanted = data.message.sender.id === state.me.id;
        take(data.message);
        draw(wanted || undefined);
        markRead();
      } else if (name === "message.updated") {
        take(data.message);
        draw();
      } else if (name === "message.deleted" && messages.has(data.message_id)) {
        Object.assign(messages.get(data.message_id), { deleted: true, content: "" });
        draw();
      } else if (name === "conversation.read") draw();
      else if (name === "typing") {
        stopped(data.user_id);
        if (data.active) typists.set(data.user_id, setTimeout(() => stopped(data.user_id), TYPING_ENDS_MS));
        drawTyping();
      }
    },
    refused(message) {
      messages.delete(message.client_id);
      if (!area.value) area.value = message.content;
      draw();
    },
    presence() {
      status.textContent = online.get(other?.id) ? "Online" : handle(other ?? state.me);
    },
    close() {
      tellTyping(false);
      document.removeEventListener("visibilitychange", markRead);
    },
  };
}
