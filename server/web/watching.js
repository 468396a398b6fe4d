// Posts in sight are watched, so that their counts move.

import { client } from "./client.js";
import { tell } from "./state.js";

const WATCHED_MAX = 300; // posts; the server has a limit of its own
const PAUSE_MS = 300; // in which what else is drawn is waited for

const watched = new Set();
let watching = null;
let told = () => {};

// Call this when other posts are watched from now on.
export function onWatched(listener) {
  told = listener;
}

// The connection is another: it watches nothing yet.
export const watchNone = () => watched.clear();

// However often it is asked for: where posts come all the time there is no pause to wait for.
export function watchSoon() {
  watching ??= setTimeout(watch, PAUSE_MS);
}

function watch() {
  watching = null;
  if (!client.live) return;
  const cards = [...document.getElementById("main").querySelectorAll("[data-post]")].slice(0, WATCHED_MAX);
  const wanted = new Set(cards.map((card) => Number(card.dataset.post)));
  const away = [...watched].filter((id) => !wanted.has(id));
  const fresh = [...wanted].filter((id) => !watched.has(id));
  if (away.length) client.post.unwatch({ ids: away }).catch(() => {});
  if (fresh.length) watchPosts(fresh).then(told, () => {});
  away.forEach((id) => watched.delete(id));
  fresh.forEach((id) => watched.add(id));
}

// The server refuses them all for one that is gone: that is looked for by halves.
async function watchPosts(ids) {
  try {
    await client.post.watch({ ids }); // the counts that it answers are in the store
    tell("changed");
  } catch (error) {
    if (error.status !== 404) throw error;
    const half = ids.length >> 1;
    if (half) await Promise.all([watchPosts(ids.slice(0, half)), watchPosts(ids.slice(half))]);
  }
}
