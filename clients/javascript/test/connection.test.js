import assert from "node:assert/strict";
import { test } from "node:test";
import { LoggedOutError, MemoryStorage } from "../src/index.js";
import { problem, until } from "./fake-server.js";
import { connected, loggedIn, message } from "./setup.js";

const heard = (client) => {
  const ids = [];
  client.on("message.created", ({ message: { id } }) => ids.push(id));
  return ids;
};

test("it goes on where it was after a lost connection", async (t) => {
  const { server, client } = await connected(t);
  const ids = heard(client);
  server.tell("message.created", { message: message(1) });
  await until(() => ids.length === 1);
  server.cut();
  server.tell("message.created", { message: message(2) });
  await until(() => ids.length === 2);
  assert.deepEqual(server.connects[1], { token: "access1", since: 11, epoch: "e1", feed_since: "c0" });
});

test("a missing number makes it connect anew, and what comes twice is told once", async (t) => {
  const { server, client } = await connected(t);
  const ids = heard(client);
  server.log.set(11, ["message.created", { message: message(1) }]);
  server.seq = 11; // and nobody was told
  server.tell("message.created", { message: message(2) });
  await until(() => ids.length === 2);
  server.send("message.created", { message: message(2) }, 12);
  server.tell("message.created", { message: message(3) });
  await until(() => ids.length === 3);
  assert.deepEqual(ids, [1, 2, 3]);
});

test("long-polling is used where WebSockets do not get through", async (t) => {
  const { server, client } = await loggedIn(t);
  server.blockWebSocket = true;
  const ids = heard(client);
  await client.connect();
  server.tell("message.created", { message: message(1) });
  await until(() => ids.length === 1);
  server.command = async (name, data) => data;
  assert.deepEqual(await client.call("post.watch", { ids: [1] }), { ids: [1] });
});

test("packets of a poll come and go in order", async (t) => {
  const { server, client } = await loggedIn(t);
  server.blockWebSocket = true;
  await client.connect();
  server.command = async (name, data) => data.ids[0];
  const asked = [...Array(50).keys()].map((id) => client.call("post.watch", { ids: [id + 1] }));
  assert.deepEqual(await Promise.all(asked), [...Array(50).keys()].map((id) => id + 1));
  assert.deepEqual(server.commands.map(([, { ids }]) => ids[0]), [...Array(50).keys()].map((id) => id + 1));
});

test("a server that falls silent is noticed by the heartbeat", async (t) => {
  const { server, client } = await connected(t, { heartbeat: 50, heartbeatTimeout: 50 });
  server.silent = true;
  await until(() => client.state === "offline");
  server.silent = false;
  await until(() => client.live);
});

test("a heartbeat that is answered keeps the connection", async (t) => {
  const { server, client } = await connected(t, { heartbeat: 20, heartbeatTimeout: 5000 });
  await until(() => server.commands.filter(([name]) => name === "post.unwatch").length > 3);
  assert.equal(server.connects.length, 1);
  assert.ok(client.live);
});

test("a token that is refused is exchanged, and the connection made with the next", async (t) => {
  const { server, client } = await loggedIn(t);
  server.connect = ({ token }) => (token === "access1" ? problem(401, "token_expired") : null);
  await client.connect();
  assert.deepEqual(server.connects.map(({ token }) => token), ["access1", "access2"]);
});

test("who is refused for good is told so, and does not come again", async (t) => {
  const { server, client } = await loggedIn(t);
  server.connect = () => problem(403, "account_suspended");
  const ended = client.once("ended");
  await assert.rejects(client.connect(), LoggedOutError);
  assert.equal((await ended).code, "account_suspended");
  assert.equal(client.userId, null);
  assert.equal(server.connects.length, 1);
});

test("what the server says before it closes is heeded", async (t) => {
  const { server, client } = await connected(t);
  server.send("session.closing", { code: "draining", reason: "Restarting.", reconnect_in_ms: 20 });
  server.cut();
  await until(() => server.connects.length === 2 && client.live);
  const ended = client.once("ended");
  server.send("session.closing", { code: "session_ended", reason: "Logged out elsewhere.", reconnect_in_ms: null });
  server.cut();
  assert.equal((await ended).reason, "Logged out elsewhere.");
  assert.equal(client.state, "closed");
});

test("a refused position is given up", async (t) => {
  const { server, client } = await connected(t);
  server.connect = ({ since }) => (since ? problem(422, "invalid_resume") : null);
  server.cut();
  await until(() => client.live && server.connects.length === 3);
  assert.deepEqual(server.connects[2], { token: "access1", since: 0, epoch: "" });
});

test("a client that remembers goes on after a restart, each event once its listeners are done", async (t) => {
  const storage = new MemoryStorage();
  const { server, client } = await connected(t, { storage, remember: true });
  let release;
  const order = [];
  client.on("message.created", async ({ message: { id } }) => {
    order.push(`begin ${id}`);
    if (id === 2) await new Promise((resolve) => (release = resolve));
    order.push(`end ${id}`);
  });
  for (const id of [1, 2, 3]) server.tell("message.created", { message: message(id) });
  await until(() => release);
  await until(async () => (await storage.get("position 7"))?.since === 11);
  assert.deepEqual(order, ["begin 1", "end 1", "begin 2"]);
  client.close(); // the process dies in the middle of message 2

  const { Client } = await import("../src/index.js");
  const later = new Client(server.url, { storage, remember: true });
  t.after(() => later.close());
  const ids = heard(later);
  await later.connect();
  await until(() => ids.length === 2);
  assert.deepEqual(ids, [2, 3]);
});

test("a listener that throws does not keep the others from hearing", async (t) => {
  const { server, client } = await connected(t);
  const errors = [];
  client.on("error", (error) => errors.push(error.message));
  client.on("message.created", () => { throw new Error("mine"); });
  const ids = heard(client);
  server.tell("message.created", { message: message(1) });
  await until(() => ids.length === 1 && errors.length === 1);
  assert.deepEqual(errors, ["mine"]);
});

test("streams go on from their last cursors after a lost connection", async (t) => {
  const { server, client } = await connected(t);
  server.command = async (name, { stream, cursor }) => ({ stream: stream.toLowerCase(), status: cursor ? "resumed" : "fresh", missed: 0, more: false, cursor: cursor ?? "first" });
  const answers = [];
  client.on("stream.subscribed", ({ stream, status }) => answers.push([stream, status]));
  for (const stream of ["hashtag:A", "hashtag:b", "hashtag:c"]) await client.stream.subscribe({ stream });
  await client.stream.unsubscribe({ stream: "hashtag:c" });
  server.send("stream.post", { post: { id: 5 }, stream: "hashtag:a", cursor: "later" }, null);
  await client.once("stream.post");
  server.commands.length = 0;
  server.cut();
  await until(() => answers.length === 2);
  const again = server.commands.filter(([name]) => name === "stream.subscribe").map(([, input]) => input);
  assert.deepEqual(again, [{ stream: "hashtag:a", cursor: "later" }, { stream: "hashtag:b", cursor: "first" }]);
  assert.deepEqual(answers, [["hashtag:a", "resumed"], ["hashtag:b", "resumed"]]);
});
