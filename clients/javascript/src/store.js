// What is known of posts, conversations, messages and notifications: what calls answered, kept up to
// date by events. Whoever shows something subscribes to its topic and is told once for all changes of
// one turn of the event loop.
//
// Topics: "me", "unread", "feed", "notifications", "conversations", `post ID`, `user ID`,
// `conversation ID`, `messages ID` (of a conversation), `typing ID`, `presence ID`.

const TYPING_MS = 6000; // the server ends it after 5 s

export class Store {
  #subscribers = new Map(); #changed = new Set(); #typing = new Map();
  #counted = 0; // up to this seq, session.ready has counted what is unread
  #isNew = true; // the event that is being applied: session.ready has not counted it
  #order = new Map(); // conversation id -> ids of its known messages, ascending

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

  /** The known messages of a conversation, the oldest first. */
  messagesOf(conversationId) {
    return (this.#order.get(conversationId) ?? []).map((id) => this.messages.get(id));
  }

  /** Ids of those who are typing in a conversation. */
  typingIn(conversationId) {
    return [...(this.#typing.get(conversationId)?.keys() ?? [])];
  }

  /** Conversations, the latest activity first. */
  conversationList() {
    return [...this.conversations.values()].sort((a, b) => (a.updated_at < b.updated_at ? 1 : -1));
  }

  /** Take in what a call answered: `shape` is the name of its shape, or of the items of its page. */
  take(shape, result) {
    const keep = this.#keepers[shape];
    if (!keep || result === null) return;
    for (const item of result.results ?? (Array.isArray(result) ? result : [result])) keep(item);
  }

  #keepers = {
    Post: (post) => this.#keepPost(post),
    Thread: ({ ancestors, post, replies }) => [...ancestors, post, ...replies].forEach((one) => this.#keepPost(one)),
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
    this.#isNew = seq === null || seq > this.#counted;
    this.#events[name]?.(data);
    this.#isNew = true;
  }

  #events = {
    "session.ready": ({ user, feed, seq }) => {
      this.#counted = seq;
      this.#keepMe(user);
      for (const post of feed.posts) this.#arrived(post);
    },
    "message.created": ({ message }) => this.#received(message),
    "message.updated": ({ message }) => this.#keepMessage(message),
    "message.deleted": ({ message_id: id }) => {
      const message = this.messages.get(id);
      if (message) this.#keepMessage({ ...message, deleted: true, content: "" });
    },
    "conversation.created": ({ conversation }) => this.#keepConversation(conversation),
    "conversation.updated": ({ conversation }) => this.#keepConversation(conversation),
    "conversation.read": (data) => this.#read(data),
    "notification.created": ({ notification, unread_count: count }) => {
      this.#keepNotification(notification);
      this.#countUnread("notifications", count);
    },
    "notification.read": ({ ids, unread_count: count }) => {
      for (const id of ids ?? this.notifications.keys()) {
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
    for (const mark of ["liked", "retweeted", "bookmarked"]) marks[mark] = post[mark] ?? known?.[mark] ?? null;
    this.posts.set(post.id, { ...known, ...post, ...marks });
    this.#touch(`post ${post.id}`);
  }

  #arrived(post) {
    this.#keepPost(post);
    if (this.feed.includes(post.id)) return;
    this.feed = [post.id, ...this.feed];
    this.#touch("feed");
  }

  #count({ post_id: id, ...counts }) {
    const known = this.posts.get(id);
    if (known) this.#keepPost({ ...known, ...counts });
  }

  // Unless I am not in it any more.
  #keepConversation(conversation) {
    const { id, participants } = conversation;
    if (this.me && !participants.some((user) => user.id === this.me.id)) this.#forgetConversation(id);
    else this.conversations.set(id, conversation);
    for (const { user_id: user, up_to: upTo } of conversation.read_up_to) this.#mark(id, user, upTo);
    this.#touch(`conversation ${id}`);
    this.#touch("conversations");
  }

  #forgetConversation(id) {
    const unread = this.conversations.get(id)?.unread_count ?? 0;
    this.conversations.delete(id);
    if (unread && this.#isNew) this.#countUnread("messages", this.unread.messages - unread);
  }

  #keepMessage(message) {
    const { id, conversation_id: conversation } = message;
    if (!this.messages.has(id)) insert(this.#ids(conversation), id);
    this.messages.set(id, message);
    const known = this.conversations.get(conversation);
    if (known && (known.last_message?.id ?? 0) <= id) {
      this.conversations.set(conversation, { ...known, last_message: message });
      this.#touch(`conversation ${conversation}`);
      this.#touch("conversations");
    }
    this.#touch(`messages ${conversation}`);
  }

  #ids(conversation) {
    if (!this.#order.has(conversation)) this.#order.set(conversation, []);
    return this.#order.get(conversation);
  }

  #received(message) {
    const { id, conversation_id: conversation, sender } = message;
    if (this.messages.has(id)) return this.#keepMessage(message);
    this.#typed(conversation, sender.id, false);
    const known = this.conversations.get(conversation);
    const isMine = sender.id === this.me?.id;
    if (known) {
      const unread = known.unread_count + (isMine ? 0 : 1);
      this.conversations.set(conversation, { ...known, unread_count: unread, updated_at: message.created_at });
    }
    if (!isMine && this.#isNew) this.#countUnread("messages", this.unread.messages + 1);
    this.#keepMessage(message);
  }

  #read({ conversation_id: id, user_id: user, up_to: upTo, unread_count: count }) {
    this.#mark(id, user, upTo);
    const known = this.conversations.get(id);
    if (known && count !== undefined) {
      if (this.#isNew) this.#countUnread("messages", this.unread.messages + count - known.unread_count);
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
    this.#touch("notifications");
  }

  #relate({ user_id: id, is_following, is_followed_by, blocked, muted }) {
    this.relationships.set(id, { is_following, is_followed_by, blocked, muted });
    const known = this.users.get(id);
    if (known) this.users.set(id, { ...known, is_following, is_followed_by, blocked, muted });
    this.#touch(`user ${id}`);
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

// Messages mostly come in order: look from the end.
function insert(ids, id) {
  let place = ids.length;
  while (place && ids[place - 1] > id) place -= 1;
  ids.splice(place, 0, id);
}
