// What is being written, kept over views and reloads until it is sent or emptied: for each account and
// place, which is "post", "reply ID" or "message ID" of a conversation.

import { state } from "./state.js";

const KEY = "mini-twitter.draft";
const prefix = () => `${KEY} ${state.me.id} `;

export function draft(place) {
  try {
    return localStorage.getItem(prefix() + place) ?? "";
  } catch {
    return ""; // storage is forbidden: drafts last as long as their views
  }
}

// At once, so that nothing is lost by a reload that follows.
export function keepDraft(place, text) {
  try {
    if (text) localStorage.setItem(prefix() + place, text);
    else localStorage.removeItem(prefix() + place);
  } catch {
    // As above, or full.
  }
}

const keys = () => Object.keys(localStorage).filter((key) => key.startsWith(prefix()));

export function countDrafts() {
  try {
    return keys().length;
  } catch {
    return 0;
  }
}

export function discardDrafts() {
  try {
    for (const key of keys()) localStorage.removeItem(key);
  } catch {
    // There are none.
  }
}
