// The list of conversations, page by page; what one is called and looks like; what others did that is announced.

import { client, store } from "./client.js";
import { listed, t } from "./i18n.js";
import { html, nothing } from "./lit.js";
import { on, state } from "./state.js";
import { avatar } from "./ui.js";
import { announce, toast } from "./view.js";

let rest = null; // the cursor of the next page of the list

export const others = (conversation) => conversation.participants.filter((user) => user.id !== state.me.id);
export const titleOf = (conversation) =>
  conversation.title || listed(others(conversation).map((user) => user.display_name)) || t("messages.just_you");

// Names of this form cannot be registered (docs/accounts.md).
export const isDeleted = (user) => /^deleted_\d+$/.test(user?.username ?? "");

export const isOnline = (user) => Boolean(client.live && user && store.presence.get(user.id)?.online);

// Of one person their face, of a group those of two.
export function faceOf(conversation, size = "") {
  const [first = state.me, second] = others(conversation);
  if (conversation.kind === "direct") return html`<span class=${isOnline(first) ? "face online" : "face"}>${avatar(first, size)}${isOnline(first)
    ? html`<span class="unseen">${t("messages.online")}</span>` : nothing}</span>`;
  return html`<span class="face group ${size}">${avatar(first, "half")}${avatar(second ?? state.me, "half")}</span>`;
}

export async function loadConversations(more = false) {
  rest = (await client.conversation.list(more && rest ? { cursor: rest } : {})).next;
}

export const hasMore = () => rest !== null;

export const find = async (id) => store.conversations.get(id) ?? client.conversation.get({ conversation_id: id });

on("event", ({ name, data }) => {
  if (name === "invitation.created") return invited(data.invitation);
  if (name !== "message.created") return;
  const { sender, content } = data.message;
  if (sender.id !== state.me.id) announce(t("messages.announced", { name: sender.display_name, text: content || t("messages.some_pictures") }));
});

const invited = ({ inviter, title }) => toast(t("groups.invites_you_to", { name: inviter.display_name, title: title ?? t("groups.without_title") }));
