import assert from "node:assert/strict";
import { test } from "node:test";
import { Store } from "../src/index.js";
import { FEED_MAX, MESSAGES_MAX, NOTIFICATIONS_MAX, POSTS_MAX } from "../src/store.js";
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

test("an answer that was asked for before a change does not undo it", () => {
  const known = store();
  known.take("Post", { ...POST, liked: false, bookmarked: null, poll: { voters_count: 0, voted: false, own_votes: [] } });
  known.take("Message", { results: [message(4), message(5)], next: null });
  known.take("User", { id: 8, is_following: false });
  const asked = known.changes.begun(), alone = known.changes.begun();
  known.take("Post", { ...POST, liked: true, bookmarked: null, poll: { voters_count: 1, voted: true, own_votes: [0] } }); // I did that
  known.apply("message.deleted", { conversation_id: 3, message_id: 5 });
  known.apply("message.deleted", { conversation_id: 3, message_id: 6 }); // which nobody knew
  known.apply("message.reactions", { conversation_id: 3, message_id: 7, reactions: [] });
  known.apply("post.deleted", { post_id: 2 });
  known.apply("relationship.changed", { user_id: 8, is_following: true });
  known.take("Post", { results: [{ ...POST, liked: false, bookmarked: true, poll: { voters_count: 0, voted: false, own_votes: [] } }, { ...POST, id: 2 }] }, asked);
  known.take("Message", { results: [{ ...message(4), content: "new" }, message(5), message(6), message(7)], next: null }, asked);
  known.take("User", { id: 8, username: "bob", is_following: false }, asked);
  const { liked, bookmarked, poll } = known.posts.get(1);
  assert.deepEqual({ liked, bookmarked, poll }, { liked: true, bookmarked: true, poll: { voters_count: 1, voted: true, own_votes: [0] } });
  assert.equal(known.posts.has(2), false);
  const seen = known.messagesOf(3).map(({ id, content, deleted }) => [id, deleted ? null : content]);
  assert.deepEqual(seen, [[4, "new"], [5, null], [6, null], [7, message(7).content]]);
  assert.deepEqual([known.users.get(8).username, known.users.get(8).is_following], ["bob", true]);
  known.changes.ended(asked);
  known.changes.ended(alone);
  const later = known.changes.begun();
  known.take("Post", { ...POST, liked: false }, later);
  assert.equal(known.posts.get(1).liked, false);
});

test("of two calls that are under way, a read does not undo what a write has answered meanwhile", async (t) => {
  const { server, client } = await connected(t);
  let answer;
  server.command = (name) => (name === "post.like" ? POST : new Promise((resolve) => (answer = () => resolve({ ...POST, liked: false }))));
  const read = client.post.get({ id: 1 });
  await until(() => answer);
  await client.post.like({ id: 1 });
  answer();
  assert.equal((await read).liked, false); // what it was asked for
  assert.equal(client.store.posts.get(1).liked, true);
});

test("an edit keeps what a post quotes, a withdrawal takes it away", () => {
  const known = store();
  const quoted = { state: "accepted", post_id: 5, post: { id: 5, content: "first" } };
  known.take("Post", { ...POST, quoted });
  known.apply("post.updated", { post: { ...POST, content: "b", quoted: { state: "accepted", post_id: null, post: null } } });
  assert.deepEqual(known.posts.get(1).quoted, quoted);
  const revoked = { state: "revoked", post_id: null, post: null };
  known.apply("post.updated", { post: { ...POST, quoted: revoked } });
  assert.deepEqual(known.posts.get(1).quoted, revoked);
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

test("what was taken back shows nothing any more", () => {
  const known = new Store();
  known.take("Message", { ...message(2), image: "/media/a.webp", media: [{ id: 1 }] });
  known.apply("message.deleted", { conversation_id: 3, message_id: 2 });
  const { deleted, content, image, media } = known.messages.get(2);
  assert.deepEqual({ deleted, content, image, media }, { deleted: true, content: "", image: null, media: [] });
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

test("of a history it is known how far back none is missing", async (t) => {
  const { server, client } = await connected(t);
  const pages = { first: [[message(9), message(8)], "older"], older: [[message(5), message(4)], null] };
  server.command = async (name, data) => {
    const [results, next] = pages[data.cursor ?? "first"];
    return { results, next };
  };
  client.store.take("Message", message(2)); // as by an event of a change
  assert.equal(client.store.historyOf(3).next, undefined);
  await client.message.list({ conversation_id: 3 });
  assert.deepEqual(client.store.historyOf(3), { from: 8, next: "older" });
  client.store.apply("message.created", { message: message(10) });
  assert.deepEqual(client.store.messagesOf(3, 8).map(({ id }) => id), [8, 9, 10]);
  await client.message.list({ conversation_id: 3, cursor: "older" });
  assert.deepEqual(client.store.historyOf(3), { from: 0, next: null });
  assert.deepEqual(client.store.messagesOf(3).map(({ id }) => id), [2, 4, 5, 8, 9, 10]);
  await client.message.list({ conversation_id: 3 });
  assert.equal(client.store.historyOf(3).next, null, "the newest page again takes nothing back");
  client.store.clear();
  assert.equal(client.store.historyOf(3).next, undefined);
});

test("a block and its end have messages fetched anew, and leaving a group forgets them", async () => {
  const known = store();
  const standing = { user_id: 8, is_following: false, is_followed_by: false, blocked: false, muted: false };
  const fetched = () => {
    known.take("Message", message(5));
    known.takeHistory(3, { results: [message(5)], next: null });
  };
  known.apply("relationship.changed", standing);
  fetched();
  known.apply("relationship.changed", { ...standing, muted: true });
  assert.equal(known.historyOf(3).next, null);
  known.apply("relationship.changed", { ...standing, blocked: true });
  assert.equal(known.historyOf(3).next, undefined);
  assert.deepEqual(known.messagesOf(3), []);
  fetched();
  known.apply("conversation.updated", { conversation: { ...TALK, participants: [{ id: 8 }] } });
  assert.equal(known.conversations.has(3), false);
  assert.equal(known.messages.has(5), false);
});

test("a request is apart from the conversations and in no count, until it is accepted", () => {
  const known = store();
  const request = { ...TALK, id: 9, is_request: true, unread_count: 1 };
  known.take("Conversation", request);
  known.apply("message_request.received", { message: { ...message(6), conversation_id: 9 } });
  assert.deepEqual(known.conversationList().map(({ id }) => id), [3]);
  assert.deepEqual(known.requestList().map(({ id, unread_count: unread }) => [id, unread]), [[9, 2]]);
  known.apply("conversation.read", { conversation_id: 9, user_id: 7, up_to: 5, unread_count: 1 });
  assert.equal(known.unread.messages, 0);
  const accepted = { ...request, is_request: false, unread_count: 1 };
  known.apply("message_request.ended", { conversation_id: 9, outcome: "accepted" });
  known.take("Conversation", accepted); // what the call answered, and the event
  known.apply("conversation.created", { conversation: accepted });
  assert.equal(known.unread.messages, 1);
  assert.deepEqual([known.conversationList().length, known.requestList().length], [2, 0]);
});

test("a declined request is forgotten, with its messages", () => {
  const known = store();
  known.take("Conversation", { ...TALK, id: 9, is_request: true, unread_count: 4 });
  known.apply("message_request.received", { message: { ...message(6), conversation_id: 9 } });
  known.apply("message_request.ended", { conversation_id: 9, outcome: "declined" });
  assert.deepEqual([known.requestList(), known.messagesOf(9), known.unread.messages], [[], [], 0]);
});

test("what I voted stays, as a live poll does not say it", () => {
  const known = new Store();
  const poll = { options: [{ title: "tea", votes_count: 1 }], voters_count: 1, voted: true, own_votes: [0] };
  known.take("Post", { id: 1, poll });
  const told = { ...poll, options: [{ title: "tea", votes_count: 2 }], voters_count: 2, voted: null, own_votes: null };
  known.apply("poll.updated", { post_id: 1, poll: told });
  assert.deepEqual(known.posts.get(1).poll, { ...told, voted: true, own_votes: [0] });
  known.apply("post.updated", { post: { id: 1, poll: told } });
  assert.deepEqual(known.posts.get(1).poll.own_votes, [0]);
  known.apply("poll.updated", { post_id: 2, poll: told }); // of a post that is not known
  assert.equal(known.posts.has(2), false);
});

test("a request that is not known and is accepted elsewhere counts from then on", () => {
  const known = store();
  known.apply("conversation.created", { conversation: { ...TALK, id: 9, is_request: false, unread_count: 2 } });
  assert.equal(known.unread.messages, 2);
});

test("of very many posts the ones that were told of last are kept, however long it runs", () => {
  const known = store();
  for (let id = 1; id <= POSTS_MAX + 10; id += 1) {
    known.apply("post.created", { post: { ...POST, id } });
    if (id % 1000 === 0) known.apply("post.counts", { post_id: 5, likes_count: id, retweets_count: 0, replies_count: 0 });
  }
  assert.equal(known.posts.size, POSTS_MAX);
  assert.deepEqual([1, 5, POSTS_MAX + 10].map((id) => known.posts.has(id)), [false, true, true]);
  assert.equal(known.feed.length, FEED_MAX);
  assert.deepEqual([known.feed[0], known.feed.at(-1)], [POSTS_MAX + 10, POSTS_MAX + 11 - FEED_MAX]);
});

test("of very many notifications the newest are kept, and all can be marked as read", () => {
  const known = store();
  for (let id = 1; id <= NOTIFICATIONS_MAX + 1; id += 1) known.apply("notification.created", { notification: { id, read: false }, unread_count: id });
  known.apply("notification.read", { ids: null, unread_count: 0 });
  assert.equal(known.notifications.size, NOTIFICATIONS_MAX);
  assert.ok([...known.notifications.values()].every(({ id, read }) => read && id > 1));
});

test("of very many messages those of a conversation that nobody looks at are forgotten, whole", () => {
  const known = store();
  const inTalk = (id, talk) => ({ ...message(id), conversation_id: talk });
  known.subscribe("messages 3", () => {});
  known.take("Message", [inTalk(1, 3), inTalk(2, 4), inTalk(3, 4)]);
  known.takeHistory(4, { results: [inTalk(2, 4)], next: null });
  for (let id = 4; id <= MESSAGES_MAX + 2; id += 1) known.take("Message", inTalk(id, 5));
  assert.deepEqual([3, 4, 5].map((talk) => known.messagesOf(talk).length), [1, 0, MESSAGES_MAX - 1]);
  assert.equal(known.historyOf(4).next, undefined);
  assert.equal(known.messages.size, MESSAGES_MAX);
});

test("answers show what they answer as it is now", () => {
  const known = store();
  const quoted = { id: 2, sender: message(2).sender, content: "message 2", image: null, deleted: false };
  known.take("Message", { results: [message(4, { reply_to: quoted }), message(3), message(2)], next: null });
  known.apply("message.updated", { message: message(2, { content: "mended".padEnd(300, ".") }) });
  assert.equal(known.messages.get(4).reply_to.content, "mended".padEnd(200, "."));
  known.apply("message.deleted", { conversation_id: 3, message_id: 2 });
  assert.deepEqual(known.messages.get(4).reply_to, { ...quoted, content: "", deleted: true });
  assert.equal(known.messages.get(3).reply_to, undefined);
});

test("which reactions are mine stays as it was where an event does not say it", () => {
  const known = store();
  const tell = (...reactions) => known.apply("message.reactions", { conversation_id: 3, message_id: 2, reactions });
  known.take("Message", message(2, { reactions: [] }));
  tell({ emoji: "👍", count: 1, mine: true });
  tell({ emoji: "👍", count: 2, mine: null }, { emoji: "🎉", count: 1, mine: null });
  const both = [{ emoji: "👍", count: 2, mine: true }, { emoji: "🎉", count: 1, mine: false }];
  assert.deepEqual(known.messages.get(2).reactions, both);
  known.apply("message.updated", { message: message(2, { content: "mended", reactions: both.map((one) => ({ ...one, mine: null })) }) });
  assert.deepEqual(known.messages.get(2).reactions, both);
  tell({ emoji: "👍", count: 1, mine: false }, { emoji: "🎉", count: 1, mine: false });
  assert.equal(known.messages.get(2).reactions[0].mine, false);
  known.apply("message.deleted", { conversation_id: 3, message_id: 2 });
  assert.deepEqual(known.messages.get(2).reactions, []);
});
