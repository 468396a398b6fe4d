// What is known of conversations, whether or not they are shown. What I send is shown at once and sent
// until it is known to be stored: its client_id makes it one message however often it is sent.

import { api } from "./api.js";
import { Offline } from "./socket.js";
import { setUnread, state } from "./state.js";
import { announce, failed } from "./view.js";

export const conversations = new Map(); // id -> Conversation
export const readMarks = new Map(); // "conversation user" -> the last message read
export const outbox = new Map(); // client_id -> {conversation_id, content, client_id}
let rest = null; // the next page of the list of conversations
let shown = null; // the view, while it is shown

export const others = (conversation) => conversation.participants.filter((user) => user.id !== state.me.id);
export const titleOf = (conversation) =>
  conversation.title || others(conversation).map((user) => user.display_name).join(", ") || "Just you";

export function forgetMessages() {
  conversations.clear();
  readMarks.clear();
  outbox.clear();
}

export async function loadConversations(more = false) {
  const got = await (more ? api.page(rest) : api.conversations());
  if (!more) conversations.clear();
  for (const conversation of got.results) conversations.set(conversation.id, conversation);
  rest = got.next;
}

export async function find(id) {
  if (!conversations.has(id)) conversations.set(id, await api.conversation(id));
  return conversations.get(id);
}

// Unless I have left it.
export function keepConversation(conversation) {
  if (conversation.participants.some((user) => user.id === state.me.id)) conversations.set(conversation.id, conversation);
  else if (conversations.delete(conversation.id)) countUnread();
}

export const hasMore = () => rest !== null;

// Update the list, while it is shown.
export function showIn(view) {
  shown = view;
}

const countUnread = () =>
  api.unreadMessages().then(({ unread_count: unread }) => setUnread("messages", unread)).catch(() => {});

// Events about messages, whichever view is shown.
export async function hearMessages(name, data) {
  if (name === "session.ready") flush();
  else if (name === "message.created") await arrived(data.message);
  else if (name.startsWith("conversation.") && data.conversation) keepConversation(data.conversation);
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

// Send again what has not been acknowledged.
function flush() {
  for (const message of outbox.values()) deliver(message);
}

export async function deliver(message) {
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
