// One conversation: its messages, the newest at the bottom, and where to write the next.

import { client, outbox, store } from "./client.js";
import { others, titleOf } from "./conversations.js";
import { clock } from "./dates.js";
import { ask, choose } from "./dialog.js";
import { draft, keepDraft } from "./drafts.js";
import { groupMenu } from "./groups.js";
import { Log } from "./log.js";
import { followButton } from "./people.js";
import { report } from "./relation.js";
import { state } from "./state.js";
import { isBlank, room } from "./text.js";
import { fate } from "./unsent.js";
import { avatar, back, empty, failed, grow, h, handle, icon, linked, oncePerFrame, person, toast } from "./view.js";

const TYPING_EVERY_MS = 3000;
const PAGE = 40; // messages
const NEAR_END = 80; // pixels from the end, within which what comes is scrolled to

const titleAndPeople = ({ title, participants }) => JSON.stringify([title, participants.map((user) => user.id)]);

export function openTalk(conversation, pane) {
  const { id } = conversation;
  const [other] = others(conversation);
  const place = `message ${id}`;
  const more = h("button", { class: "more", type: "button", hidden: true, onclick: () => load(older) }, "Earlier messages");
  const receipt = h("p", { class: "receipt", hidden: true });
  const nothing = empty("Say hello", "Nothing has been written here yet.");
  nothing.hidden = true;
  const element = h("div", { class: "log", role: "log", "aria-live": "off", "aria-label": "Messages", tabindex: "0" }, more, receipt, nothing);
  const log = new Log(receipt, bubble);
  const status = h("p", { class: "presence" });
  const typing = h("p", { class: "typing", role: "status" });
  const area = h("textarea", { rows: "1", placeholder: "Write a message", "aria-label": "Write a message", dir: "auto" });
  const submit = h("button", { class: "send", type: "submit", "aria-label": "Send" }, icon("send"));
  const form = h("form", { class: "writer", onsubmit: send }, area, submit);
  const head = h("header", { class: "talk-head" });
  const changed = new Set(); // ids of messages to draw
  let toldTyping = 0;
  let older = null; // the cursor of the page before
  let oldest = Infinity; // the id of the first message that is shown
  let loaded = false;
  let reading = false;
  let seen = 0;

  drawHead();
  presence();
  pane.replaceChildren(head, element, typing, form);

  function drawHead() {
    head.replaceChildren(back(), ...(conversation.kind === "direct" && other
      ? [h("a", { class: "face", href: person(other), tabindex: "-1", "aria-hidden": "true" }, avatar(other, "small")),
         h("div", {}, h("h2", {}, h("a", { href: person(other) }, other.display_name)), status), followButton(other)]
      : [h("div", {}, h("h2", {}, titleOf(conversation)), h("p", { class: "presence" }, others(conversation).map(handle).join(" "))),
         h("button", { class: "icon-button", type: "button", "aria-label": "This group", title: "This group", onclick: () => groupMenu(conversation) }, icon("people"))]));
  }

  // Draw what has come or changed, in one go.
  const draw = oncePerFrame(() => {
    if (!element.isConnected) return;
    update(element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END);
    markRead();
  });

  function update(toEnd) {
    let written = false;
    for (const one of changed) {
      const message = store.messages.get(one);
      if (message && one >= oldest) log.put(message);
    }
    for (const entry of waiting()) if (changed.has(entry.id)) written = log.put(shown(entry)) || written;
    changed.clear();
    drawReceipt();
    nothing.hidden = !loaded || log.last !== null;
    if (toEnd || written) element.scrollTop = element.scrollHeight;
  }

  const waiting = () => outbox.entries.filter(({ operation, input }) => operation === "message.send" && input.conversation_id === id);

  const shown = (entry) => ({
    id: null, client_id: entry.id, content: entry.input.content, sender: state.me,
    created_at: new Date(entry.createdAt).toISOString(), entry,
  });

  function bubble(box, message, first) {
    const mine = message.sender.id === state.me.id;
    const { entry } = message;
    box.className = ["bubble", mine && "mine", first && "first", entry && "waiting"].filter(Boolean).join(" ");
    box.replaceChildren(...[
      conversation.kind === "group" && !mine && first && h("p", { class: "name" }, message.sender.display_name),
      h("span", { class: "unseen" }, `${mine ? "You" : message.sender.display_name}: `),
      message.deleted ? h("p", { class: "deleted" }, "Message deleted") : h("p", { class: "content", dir: "auto" }, linked(message.content)),
      h("time", { datetime: message.created_at }, clock(message.created_at), message.edited_at && !message.deleted ? " edited" : ""),
      entry && fate(entry),
      message.id && !message.deleted && h("button", {
        class: "icon-button plain bubble-more", type: "button",
        "aria-label": `More about this message by ${mine ? "you" : message.sender.display_name}`, onclick: () => messageMenu(message),
      }, icon("more"))].filter(Boolean));
  }

  function messageMenu(message) {
    if (message.sender.id === state.me.id) {
      choose("Your message", [{ label: "Edit", act: () => edit(message) }, { label: "Delete", danger: true, act: () => remove(message) }]);
    } else report({ message_id: message.id }, "this message");
  }

  function edit(message) {
    ask({
      title: "Edit your message",
      fields: [{ label: "Text", name: "content", long: true, value: message.content, limit: "message" }],
      button: "Save",
      act: async ({ content }) => {
        await client.message.update({ conversation_id: id, id: message.id, content });
        touch(message.id);
      },
    });
  }

  function remove(message) {
    ask({
      title: "Delete this message?",
      words: ["It goes for everybody. That there was one stays."],
      button: "Delete",
      danger: true,
      act: async () => {
        await client.message.delete({ conversation_id: id, id: message.id });
        store.take("Message", { ...store.messages.get(message.id), deleted: true, content: "" });
        touch(message.id);
      },
    });
  }

  function touch(message) {
    changed.add(message);
    draw();
  }

  function drawReceipt() {
    const { last } = log;
    receipt.hidden = !last?.id || last.sender.id !== state.me.id;
    const text = receipt.hidden ? "" : said(last);
    if (receipt.textContent !== text) receipt.textContent = text;
  }

  function said(message) {
    const marks = store.readUpTo.get(id);
    const readers = others(conversation).filter((user) => marks?.get(user.id) >= message.id);
    if (!readers.length) return "Sent";
    return conversation.kind === "direct" ? "Read" : `Read by ${readers.map((user) => user.display_name).join(", ")}`;
  }

  async function load(cursor = null) {
    try {
      const { results, next } = await client.message.list({ conversation_id: id, limit: PAGE, ...(cursor && { cursor }) });
      oldest = next ? Math.min(oldest, ...results.map((message) => message.id)) : 0;
      older = next;
      loaded = true;
      more.hidden = !next;
      const news = cursor ? results : store.messagesOf(id); // with what came while this was under way
      for (const message of news) changed.add(message.id);
      const below = element.scrollHeight - element.scrollTop;
      update(!cursor);
      if (cursor) element.scrollTop = element.scrollHeight - below;
      markRead();
    } catch (error) {
      failed(error);
    }
  }

  // One request at a time: what comes meanwhile is read by the next.
  async function markRead() {
    const last = store.messagesOf(id).findLast((one) => one.sender.id !== state.me.id)?.id ?? 0;
    const unread = store.conversations.get(id)?.unread_count;
    if (reading || document.hidden || !element.isConnected || last <= seen || !unread) return;
    reading = true;
    try {
      await client.conversation.read({ conversation_id: id, up_to: last });
      seen = last;
    } catch {
      // It is tried again with the next that comes, or when the connection is back.
    }
    reading = false;
    if (seen === last) draw();
  }

  async function send(event) {
    event.preventDefault();
    const content = area.value;
    if (isBlank(content)) return;
    const space = room(content, "message");
    if (space < 0) return toast(`This is ${-space} characters too long for one message.`);
    area.value = "";
    grow(area);
    toldTyping = 0;
    try {
      await outbox.send("message.send", { conversation_id: id, content });
    } catch (error) {
      area.value = content + area.value;
      failed(error);
    }
    keepDraft(place, area.value);
    grow(area);
  }

  function tellTyping(active) {
    if (!client.live || (!active && !toldTyping)) return;
    if (active && Date.now() - toldTyping < TYPING_EVERY_MS) return;
    toldTyping = active ? Date.now() : 0;
    client.typing({ conversation_id: id, active }).catch(() => {});
  }

  area.value = draft(place);
  area.addEventListener("input", () => {
    grow(area);
    keepDraft(place, area.value);
    tellTyping(!isBlank(area.value));
  });
  area.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });

  function drawTyping() {
    const typists = store.typingIn(id);
    const names = others(conversation).filter((user) => typists.includes(user.id)).map((user) => user.display_name);
    typing.textContent = names.length ? `${names.join(", ")} ${names.length > 1 ? "are" : "is"} typing…` : "";
  }

  // What stands there without a connection is not known to be so.
  function presence() {
    const online = client.live && store.presence.get(other?.id)?.online;
    status.textContent = online ? "Online" : handle(other ?? state.me);
  }

  function redrawWaiting() {
    for (const entry of waiting()) changed.add(entry.id);
    draw();
  }

  const offs = [
    store.subscribe(`typing ${id}`, drawTyping),
    store.subscribe(`conversation ${id}`, () => {
      if (!store.conversations.has(id)) return; // the whole store has been cleared, or I have left it
      const before = conversation;
      conversation = store.conversations.get(id);
      if (titleAndPeople(conversation) !== titleAndPeople(before)) {
        drawHead();
        drawTyping();
      }
      draw();
    }),
    outbox.on("change", ({ id: entry }) => touch(entry)),
    outbox.on("sent", ({ entry, result }) => entry.operation === "message.send" && result.conversation_id === id && touch(result.id)),
    outbox.on("gone", ({ id: entry }) => {
      log.remove(entry);
      draw();
    }),
    client.on("state", () => {
      presence();
      redrawWaiting();
    }),
  ];
  redrawWaiting();
  load();
  document.addEventListener("visibilitychange", markRead);
  grow(area);
  if (matchMedia("(hover: hover)").matches) area.focus();

  return {
    hear(name, data) {
      if (name === "conversation.updated" && data.conversation.id === id && !store.conversations.has(id)) location.hash = "#/messages"; // I have left it
      if ((data?.conversation_id ?? data?.message?.conversation_id) !== id) return;
      if (name === "message.created" || name === "message.updated") touch(data.message.id);
      else if (name === "message.deleted") touch(data.message_id);
    },
    presence,
    close() {
      tellTyping(false);
      for (const off of offs) off();
      document.removeEventListener("visibilitychange", markRead);
    },
  };
}
