// What is being written, kept over views and reloads until it is sent or emptied: for each account and
// place, which is "post", "reply ID", "quote ID", "message ID" of a conversation, or one of these with what belongs
// to it: " poll" (composer.js), " answers" (answered.js).

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
    const written = keys().filter((key) => !key.endsWith(" answers")); // what a draft answers is none
    return new Set(written.map((key) => key.replace(/ poll$/, ""))).size;
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
