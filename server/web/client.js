// The client library of this server, as this page uses it: one session and one outbox for all tabs.

import { Client, IndexedDbStorage, MemoryStorage } from "/client/index.js";
import { fetchOrTake } from "./given.js";
import { PUBLIC_URL } from "./site.js";

const SIGN_MS = 3000; // in which a server that has been silent for 5 s has to give a sign of life

// Where IndexedDB is forbidden, session and outbox last as long as the page.
async function storage() {
  const durable = new IndexedDbStorage();
  try {
    await durable.entries("outbox ");
    return durable;
  } catch {
    return new MemoryStorage();
  }
}

// Of a site that is reached by https a page that came by http is not given the cookie, as on the machine
// of somebody who develops with the PUBLIC_URL of the real site: there the token is in the storage.
const cookies = location.protocol === "https:" || !PUBLIC_URL.startsWith("https:");

export const client = new Client(location.origin, { storage: await storage(), cookies, heartbeatTimeout: SIGN_MS, fetch: fetchOrTake });
export const { outbox, store } = client;
