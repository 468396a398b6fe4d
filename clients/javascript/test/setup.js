import { WebSocket } from "ws";
import { Client, MemoryStorage } from "../src/index.js";
import { FakeServer } from "./fake-server.js";

/** A server and a client that is logged in; both are closed when the test ends. */
export async function loggedIn(t, options = {}) {
  const server = await FakeServer.start();
  const client = new Client(server.url, { storage: new MemoryStorage(), WebSocket, ...options });
  t.after(async () => {
    client.close();
    client.outbox.close();
    await server.stop();
  });
  await client.logIn("ann", "a password");
  return { server, client };
}

export async function connected(t, options = {}) {
  const both = await loggedIn(t, options);
  await both.client.connect();
  return both;
}

export function message(id, more = {}) {
  return {
    id, conversation_id: 3, sender: { id: 8, username: "bob", display_name: "Bob", avatar: null }, content: `message ${id}`,
    client_id: null, created_at: `2026-01-01T00:00:${String(id % 60).padStart(2, "0")}Z`, edited_at: null, deleted: false, ...more,
  };
}
