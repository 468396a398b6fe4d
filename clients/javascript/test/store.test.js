import assert from "node:assert/strict";
import { test } from "node:test";
import { Store } from "../src/index.js";
import { until } from "./fake-server.js";
import { connected, message } from "./setup.js";

const ME = { id: 7, username: "ann", unread_notifications: 0, unread_messages: 0 };
const POST = { id: 1, content: "a", author: { id: 8 }, likes_count: 0, liked: true, retweeted: null, bookmarked: null };
const TALK = { id: 3, kind: "direct", participants: [{ id: 7 }, { id: 8 }], last_message: null, unread_count: 0, updated_at: "2026-01-01T00:00:00Z", read_up_to: [{ user_id: 8, up_to: 4 }] };

function store() {
  const made = new Store();
  made.take("Me", ME);
  made.take("Conversation", TALK);
  return made;
}

test("messages are in order however they come", () => {
  const known = store();
  known.take("Message", { results: [message(5), message(3)], next: null });
  known.apply("message.created", { message: message(9) });
  known.take("Message", { results: [message(2), message(4)], next: null });
  assert.deepEqual(known.messagesOf(3).map(({ id }) => id), [2, 3, 4, 5, 9]);
  known.apply("message.deleted", { conversation_id: 3, message_id: 4 });
  assert.equal(known.messagesOf(3)[2].deleted, true);
  assert.equal(known.conversations.get(3).last_message.id, 9);
});

test("a live event does not unsay what I did with a post", () => {
  const known = store();
  known.take("Post", POST);
  known.apply("post.updated", { post: { ...POST, content: "b", liked: null } });
  known.apply("post.counts", { post_id: 1, likes_count: 4, retweets_count: 0, replies_count: 0 });
  assert.equal(known.posts.get(1).liked, true);
  assert.equal(known.posts.get(1).content, "b");
  assert.equal(known.posts.get(1).likes_count, 4);
});

test("whoever is subscribed is told once for all changes of a turn, and of its topic only", async () => {
  const known = store();
  const told = [];
  const off = known.subscribe("messages 3", (topic) => told.push(topic));
  known.subscribe("messages 4", (topic) => told.push(topic));
  for (let id = 1; id <= 100; id += 1) known.apply("message.created", { message: message(id) });
  await null;
  assert.deepEqual(told, ["messages 3"]);
  off();
  known.apply("message.created", { message: message(101) });
  await null;
  assert.equal(told.length, 1);
});

test("what is unread is counted once, also when it comes again after a lost connection", async (t) => {
  const { server, client } = await connected(t);
  client.store.take("Conversation", TALK);
  server.tell("message.created", { message: message(1) });
  await until(() => client.store.unread.messages === 1);
  server.me.unread_messages = 2; // as session.ready will say
  server.cut();
  server.tell("message.created", { message: message(2) });
  await until(() => client.store.messagesOf(3).length === 2);
  assert.equal(client.store.unread.messages, 2);
  assert.equal(client.store.conversations.get(3).unread_count, 2);
  server.tell("conversation.read", { conversation_id: 3, user_id: 7, up_to: 2, unread_count: 0 });
  await until(() => client.store.unread.messages === 0);
});

test("how far others have read is known from the conversation and goes on by events", () => {
  const known = store();
  assert.equal(known.readUpTo.get(3).get(8), 4);
  known.apply("conversation.read", { conversation_id: 3, user_id: 8, up_to: 9 });
  known.take("Conversation", TALK); // an answer that was under way meanwhile
  assert.equal(known.readUpTo.get(3).get(8), 9);
});

test("a group that I was taken out of is no longer known", () => {
  const known = store();
  known.apply("conversation.updated", { conversation: { ...TALK, participants: [{ id: 8 }] } });
  assert.equal(known.conversations.has(3), false);
});

test("notifications that are gone leave", () => {
  const known = store();
  for (const id of [1, 2]) known.apply("notification.created", { notification: { id, read: false }, unread_count: id });
  known.apply("notification.deleted", { ids: [1, 9], unread_count: 1 });
  assert.deepEqual([...known.notifications.keys()], [2]);
  assert.deepEqual(known.unread, { notifications: 1, messages: 0 });
});

test("notifications read elsewhere are read here", () => {
  const known = store();
  for (const id of [1, 2]) known.apply("notification.created", { notification: { id, read: false }, unread_count: id });
  known.apply("notification.read", { ids: [1], unread_count: 1 });
  assert.deepEqual([...known.notifications.values()].map(({ read }) => read), [true, false]);
  known.apply("notification.read", { ids: null, unread_count: 0 });
  assert.deepEqual(known.unread, { notifications: 0, messages: 0 });
});

test("leaving a conversation takes what was unread in it off the count", () => {
  const known = new Store();
  known.take("Me", { ...ME, unread_messages: 3 });
  known.take("Conversation", { ...TALK, unread_count: 2 });
  known.apply("conversation.updated", { conversation: { ...TALK, participants: [{ id: 8 }] } }, 1);
  assert.equal(known.conversations.size, 0);
  assert.equal(known.unread.messages, 1);
});

test("what was read elsewhere of a conversation that is not known is counted anew", async (t) => {
  const { server, client } = await connected(t);
  server.me.unread_messages = 5;
  await client.user.me();
  server.me.unread_messages = 1;
  server.tell("conversation.read", { conversation_id: 99, user_id: 7, up_to: 2, unread_count: 0 });
  await until(() => client.store.unread.messages === 1);
});
