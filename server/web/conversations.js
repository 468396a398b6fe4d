// The list of conversations, page by page, and what others did that is announced.

import { client, store } from "./client.js";
import { state } from "./state.js";
import { announce } from "./view.js";

let rest = null; // the cursor of the next page of the list

export const others = (conversation) => conversation.participants.filter((user) => user.id !== state.me.id);
export const titleOf = (conversation) =>
  conversation.title || others(conversation).map((user) => user.display_name).join(", ") || "Just you";

export async function loadConversations(more = false) {
  rest = (await client.conversation.list(more && rest ? { cursor: rest } : {})).next;
}

export const hasMore = () => rest !== null;

export const find = async (id) => store.conversations.get(id) ?? client.conversation.get({ conversation_id: id });

export function hearMessages(name, data) {
  if (name !== "message.created") return;
  const { sender, content } = data.message;
  if (sender.id !== state.me.id) announce(`${sender.display_name}: ${content}`);
}
