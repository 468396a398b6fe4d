// What is known of posts, conversations, messages and notifications: what calls answered, kept up to
// date by events. Whoever shows something subscribes to its topic and is told once for all changes of
// one turn of the event loop.
//
// Topics: "me", "unread", "feed", "notifications", "conversations" (and requests), `post ID`, `user ID`,
// `conversation ID`, `messages ID` (of a conversation), `typing ID`, `presence ID`.

import { Changes } from "./changes.js";

// How many are kept: of more, the posts that nothing has been told of the longest are forgotten, the
// notifications that came first, and the messages of a conversation to which nobody is subscribed.
export const FEED_MAX = 1000, POSTS_MAX = 5000, NOTIFICATIONS_MAX = 1000, MESSAGES_MAX = 20_000;

const TYPING_MS = 6000; // the server ends it after 5 s
const QUOTED = ["content", "image", "deleted"]; // what answers to a message show of it

export class Store {
  #subscribers = new Map(); #changed = new Set(); #typing = new Map();
  #counted = 0; // up to this seq, session.ready has counted what is unread
  #isNew = true; // the event that is being applied: session.ready has not counted it
  #order = new Map(); // conversation id -> ids of its known messages, ascending
  #histories = new Map(); // conversation id -> {from, next}: see historyOf
  changes = new Changes();

  constructor() {
    this.clear();
  }

  /** Forget everything; whoever is subscribed is told. */
  clear() {
    this.me = null;
    this.unread = { notifications: 0, messages: 0 };
    this.posts = new Map();
    this.users = new Map();
    this.conversations = new Map();
    this.messages = new Map();
    this.notifications = new Map();
    this.relationships = new Map();
    this.presence = new Map();
    this.readUpTo = new Map(); // conversation id -> Map of user id -> message id
    this.feed = []; // ids of live posts, the newest first
    this.#order.clear();
    this.#histories.clear();
    for (const timers of this.#typing.values()) for (const timer of timers.values()) clearTimeout(timer);
    this.#typing.clear();
    for (const topic of this.#subscribers.keys()) this.#touch(topic);
  }

  /** Call `listener(topic)` after changes of a topic; returns what ends that. */
  subscribe(topic, listener) {
    if (!this.#subscribers.has(topic)) this.#subscribers.set(topic, new Set());
    const listeners = this.#subscribers.get(topic).add(listener);
    return () => {
      listeners.delete(listener);
      if (!listeners.size && this.#subscribers.get(topic) === listeners) this.#subscribers.delete(topic);
    };
  }

  /** The known messages of a conversation, or those from this id on, the oldest first. */
  messagesOf(conversationId, from = 0) {
    const ids = this.#order.get(conversationId) ?? [];
    return ids.slice(from && placeOf(ids, from)).map((id) => this.messages.get(id));
  }

  /**
   * How far back the messages of a conversation are known: all of them `from` this id on, and the cursor
   * `next` of the page before, which is null when there is none and undefined before the first page.
   */
  historyOf(conversationId) {
    return this.#histories.get(conversationId) ?? { from: Infinity, next: undefined };
  }

  /** Take in a page of a conversation's messages that `cursor` was answered with, or none: the newest. */
  takeHistory(conversationId, { results, next }, cursor = null) {
    const known = this.#histories.get(conversationId);
    if (cursor !== null && cursor !== known?.next) return;
    const from = next === null ? 0 : Math.min(...results.map((message) => message.id));
    if (!known || from < known.from) this.#histories.set(conversationId, { from, next });
  }

  /** Ids of those who are typing in a conversation. */
  typingIn(conversationId) {
    return [...(this.#typing.get(conversationId)?.keys() ?? [])];
  }

  /** Conversations but for requests, the latest activity first. */
  conversationList() {
    return this.#latest((one) => !one.is_request);
  }

  /** Message requests, the latest activity first. */
  requestList() {
    return this.#latest((one) => one.is_request);
  }

  #latest(condition) {
    return [...this.conversations.values()].filter(condition).sort((a, b) => (a.updated_at < b.updated_at ? 1 : -1));
  }

  /**
   * Take in what a call answered: `shape` is the name of its shape, or of the items of its page. With the
   * moment `asked` at which it began (see `changes`), only what has not changed since; without, all of it.
   */
  take(shape, result, asked = null) {
    if (shape === "Thread") return this.take("Post", [...result.ancestors, result.post, ...result.replies], asked);
    const keep = this.#keepers[shape];
    if (!keep || result === null) return;
    for (const item of result.results ?? (Array.isArray(result) ? result : [result])) {
      if (asked === null) this.changes.wrote(shape, item);
      if (asked === null || !this.changes.since(asked, shape, item)) keep(item);
      else this.#keepOlder(shape, item);
    }
  }

  // The call began before what is known of this came: its answer says what that does not.
  #keepOlder(shape, item) {
    const known = { Post: this.posts, Message: this.messages, Conversation: this.conversations, Notification: this.notifications }[shape]?.get(item.id);
    if (shape === "User") this.#set("user", item.id, { ...item, ...this.relationships.get(item.id) });
    else if (this.changes.wasDeleted(shape, item)) shape === "Message" && this.#keepMessage(deleted(item));
    else if (!known && shape !== "Me") this.#keepers[shape](item);
    else if (shape === "Post") for (const post of [item, known]) this.#keepPost(post);
  }

  #keepers = {
    Post: (post) => this.#keepPost(post),
    Counts: (counts) => this.#count(counts),
    Conversation: (conversation) => this.#keepConversation(conversation),
    Message: (message) => this.#keepMessage(message),
    Notification: (notification) => this.#keepNotification(notification),
    PresenceChanged: (presence) => this.#set("presence", presence.user_id, presence),
    Me: (me) => this.#keepMe(me),
    User: (user) => {
      this.#set("user", user.id, user);
      this.#relate({ user_id: user.id, ...user });
    },
  };

  /** Apply an event of the server's. */
  apply(name, data, seq = null) {
    this.changes.told(name, data);
    this.#isNew = seq === null || seq > this.#counted;
    this.#events[name]?.(data);
    this.#isNew = true;
  }

  #events = {
    "session.ready": ({ user, feed, seq, resume }) => {
      if (resume.status === "fresh") this.#histories.clear(); // what came before this, nobody tells any more
      this.#counted = seq;
      this.#keepMe(user);
      for (const post of feed.posts) this.#arrived(post);
    },
    "message.created": ({ message }) => this.#received(message),
    "message.updated": ({ message }) => this.#keepMessage({ ...message, reactions: marked(message.reactions, this.messages.get(message.id)?.reactions) }),
    "message.deleted": ({ message_id: id }) => {
      const message = this.messages.get(id);
      if (message) this.#keepMessage(deleted(message));
    },
    // What is told to all does not say which are mine: that stays as it was.
    "message.reactions": ({ message_id: id, reactions }) => {
      const message = this.messages.get(id);
      if (message) this.#keepMessage({ ...message, reactions: marked(reactions, message.reactions) });
    },
    "conversation.created": ({ conversation }) => {
      const { id, unread_count: unread } = conversation;
      if (unread && this.#isNew && !this.conversations.has(id)) this.#countUnread("messages", this.unread.messages + unread);
      this.#keepConversation(conversation);
    },
    "conversation.updated": ({ conversation }) => this.#keepConversation(conversation),
    "conversation.read": (data) => this.#read(data),
    "message_request.received": ({ message }) => this.#received(message, true),
    "message_request.ended": ({ conversation_id: id, outcome }) => {
      if (outcome !== "declined") return; // accepted, conversation.created follows
      this.#forgetConversation(id);
      this.#touch(`conversation ${id}`);
      this.#touch("conversations");
    },
    "notification.created": ({ notification, unread_count: count }) => {
      this.#keepNotification(notification);
      this.#countUnread("notifications", count);
    },
    "notification.read": ({ ids, unread_count: count }) => {
      for (const id of ids ?? [...this.notifications.keys()]) {
        const known = this.notifications.get(id);
        if (known) this.#keepNotification({ ...known, read: true });
      }
      this.#countUnread("notifications", count);
    },
    "notification.deleted": ({ ids, unread_count: count }) => {
      for (const id of ids) if (this.notifications.delete(id)) this.#touch("notifications");
      this.#countUnread("notifications", count);
    },
    "relationship.changed": (data) => this.#relate(data),
    "post.created": ({ post }) => this.#arrived(post),
    "post.updated": ({ post }) => this.posts.has(post.id) && this.#keepPost(post),
    "post.deleted": ({ post_id: id }) => {
      this.feed = this.feed.filter((one) => one !== id);
      this.#touch("feed");
      if (this.posts.delete(id)) this.#touch(`post ${id}`);
    },
    "post.counts": (counts) => this.#count(counts),
    "poll.updated": (asked) => this.#count(asked),
    typing: ({ conversation_id: id, user_id: user, active }) => this.#typed(id, user, active),
    presence: (presence) => this.#set("presence", presence.user_id, presence),
  };

  #maps = { user: "users", presence: "presence" };

  #set(kind, id, value) {
    this[this.#maps[kind]].set(id, value);
    this.#touch(`${kind} ${id}`);
  }

  #keepMe(me) {
    this.me = me;
    this.#touch("me");
    this.#countUnread("notifications", me.unread_notifications);
    this.#countUnread("messages", me.unread_messages);
  }

  // A live event does not say what I did with a post: that stays as it was.
  #keepPost(post) {
    const known = this.posts.get(post.id);
    const marks = {};
    for (const mark of ["liked", "retweeted", "bookmarked", "replying_to", "quotable"]) marks[mark] = post[mark] ?? known?.[mark] ?? null;
    const { quoted } = post; // of post.updated, the state alone
    if (quoted?.state === "accepted" && !quoted.post && known?.quoted) marks.quoted = known.quoted;
    const poll = post.poll && { ...post.poll, voted: post.poll.voted ?? known?.poll?.voted ?? null, own_votes: post.poll.own_votes ?? known?.poll?.own_votes ?? null };
    this.posts.delete(post.id); // it is the last then
    this.posts.set(post.id, { ...known, ...post, ...marks, ...(poll && { poll }) });
    bound(this.posts, POSTS_MAX);
    this.#touch(`post ${post.id}`);
  }

  #arrived(post) {
    this.#keepPost(post);
    if (this.feed.includes(post.id)) return;
    this.feed = [post.id, ...this.feed.slice(0, FEED_MAX - 1)];
    this.#touch("feed");
  }

  #count({ post_id: id, ...counts }) {
    const known = this.posts.get(id);
    if (known) this.#keepPost({ ...known, ...counts });
  }

  // Unless I am not in it any more.
  #keepConversation(conversation) {
    const { id, participants, unread_count: unread } = conversation;
    const isAccepted = this.conversations.get(id)?.is_request && !conversation.is_request;
    if (isAccepted && this.#isNew) this.#countUnread("messages", this.unread.messages + unread);
    if (this.me && !participants.some((user) => user.id === this.me.id)) this.#forgetConversation(id);
    else this.conversations.set(id, conversation);
    for (const { user_id: user, up_to: upTo } of conversation.read_up_to) this.#mark(id, user, upTo);
    this.#touch(`conversation ${id}`);
    this.#touch("conversations");
  }

  #forgetConversation(id) {
    const unread = this.#countedOf(this.conversations.get(id));
    this.conversations.delete(id);
    this.#forgetMessages(id);
    if (unread && this.#isNew) this.#countUnread("messages", this.unread.messages - unread);
  }

  #forgetMessages(id) {
    for (const message of this.#order.get(id) ?? []) this.messages.delete(message);
    this.#order.delete(id);
    this.#histories.delete(id);
    this.#touch(`messages ${id}`);
  }

  // But of the conversation that something is just being told of.
  #forgetSome(but) {
    const idle = [...this.#order.keys()].find((id) => id !== but && !this.#subscribers.has(`messages ${id}`));
    if (idle !== undefined) this.#forgetMessages(idle);
  }

  #keepMessage(message) {
    const { id, conversation_id: conversation } = message;
    const before = this.messages.get(id);
    if (!before) insert(this.#ids(conversation), id);
    this.messages.set(id, message);
    if (before && QUOTED.some((field) => before[field] !== message[field])) this.#quoteAnew(message);
    if (this.messages.size > MESSAGES_MAX) this.#forgetSome(conversation);
    const known = this.conversations.get(conversation);
    if (known && (known.last_message?.id ?? 0) <= id) {
      this.conversations.set(conversation, { ...known, last_message: message });
      this.#touch(`conversation ${conversation}`);
      this.#touch("conversations");
    }
    this.#touch(`messages ${conversation}`);
  }

  // Answers show what they answer as it is now.
  #quoteAnew({ id, conversation_id: conversation, content, image, deleted }) {
    const excerpt = [...content].slice(0, 200).join("");
    for (const one of this.messagesOf(conversation, id)) {
      if (one.reply_to?.id === id) this.messages.set(one.id, { ...one, reply_to: { ...one.reply_to, content: excerpt, image, deleted } });
    }
  }

  #ids(conversation) {
    if (!this.#order.has(conversation)) this.#order.set(conversation, []);
    return this.#order.get(conversation);
  }

  // How much of a conversation is among the unread messages of all.
  #countedOf(conversation) {
    return conversation && !conversation.is_request ? conversation.unread_count : 0;
  }

  #received(message, isRequest = false) {
    const { id, conversation_id: conversation, sender } = message;
    if (this.messages.has(id)) return this.#keepMessage(message);
    this.#typed(conversation, sender.id, false);
    const known = this.conversations.get(conversation);
    const isMine = sender.id === this.me?.id;
    if (known) {
      const unread = known.unread_count + (isMine ? 0 : 1);
      this.conversations.set(conversation, { ...known, unread_count: unread, updated_at: message.created_at });
    }
    if (!isMine && !isRequest && this.#isNew) this.#countUnread("messages", this.unread.messages + 1);
    this.#keepMessage(message);
  }

  #read({ conversation_id: id, user_id: user, up_to: upTo, unread_count: count }) {
    this.#mark(id, user, upTo);
    const known = this.conversations.get(id);
    if (known && count !== undefined) {
      if (this.#isNew && !known.is_request) this.#countUnread("messages", this.unread.messages + count - known.unread_count);
      this.conversations.set(id, { ...known, unread_count: count });
      this.#touch("conversations");
    }
    this.#touch(`conversation ${id}`);
  }

  #mark(conversation, user, upTo) {
    if (!this.readUpTo.has(conversation)) this.readUpTo.set(conversation, new Map());
    const marks = this.readUpTo.get(conversation);
    marks.set(user, Math.max(upTo ?? 0, marks.get(user) ?? 0));
  }

  #keepNotification(notification) {
    this.notifications.set(notification.id, notification);
    bound(this.notifications, NOTIFICATIONS_MAX);
    this.#touch("notifications");
  }

  #relate({ user_id: id, is_following, is_followed_by, blocked, muted }) {
    const before = this.relationships.get(id);
    this.relationships.set(id, { is_following, is_followed_by, blocked, muted });
    const known = this.users.get(id);
    if (known) this.users.set(id, { ...known, is_following, is_followed_by, blocked, muted });
    if (before && before.blocked !== blocked) this.#forgetMessagesWith(id);
    this.#touch(`user ${id}`);
  }

  // A block hides what they wrote, its end shows it.
  #forgetMessagesWith(user) {
    for (const { id, participants } of this.conversations.values()) {
      if (participants.some((one) => one.id === user)) this.#forgetMessages(id);
    }
  }

  #typed(conversation, user, active) {
    const timers = this.#typing.get(conversation) ?? new Map();
    clearTimeout(timers.get(user));
    if (!active && !timers.delete(user)) return;
    if (active) timers.set(user, setTimeout(() => this.#typed(conversation, user, false), TYPING_MS));
    this.#typing.set(conversation, timers);
    this.#touch(`typing ${conversation}`);
  }

  #countUnread(kind, count) {
    this.unread = { ...this.unread, [kind]: Math.max(0, count) };
    this.#touch("unread");
  }

  #touch(topic) {
    if (!this.#subscribers.has(topic)) return;
    if (!this.#changed.size) queueMicrotask(() => this.#tell());
    this.#changed.add(topic);
  }

  #tell() {
    const topics = [...this.#changed];
    this.#changed.clear();
    for (const topic of topics) for (const listener of this.#subscribers.get(topic) ?? []) listener(topic);
  }
}

// Leave out the first where there is one too many.
function bound(map, most) {
  if (map.size > most) map.delete(map.keys().next().value);
}

const deleted = (message) => ({ ...message, deleted: true, content: "", media: [], image: null, reactions: [] });

const marked = (reactions, known) =>
  reactions?.map((one) => ({ ...one, mine: one.mine ?? known?.some(({ emoji, mine }) => mine && emoji === one.emoji) ?? false }));

const insert = (ids, id) => ids.splice(placeOf(ids, id), 0, id);

// Where an id stands in an ascending list, or would stand: mostly at one of its ends.
function placeOf(ids, id) {
  let low = 0, high = ids.length;
  if (!high || ids[high - 1] < id) return high;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ids[middle] < id) low = middle + 1;
    else high = middle;
  }
  return low;
}
