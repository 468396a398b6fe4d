// State that all parts of the page share, and subscriptions to its changes.

export const state = {
  me: null, // Me
  socket: null,
  following: new Set(), // ids of those I follow
  apart: new Map(), // id -> {blocked, muted} of those whose relationship to me is known
  posts: new Map(), // id -> Post, with what I did with it
  unread: { notifications: 0, messages: 0 },
};

const listeners = new Map();

export function on(name, listener) {
  if (!listeners.has(name)) listeners.set(name, new Set());
  listeners.get(name).add(listener);
}

export function tell(name, data) {
  for (const listener of listeners.get(name) ?? []) listener(data);
}

export function setUnread(kind, count) {
  state.unread[kind] = Math.max(0, count);
  tell("unread");
}

// A live event does not say what I did with a post: that stays as it was.
export function keepPost(post) {
  const known = state.posts.get(post.id);
  const marks = {};
  for (const mark of ["liked", "retweeted", "bookmarked"]) {
    marks[mark] = post[mark] ?? known?.[mark] ?? false;
  }
  const kept = { ...known, ...post, ...marks };
  state.posts.set(post.id, kept);
  return kept;
}
