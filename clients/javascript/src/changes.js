// What has changed while calls were under way: of that, an answer may be older than what is known.

const post = ({ post_id: id }) => [`Post ${id}`];
const conversation = ({ conversation_id: id }) => [`Conversation ${id}`];
const message = ({ message_id: id }) => [`Message ${id}`];
const notifications = ({ ids }) => (ids ?? []).map((id) => `Notification ${id}`);
// Of what an event tells something newer than calls that are under way may answer.
const TOLD = {
  "post.updated": ({ post: { id } }) => [`Post ${id}`],
  "post.deleted": post,
  "post.counts": post,
  "poll.updated": post,
  "message.created": ({ message: { conversation_id: id } }) => [`Conversation ${id}`],
  "message.updated": ({ message: { id } }) => [`Message ${id}`],
  "message.deleted": message,
  "message.reactions": message,
  "conversation.updated": ({ conversation: { id } }) => [`Conversation ${id}`],
  "conversation.read": conversation,
  "notification.read": notifications,
  "notification.deleted": notifications,
  "relationship.changed": ({ user_id: id }) => [`User ${id}`],
};

export class Changes {
  #moment = 0; #underWay = new Set();
  #changed = new Map(); // key -> the moment of its last change
  #deleted = new Set(); // keys

  /** A call begins: the moment that `since` compares with, and `ended` ends. */
  begun() {
    this.#underWay.add(++this.#moment);
    return this.#moment;
  }

  ended(moment) {
    this.#underWay.delete(moment);
    if (this.#underWay.size) return;
    this.#changed.clear();
    this.#deleted.clear();
  }

  /** A call that changes things has answered with one of this shape. */
  wrote(shape, { id = 0 }) {
    this.#note(`${shape} ${id}`);
  }

  /** An event has come. */
  told(name, data) {
    for (const key of TOLD[name]?.(data) ?? []) this.#note(key, name.endsWith(".deleted"));
  }

  /** Whether it has changed since a call began. */
  since(moment, shape, { id = 0 }) {
    return this.#changed.get(`${shape} ${id}`) > moment;
  }

  /** Whether it was deleted while calls were under way. */
  wasDeleted(shape, { id }) {
    return this.#deleted.has(`${shape} ${id}`);
  }

  #note(key, isDeleted = false) {
    if (!this.#underWay.size) return;
    this.#changed.set(key, ++this.#moment);
    if (isDeleted) this.#deleted.add(key);
  }
}
