import assert from "node:assert/strict";
import { test } from "node:test";
import { WebSocket } from "ws";
import { Connection } from "../src/connection.js";
import { MemoryStorage } from "../src/index.js";
import { FakeServer, problem, until } from "./fake-server.js";
import { connected, loggedIn, message } from "./setup.js";

const heard = (client) => {
  const ids = [];
  client.on("message.created", ({ message: { id } }) => ids.push(id));
  return ids;
};

test("whatever frame is the last of a connection, the next one goes on behind it", async (t) => {
  const server = await FakeServer.start();
  const numbers = [], asked = [];
  const again = () => setTimeout(() => connection.hurry());
  const connection = new Connection(server.url, {
    WebSocket, position: { since: 10, epoch: "e1", feed_since: "c0" },
    access: async () => "access", hear: (name, data, seq) => seq !== null && numbers.push(seq),
    changed: (state) => {
      if (state !== "offline") return;
      server.frames += 1;
      again();
    },
    ended: assert.fail,
  });
  t.after(async () => {
    connection.stop();
    await server.stop();
  });
  server.connect = ({ since }) => void asked.push([since, numbers.at(-1) ?? 10]);
  for (let n = 1; n <= 9; n += 1) server.tell("message.created", { message: message(n) });
  server.frames = 1;
  connection.start();
  await until(() => numbers.length === 9);
  assert.deepEqual(numbers, [11, 12, 13, 14, 15, 16, 17, 18, 19]);
  assert.ok(asked.length > 4);
  for (const [since, last] of asked) assert.equal(since, last);
});

test("who closes and connects again goes on where that was, and with another log-in anew", async (t) => {
  for (const remember of [false, true]) {
    const { server, client } = await connected(t, { remember });
    const ids = heard(client);
    server.tell("message.created", { message: message(1) });
    await until(() => ids.length === 1);
    client.close();
    server.tell("message.created", { message: message(2) });
    await client.connect();
    await until(() => ids.length === 2);
    assert.deepEqual(server.connects[1], { token: "access1", since: 11, epoch: "e1", feed_since: "c0" });
    server.me = { ...server.me, id: 8 };
    await client.logIn("bob", "a password");
    await client.connect();
    assert.deepEqual(server.connects[2], { token: "access2" });
  }
});

test("the position of one account is never remembered as that of the next", async (t) => {
  const storage = new MemoryStorage();
  const { server, client } = await connected(t, { storage, remember: true });
  let release;
  client.on("message.created", () => new Promise((resolve) => (release = resolve)));
  server.tell("message.created", { message: message(1) });
  await until(() => release);
  server.me = { ...server.me, id: 8 };
  await client.logIn("bob", "a password");
  release();
  await until(async () => (await storage.get("position 7"))?.since === 11);
  assert.equal(await storage.get("position 8"), undefined);
});

test("a position that the server refuses is told to be a reset", async (t) => {
  const { server, client } = await connected(t);
  let resets = 0;
  client.on("reset", () => (resets += 1));
  server.connect = ({ since }) => (since ? problem(422, "invalid_resume") : null);
  server.cut();
  await until(() => client.live && server.connects.length === 3);
  assert.equal(resets, 1);
});

test("a stream goes on from its answer where no post has come behind that", async (t) => {
  const { server, client } = await connected(t);
  const post = (cursor) => server.send("stream.post", { post: { id: 5 }, stream: "public", cursor });
  server.command = async (name, { cursor }) => {
    if (cursor) for (const one of ["of a gap 1", "of a gap 2"]) post(one);
    return { stream: "public", status: "resumed", missed: cursor ? 2 : 0, more: true, cursor: cursor ? "after" : "first" };
  };
  const asked = () => server.commands.filter(([name]) => name === "stream.subscribe").map(([, { cursor }]) => cursor);
  await client.stream.subscribe({ stream: "public", cursor: "of before" });
  const again = client.once("stream.subscribed");
  server.cut();
  await again;
  const live = client.once("stream.post");
  post("live");
  await live;
  server.cut();
  await until(() => asked().length === 3);
  assert.deepEqual(asked(), ["of before", "after", "live"]);
});
