import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { WebSocket } from "ws";
import { FileStorage } from "../src/file-storage.js";
import { Client, LoggedOutError, MemoryStorage } from "../src/index.js";
import { problem, until } from "./fake-server.js";
import { connected, loggedIn, message } from "./setup.js";

const HELLO = { conversation_id: 3, content: "hello" };

const stores = (server) => {
  const stored = [];
  server.rest = async (method, path, data) => [201, await server.command("message.send", { ...data, conversation_id: 3 })];
  server.command = async (name, data) => {
    if (name !== "message.send") return null;
    if (!stored.some((one) => one.client_id === data.client_id)) stored.push(data);
    return message(stored.length, data);
  };
  return stored;
};

const sent = (client) => until(() => client.outbox.entries.length === 0);

test("what is written while there is no server is sent when it is back", async (t) => {
  const { server, client } = await connected(t);
  const stored = stores(server);
  await server.stop();
  await client.outbox.send("message.send", HELLO);
  assert.equal(client.outbox.entries[0].state, "waiting");
  await server.listen();
  await sent(client);
  assert.deepEqual(stored.map(({ content }) => content), ["hello"]);
});

test("what is written survives the end of the process", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "outbox-"));
  t.after(() => rm(folder, { recursive: true }));
  const { server, client } = await connected(t, { storage: new FileStorage(folder) });
  const stored = stores(server);
  await server.stop();
  await client.outbox.send("message.send", HELLO);
  client.close();
  client.outbox.close();

  await server.listen();
  const later = new Client(server.url, { storage: new FileStorage(folder), WebSocket });
  t.after(() => later.close());
  await later.connect();
  await sent(later);
  assert.deepEqual(stored.map(({ content }) => content), ["hello"]);
});

test("a reset of the session forgets what was fetched, and nothing that was written", async (t) => {
  const { server, client } = await connected(t);
  const stored = stores(server);
  client.store.take("Message", message(1));
  await server.stop();
  await client.outbox.send("message.send", HELLO);
  server.epoch = "another";
  const reset = client.once("reset");
  await server.listen();
  await reset;
  assert.deepEqual(client.store.messagesOf(3), []);
  await sent(client);
  assert.equal(stored.length, 1);
});

test("a message whose ack is lost is sent again under the same name", async (t) => {
  const { server, client } = await connected(t);
  const stored = stores(server);
  const { command } = server;
  server.command = async (...given) => {
    await command(...given);
    server.cut();
    server.command = command;
  };
  server.rest = async () => [503, problem(503, "unavailable", {}), { "Retry-After": "1" }];
  await client.outbox.send("message.send", HELLO);
  await sent(client);
  assert.equal(stored.length, 1);
  assert.ok(server.commands.filter(([name]) => name === "message.send").length >= 2);
});

test("messages of a conversation go in the order in which they were written", async (t) => {
  const { server, client } = await connected(t);
  const stored = stores(server);
  const { command } = server;
  let busy = 2;
  server.command = async (name, data) => {
    if (name === "message.send" && busy-- > 0) throw problem(429, "rate_limited", { retry_after: 1 });
    return command(name, data);
  };
  for (const content of ["one", "two", "three"]) await client.outbox.send("message.send", { ...HELLO, content });
  await sent(client);
  assert.deepEqual(stored.map(({ content }) => content), ["one", "two", "three"]);
});

test("what the server refuses is kept with its reason, and can be changed and sent again", async (t) => {
  const { server, client } = await connected(t);
  const stored = stores(server);
  const { command } = server;
  server.command = async (name, data) => {
    if (data.content === "too long") throw problem(422, "invalid", { errors: { content: ["Too long."] } });
    return command(name, data);
  };
  const { id } = await client.outbox.send("message.send", { ...HELLO, content: "too long" });
  await client.outbox.send("message.send", { ...HELLO, content: "the next one goes all the same" });
  await until(() => stored.length === 1);
  const [entry] = client.outbox.entries;
  assert.equal(entry.state, "refused");
  assert.deepEqual(entry.problem.errors, { content: ["Too long."] });
  const again = await client.outbox.retry(id, { content: "short" });
  assert.notEqual(again.id, id);
  await sent(client);
  assert.deepEqual(stored.map(({ content }) => content), ["the next one goes all the same", "short"]);
});

test("what is discarded is gone, after a restart, too", async (t) => {
  const storage = new MemoryStorage();
  const { server, client } = await connected(t, { storage });
  server.command = async () => { throw problem(403, "blocked"); };
  const { id } = await client.outbox.send("message.send", HELLO);
  await until(() => client.outbox.entries[0].state === "refused");
  await client.outbox.discard(id);
  assert.deepEqual(client.outbox.entries, []);
  assert.deepEqual(await storage.entries("outbox"), []);
});

test("another account does not send what this one wrote, and this one does when it is back", async (t) => {
  const { server, client } = await loggedIn(t);
  server.rest = async () => [503, problem(503, "unavailable")];
  await client.outbox.send("message.send", HELLO);
  await client.logOut();
  await assert.rejects(client.outbox.send("message.send", HELLO), LoggedOutError);
  await client.outbox.open(8);
  assert.deepEqual(client.outbox.entries, []);
  const stored = stores(server);
  await client.logIn("ann", "a password");
  await client.connect();
  await until(() => stored.length === 1);
});

test("what nobody knows the outcome of for a day is not sent twice without being asked", async (t) => {
  const storage = new MemoryStorage();
  const { server, client } = await loggedIn(t, { storage });
  let asked = false; // and never answered: what is under way cannot be called back
  server.rest = () => new Promise(() => (asked = true));
  await client.outbox.send("message.send", HELLO);
  await until(() => asked);
  client.outbox.close();
  const [[key, entry]] = await storage.entries("outbox");
  await storage.set(key, { ...entry, triedAt: Date.now() - 24 * 3600_000 });
  const stored = stores(server);
  const later = new Client(server.url, { storage, WebSocket });
  t.after(() => later.close());
  await later.connect();
  await until(() => later.outbox.entries[0]?.state === "refused");
  assert.equal(later.outbox.entries[0].problem.code, "outcome_unknown");
  assert.equal(stored.length, 0);
  await later.outbox.retry(entry.id);
  await until(() => stored.length === 1);
});

test("a post with a picture waits for the server like a text", async (t) => {
  const { server, client } = await loggedIn(t);
  server.rest = async () => [503, problem(503, "unavailable")];
  await client.outbox.send("post.create", { content: "look", image: new Blob(["picture"], { type: "image/png" }) });
  let form = null;
  server.rest = async (method, path, body) => {
    form = body;
    return [201, { id: 1, content: "look" }];
  };
  client.outbox.flush();
  await sent(client);
  assert.match(form, /picture/);
  assert.match(form, /name="client_id"/);
});

test("pictures outlive a reload, are sent before what shows them, and each once", async (t) => {
  const storage = new MemoryStorage();
  const { server, client } = await loggedIn(t, { storage });
  const uploads = [];
  let refused = 0;
  server.rest = async (method, path, body) => {
    if (path !== "/api/media/" || uploads.length) return (refused += 1), [503, problem(503, "unavailable"), { "Retry-After": "3600" }];
    uploads.push(body);
    return [201, { id: 71 }];
  };
  const picture = (text) => new Blob([text], { type: "image/png" });
  await client.outbox.send("post.create", { content: "", pictures: [{ file: picture("first"), alt: "one" }, { file: picture("second"), alt: "two" }] });
  await until(async () => refused && client.outbox.entries[0].state === "waiting");
  const [[, kept]] = await storage.entries("outbox");
  assert.equal(kept.input.pictures[0].id, 71);
  assert.equal(kept.triedAt, null, "of the post nothing was tried");
  client.outbox.close();
  let post = null;
  server.rest = async (method, path, body) => {
    if (path === "/api/media/") return [201, { id: 70 + uploads.push(body) }];
    post = body;
    return [201, { id: 1, content: "" }];
  };
  const later = new Client(server.url, { storage, WebSocket });
  t.after(() => { later.close(); later.outbox.close(); });
  await later.connect();
  await until(() => later.outbox.entries.length === 0 && post);
  assert.deepEqual(uploads.map((form) => [/first|second/.exec(form)[0], /one|two/.exec(form)[0]]), [["first", "one"], ["second", "two"]]);
  assert.deepEqual([post.media_ids, post.pictures], [[71, 72], undefined]);
});

test("pictures that the server no longer has are sent once more", async (t) => {
  const { server, client } = await loggedIn(t);
  let sentPictures = 70;
  const asked = [];
  server.rest = async (method, path, body) => {
    if (path === "/api/media/") return [201, { id: (sentPictures += 1) }];
    asked.push(body.media_ids);
    return asked.length > 1 ? [201, { id: 1 }] : [422, problem(422, "invalid", { errors: { "media_ids.0": ["No longer there."] } })];
  };
  await client.outbox.send("post.create", { content: "look", pictures: [{ file: new Blob(["picture"]) }] });
  await sent(client);
  assert.deepEqual(asked, [[71], [72]]);
});

test("only what a client_id names can be left to the outbox", async (t) => {
  const { client } = await loggedIn(t);
  await assert.rejects(client.outbox.send("post.like", { id: 1 }), TypeError);
});

test("what was not tried yet is changed where it waits", async (t) => {
  const { server, client } = await connected(t);
  const stored = stores(server);
  await server.stop();
  let goes = false;
  Object.defineProperty(globalThis.navigator ?? (globalThis.navigator = {}), "onLine", { get: () => goes, configurable: true });
  t.after(() => delete globalThis.navigator.onLine);
  await until(() => !client.live);
  const first = await client.outbox.send("message.send", HELLO);
  await client.outbox.send("message.send", { ...HELLO, content: "second" });
  assert.equal(first.triedAt, null, "without a network nothing is tried");
  await client.outbox.edit(first.id, { content: "changed" });
  goes = true;
  await server.listen();
  await sent(client);
  assert.deepEqual(stored.map(({ content }) => content), ["changed", "second"]);
});

test("what was tried and is changed is there once, as it was changed", async (t) => {
  const { server, client } = await connected(t);
  const stored = stores(server);
  const store = server.command;
  let answers = false;
  server.command = async (name, data) => {
    if (name === "message.update") {
      stored[data.id - 1].content = data.content;
      return message(data.id, { ...stored[data.id - 1] });
    }
    const result = await store(name, data);
    return answers || name !== "message.send" ? result : undefined; // stored, and nobody says so
  };
  const send = server.rest;
  server.rest = async (method, path, data) => (method === "PATCH" ? [200, await server.command("message.update", { ...data, id: 1 })] : send(method, path, data));
  const { id } = await client.outbox.send("message.send", HELLO);
  await until(() => stored.length === 1);
  const entry = await client.outbox.edit(id, { content: "changed" });
  assert.equal(entry.input.content, "hello");
  assert.equal(entry.changes.content, "changed");
  answers = true;
  server.cut(); // the call is lost, and made again
  await sent(client);
  assert.deepEqual(stored.map(({ content }) => content), ["changed"]);
  assert.equal(await client.outbox.edit(id, { content: "late" }), null);
});

test("what was refused is sent anew as it was changed", async (t) => {
  const { server, client } = await connected(t);
  server.command = async () => {
    throw problem(403, "blocked");
  };
  const { id } = await client.outbox.send("message.send", HELLO);
  await until(() => client.outbox.entries[0]?.state === "refused");
  const stored = stores(server);
  await client.outbox.edit(id, { content: "milder" });
  await sent(client);
  assert.deepEqual(stored.map(({ content }) => content), ["milder"]);
});
