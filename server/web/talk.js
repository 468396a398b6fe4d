// One conversation: its messages, the newest at the bottom, and where to write the next.

import { api, clientId } from "./api.js";
import { conversations, deliver, others, outbox, readMarks, titleOf } from "./conversations.js";
import { ask, choose } from "./dialog.js";
import { groupMenu } from "./groups.js";
import { followButton } from "./people.js";
import { report } from "./relation.js";
import { state } from "./state.js";
import { isBlank, room } from "./text.js";
import { avatar, back, clock, day, empty, failed, grow, h, handle, icon, linked, person, toast } from "./view.js";

const TYPING_EVERY_MS = 3000;
const TYPING_ENDS_MS = 6000;

export function openTalk(conversation, pane, online) {
  const { id } = conversation;
  const [other] = others(conversation);
  const messages = new Map(); // key -> message; the key is its id, or client_id until it has one
  const log = h("div", { class: "log", role: "log", "aria-live": "off", "aria-label": "Messages", tabindex: "0" });
  const status = h("p", { class: "presence" });
  const typing = h("p", { class: "typing", role: "status" });
  const area = h("textarea", { rows: "1", placeholder: "Write a message", "aria-label": "Write a message", dir: "auto" });
  const submit = h("button", { class: "send", type: "submit", "aria-label": "Send" }, icon("send"));
  const form = h("form", { class: "writer", onsubmit: send }, area, submit);
  const typists = new Map();
  let toldTyping = 0;
  let older = null;
  let seen = 0;

  const head = h("header", { class: "talk-head" });
  drawHead();
  pane.replaceChildren(head, log, typing, form);

  function drawHead() {
    head.replaceChildren(back(), ...(conversation.kind === "direct" && other
      ? [h("a", { class: "face", href: person(other), tabindex: "-1", "aria-hidden": "true" }, avatar(other, "small")),
         h("div", {}, h("h2", {}, h("a", { href: person(other) }, other.display_name)), status), followButton(other)]
      : [h("div", {}, h("h2", {}, titleOf(conversation)), h("p", { class: "presence" }, others(conversation).map(handle).join(" "))),
         h("button", { class: "icon-button", type: "button", "aria-label": "This group", title: "This group", onclick: () => groupMenu(conversation) }, icon("people"))]));
  }

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
    const focused = log.contains(document.activeElement) && document.activeElement.dataset.message;
    log.replaceChildren(...parts);
    if (focused) log.querySelector(`[data-message="${focused}"]`)?.focus();
    if (stick) log.scrollTop = log.scrollHeight;
  }

  function bubble(message, before) {
    const mine = message.sender.id === state.me.id;
    const first = before?.sender.id !== message.sender.id;
    return h("div", { class: ["bubble", mine && "mine", first && "first", !message.id && "waiting"].filter(Boolean).join(" ") },
      conversation.kind === "group" && !mine && first && h("p", { class: "name" }, message.sender.display_name),
      h("span", { class: "unseen" }, `${mine ? "You" : message.sender.display_name}: `),
      message.deleted ? h("p", { class: "deleted" }, "Message deleted") : h("p", { class: "content", dir: "auto" }, linked(message.content)),
      h("time", { datetime: message.created_at }, clock(message.created_at), message.edited_at && !message.deleted && " edited"),
      message.id && !message.deleted && h("button", {
        class: "icon-button plain bubble-more", type: "button", "data-message": message.id,
        "aria-label": `More about this message by ${mine ? "you" : message.sender.display_name}`, onclick: () => messageMenu(message),
      }, icon("more")));
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
        take(await api.editMessage(id, message.id, content));
        draw();
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
        await api.deleteMessage(id, message.id);
        take({ ...message, deleted: true, content: "" });
        draw();
      },
    });
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
    if (isBlank(content)) return;
    const space = room(content, "message");
    if (space < 0) return toast(`This is ${-space} characters too long for one message.`);
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
    tellTyping(!isBlank(area.value));
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
      if (data?.conversation?.id === id) {
        if (!conversations.has(id)) return (location.hash = "#/messages"); // I have left it
        conversation = data.conversation;
        drawHead();
        drawTyping();
      }
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
