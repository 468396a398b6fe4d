// State that all parts of the page share beside the client's store, and subscriptions to its changes.

export const state = {
  me: null, // Me
  firstFeed: null, // a promise of the feed's first page
  following: new Set(), // ids of those I follow
  apart: new Map(), // id -> {blocked, muted} of those whose relationship to me is known
};

const listeners = new Map();

export function on(name, listener) {
  if (!listeners.has(name)) listeners.set(name, new Set());
  listeners.get(name).add(listener);
}

export function tell(name, data) {
  for (const listener of listeners.get(name) ?? []) listener(data);
}
