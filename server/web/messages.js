// The list of conversations, and beside it the one that is open.

import { client, outbox, store } from "./client.js";
import { find, hasMore, loadConversations, others, titleOf } from "./conversations.js";
import { time } from "./dates.js";
import { newGroup } from "./groups.js";
import { state } from "./state.js";
import { openTalk } from "./talk.js";
import { avatar, empty, failed, h, heading, oncePerFrame } from "./view.js";

const WATCHED_MAX = 100; // people; the server has a limit of its own

export function messagesView(id) {
  const rows = h("div", { class: "conversations" });
  const pane = h("section", { class: "talk", "aria-label": "Conversation" });
  const more = h("button", { class: "more", type: "button", hidden: true, onclick: () => loadConversations(true).then(drawRows).catch(failed) }, "Show more");
  const element = h("div", { class: id ? "view messages open" : "view messages" },
    h("section", { class: "talks", "aria-label": "Conversations" }, heading("Messages", h("button", { class: "quiet-button text", type: "button", onclick: newGroup }, "New group")), rows, more), pane);
  let talk = null;
  let closed = false;

  function drawRows() {
    const newest = store.conversationList();
    more.hidden = !hasMore();
    if (newest.length) rows.replaceChildren(...newest.map(row));
    else rows.replaceChildren(empty("No messages yet", "Open somebody's profile to write to them. ", h("a", { href: "#/explore" }, "Find people"), "."));
  }

  function row(conversation) {
    const { id: own, last_message: last, unread_count: unread } = conversation;
    const [first = state.me] = others(conversation);
    const unsent = outbox.entries.filter(({ operation, input }) => operation === "message.send" && input.conversation_id === own).at(-1);
    const says = unsent ? `Not sent yet: ${unsent.input.content}` : !last ? "No messages yet" : last.deleted ? "Message deleted" : last.content;
    return h("a", {
      class: "conversation", href: `#/messages/${own}`, "aria-current": own === id && "true", "data-unread": unread > 0,
    },
      h("span", { class: client.live && store.presence.get(first.id)?.online ? "face online" : "face" }, avatar(first)),
      h("span", { class: "conversation-body" },
        h("span", { class: "name" }, titleOf(conversation)),
        h("span", { class: "excerpt" }, last && !unsent && last.sender.id === state.me.id ? `You: ${says}` : says)),
      h("span", { class: "conversation-side" }, last && time(last.created_at),
        unread > 0 && own !== id && h("span", { class: "badge" }, String(unread), h("span", { class: "unseen" }, " unread"))));
  }

  let watched = "";

  // Whose presence is shown: those of direct conversations.
  async function watch() {
    const people = store.conversationList().filter((one) => one.kind === "direct").flatMap(others);
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
    drawRows();
    talk?.presence();
  }

  const changed = oncePerFrame(() => {
    if (closed) return;
    drawRows();
    watch();
  });

  const offs = [
    store.subscribe("conversations", changed),
    ...["change", "sent", "gone"].map((name) => outbox.on(name, changed)),
    client.on("presence", drawPresence),
    client.on("state", () => {
      watched = "";
      changed();
    }),
  ];

  async function begin() {
    drawRows();
    try {
      await loadConversations();
      if (closed) return;
      if (id) {
        const conversation = await find(id);
        if (closed) return;
        talk = openTalk(conversation, pane);
      } else pane.replaceChildren(empty("Pick a conversation"));
    } catch (error) {
      pane.replaceChildren(empty("No such conversation", error.message));
    }
    changed();
  }
  begin();
  return {
    title: "Messages",
    wide: true,
    element,
    hear: (name, data) => talk?.hear(name, data),
    close() {
      closed = true;
      for (const off of offs) off();
      talk?.close();
      if (client.live) client.presence.watch({ user_ids: [] }).catch(() => {});
    },
  };
}
