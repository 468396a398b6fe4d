// The list of conversations, and beside it the one that is open.

import { conversations, find, hasMore, loadConversations, others, showIn, titleOf } from "./conversations.js";
import { newGroup } from "./groups.js";
import { state } from "./state.js";
import { openTalk } from "./talk.js";
import { avatar, empty, failed, h, heading, time } from "./view.js";

export function messagesView(id) {
  const rows = h("div", { class: "conversations" });
  const pane = h("section", { class: "talk", "aria-label": "Conversation" });
  const more = h("button", { class: "more", type: "button", hidden: true, onclick: () => loadConversations(true).then(drawRows).catch(failed) }, "Show more");
  const element = h("div", { class: id ? "view messages open" : "view messages" },
    h("section", { class: "talks", "aria-label": "Conversations" }, heading("Messages", h("button", { class: "quiet-button text", type: "button", onclick: newGroup }, "New group")), rows, more), pane);
  const online = new Map();
  let talk = null;
  let closed = false;

  function drawRows() {
    const newest = [...conversations.values()].sort((a, b) => (a.updated_at < b.updated_at ? 1 : -1));
    more.hidden = !hasMore();
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
      closed = true;
      showIn(null);
      talk?.close();
      if (state.socket.live) state.socket.command("presence.watch", { user_ids: [] }).catch(() => {});
    },
  };
  showIn(view);

  async function begin() {
    drawRows();
    try {
      await loadConversations();
      if (closed) return;
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
