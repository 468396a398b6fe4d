// What runs while the rest of the page is still coming: the session is taken up, and what everybody who is
// logged in needs first is asked for.

import { client } from "./client.js";

const FIRST_MS = 5000; // how long the server may take to say who I am, before it is said that it is away

// Who I am, and the feed where that is shown first: promises.
export function ask() {
  const me = client.user.me({}, { timeout: FIRST_MS });
  const feed = location.pathname === "/" ? client.feed.list({}) : null;
  for (const asked of [me, feed]) asked?.catch(() => {}); // it is said where it is shown
  return { me, feed };
}

const takeUp = async () => ((await client.restore()) ? ask() : null);

let begun = takeUp();
begun.catch(() => {}); // who calls resume() is told

// Go on with the session of this browser; resolves with what ask() gives, null where nobody is logged in.
export async function resume() {
  const first = begun ?? takeUp();
  begun = null;
  return (await first) ?? (client.userId === null ? null : ask()); // another tab may have been faster
}
