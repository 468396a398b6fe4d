// The client library of this server, as this page uses it: one session and one outbox for all tabs.

import { Client, IndexedDbStorage, MemoryStorage } from "/client/index.js";

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

export const client = new Client(location.origin, { storage: await storage(), heartbeatTimeout: SIGN_MS });
export const { outbox, store } = client;
