import assert from "node:assert/strict";
import { test } from "node:test";
import { WebSocket } from "ws";
import { Client, LoggedOutError, MemoryStorage } from "../src/index.js";
import { FakeServer, problem, until } from "./fake-server.js";

const TOKENS = "/api/users/token/";

/** What a browser does: one jar for all its tabs, shown below the path only, and to no script. */
class Browser {
  storage = new MemoryStorage();
  cookie = null;
  online = true;

  fetch = async (url, options) => {
    if (!this.online) throw new TypeError("Failed to fetch");
    const shown = this.cookie && new URL(url).pathname.startsWith(TOKENS) ? { Cookie: this.cookie } : {};
    const response = await fetch(url, { ...options, headers: { ...options.headers, ...shown } });
    for (const set of response.headers.getSetCookie()) this.cookie = set.includes("Max-Age=0") ? null : set.split(";")[0];
    return response;
  };

  tab(t, server) {
    const client = new Client(server.url, { storage: this.storage, fetch: this.fetch, cookies: true, WebSocket });
    t.after(() => {
      client.close();
      client.outbox.close();
    });
    return client;
  }
}

async function opened(t) {
  const server = await FakeServer.start();
  t.after(() => server.stop());
  const browser = new Browser();
  const client = browser.tab(t, server);
  await client.logIn("ann", "a password");
  return { server, browser, client };
}

const asked = (server, path) => server.requests.filter(([, url]) => url === TOKENS + path);

test("log-in asks for the cookie, and nothing is stored but whose it is", async (t) => {
  const { server, browser, client } = await opened(t);
  assert.deepEqual(asked(server, "")[0][2], { username: "ann", password: "a password", cookie: true });
  assert.equal(client.userId, 7);
  assert.deepEqual(await browser.storage.entries(""), [["session", { userId: 7 }]]);
  assert.equal(await client.accessToken(), "access1");
});

test("a reload goes on by the cookie", async (t) => {
  const { server, browser, client } = await opened(t);
  client.close();
  const later = browser.tab(t, server);
  assert.equal(await later.restore(), true);
  assert.equal(later.userId, 7);
  assert.deepEqual(asked(server, "refresh/").map(([, , body]) => body), [{}]);
  assert.equal(await later.accessToken(), "access2");
  await later.connect();
  assert.equal(server.connects.at(-1).token, "access2");
});

test("who has no session asks for none", async (t) => {
  const server = await FakeServer.start();
  t.after(() => server.stop());
  assert.equal(await new Browser().tab(t, server).restore(), false);
  assert.equal(server.requests.length, 0);
});

test("an access token that is about to end is exchanged, by one of the tabs at a time", async (t) => {
  const { server, browser, client } = await opened(t);
  const other = browser.tab(t, server);
  server.rest = async (method, path, body, { headers }) => (headers.authorization === "Bearer access1" ? [401, problem(401, "token_expired")] : [200, { results: [] }]);
  await other.restore();
  await Promise.all([client.post.list(), client.post.list(), other.post.list()]);
  assert.equal(asked(server, "refresh/").length, 2); // the other's restore, and one for both calls
  assert.equal(client.userId, 7);
});

test("log-out ends the session, the cookie and what is stored", async (t) => {
  const { server, browser, client } = await opened(t);
  await client.logOut();
  assert.deepEqual(asked(server, "revoke/").map(([, , body]) => body), [{}]);
  assert.equal(browser.cookie, null);
  assert.deepEqual(await browser.storage.entries(""), []);
  assert.equal(await browser.tab(t, server).restore(), false);
});

test("a tab in which somebody has logged out exchanges no more", async (t) => {
  const { server, browser, client } = await opened(t);
  const other = browser.tab(t, server);
  await other.restore();
  await client.logOut();
  server.rest = async () => [401, problem(401, "session_ended")];
  await assert.rejects(other.post.list(), LoggedOutError);
  assert.equal(other.userId, null);
  assert.equal(asked(server, "refresh/").length, 1);
});

test("who logs out while the server is away is logged out when it is back", async (t) => {
  const { server, browser, client } = await opened(t);
  browser.online = false;
  server.rest = async () => [500, null];
  await client.logOut();
  assert.equal(client.userId, null);
  assert.equal(await browser.tab(t, server).restore(), false);
  assert.notEqual(browser.cookie, null);
  browser.online = true;
  const later = browser.tab(t, server);
  assert.equal(await later.restore(), false);
  await until(async () => (await browser.storage.entries("")).length === 0);
  assert.equal(browser.cookie, null);
  assert.equal(asked(server, "revoke/")[0][3].authorization, "Bearer access2");
  assert.equal(later.userId, null);
});

test("a session that has ended is over at the next reload", async (t) => {
  const { server, browser } = await opened(t);
  server.sessionEnded = true;
  const later = browser.tab(t, server);
  assert.equal(await later.restore(), false);
  assert.deepEqual(await browser.storage.entries(""), []);
  assert.equal(browser.cookie, null);
});

test("a reload without a network keeps whose session it is, and what they wrote", async (t) => {
  const { server, browser, client } = await opened(t);
  client.close();
  browser.online = false;
  const later = browser.tab(t, server);
  assert.equal(await later.restore(), true);
  assert.equal(later.userId, 7);
  await later.outbox.send("post.create", { content: "hello" });
  browser.online = true;
  server.rest = async () => [201, { id: 1, author: server.me }];
  server.command = async () => ({ id: 1, author: server.me });
  await later.connect();
  await until(() => later.outbox.entries.length === 0);
});

test("nothing of one account is asked as another that has logged in in another tab", async (t) => {
  const { server, browser, client } = await opened(t);
  server.me = { ...server.me, id: 8, username: "bob" };
  const other = browser.tab(t, server);
  await other.logIn("bob", "a password");
  const before = server.requests.length;
  server.rest = async (method, path, body, { headers }) => (headers.authorization === "Bearer access1" ? [401, problem(401, "token_expired")] : [201, { id: 1 }]);
  await assert.rejects(client.post.create({ content: "hers" }), LoggedOutError);
  assert.equal(server.requests.slice(before).length, 1); // the one that was refused
  assert.equal(client.userId, 8);
  assert.equal(other.userId, 8);
});

test("the cookie tells whose it is, where the storage does not", async (t) => {
  const { server, browser, client } = await opened(t);
  server.me = { ...server.me, id: 8 }; // whoever logged in was cut off before it was stored
  server.rest = async () => [401, problem(401, "token_expired")];
  await assert.rejects(client.post.create({ content: "hers" }), LoggedOutError);
  assert.deepEqual(await browser.storage.get("session"), { userId: 8 });
  assert.equal(client.userId, 8);
});

test("a session of before, with its tokens in the storage, moves into the cookie", async (t) => {
  const server = await FakeServer.start();
  t.after(() => server.stop());
  const browser = new Browser();
  const before = new Client(server.url, { storage: browser.storage });
  await before.logIn("ann", "a password");
  before.close();
  const client = browser.tab(t, server);
  assert.equal(await client.restore(), true);
  assert.deepEqual(asked(server, "refresh/").map(([, , body]) => body), [{ refresh: "refresh1", cookie: true }]);
  assert.deepEqual(await browser.storage.get("session"), { userId: 7 });
  assert.ok(browser.cookie);
  await browser.tab(t, server).resumeWith({ access: "x", refresh: "got elsewhere", expires_in: 900 });
  assert.deepEqual(asked(server, "refresh/").at(-1)[2], { refresh: "got elsewhere", cookie: true });
  assert.deepEqual(await browser.storage.entries(""), [["session", { userId: 7 }]]);
});
