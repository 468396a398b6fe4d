import assert from "node:assert/strict";
import { test } from "node:test";
import { LoggedOutError, ProblemError, UnreachableError } from "../src/index.js";
import { problem, until } from "./fake-server.js";
import { connected, loggedIn } from "./setup.js";

const POST = { id: 1, content: "hello", liked: false };

test("a command goes by the socket where that is up, else by REST", async (t) => {
  const { server, client } = await loggedIn(t);
  server.rest = async () => [200, POST];
  assert.equal((await client.post.like({ id: 1 })).id, 1);
  assert.deepEqual(server.requests.at(-1).slice(0, 2), ["POST", "/api/posts/1/like/"]);
  await client.connect();
  server.command = async () => ({ ...POST, liked: true });
  const before = server.requests.length;
  assert.equal((await client.post.like({ id: 1 })).liked, true);
  assert.equal(server.requests.length, before);
});

test("a call whose connection is lost is made again by REST", async (t) => {
  const { server, client } = await connected(t);
  server.rest = async () => [200, POST];
  server.command = async () => { server.cut(); };
  assert.equal((await client.post.like({ id: 1 })).id, 1);
});

test("what would be two when done twice is not done again by itself", async (t) => {
  const { server, client } = await loggedIn(t);
  let asked = 0;
  server.rest = async () => [(asked += 1) * 0];
  await assert.rejects(client.conversation.create({ participants: [8, 9] }), UnreachableError);
  assert.equal(asked, 1);
});

test("a write that can be tried again has a name of the client's", async (t) => {
  const { server, client } = await loggedIn(t);
  const names = [];
  server.rest = async (method, path, { client_id: name }) => {
    names.push(name);
    return names.length === 1 ? [0] : [201, POST];
  };
  await client.post.create({ content: "hello" });
  assert.equal(names.length, 2);
  assert.ok(names[0]);
  assert.equal(names[0], names[1]);
});

test("a problem is an error that says all that the server did", async (t) => {
  const { server, client } = await loggedIn(t);
  server.rest = async () => [422, problem(422, "invalid", { errors: { content: ["Missing."] } })];
  await assert.rejects(client.post.create({}), (error) => {
    assert.ok(error instanceof ProblemError);
    assert.equal(error.code, "invalid");
    assert.deepEqual(error.errors, { content: ["Missing."] });
    assert.equal(error.passes, false);
    return true;
  });
  server.rest = async () => [502, "<html>"];
  await assert.rejects(client.post.get({ id: 1 }), (error) => error.status === 502 && error.code === null && error.passes);
});

test("whoever is told when to come again comes then, if the deadline leaves the time", async (t) => {
  const { server, client } = await loggedIn(t);
  let asked = 0;
  server.rest = async () => ((asked += 1) === 1 ? [429, problem(429, "rate_limited"), { "Retry-After": "1" }] : [200, POST]);
  assert.equal((await client.post.get({ id: 1 })).id, 1);
  asked = 0;
  await assert.rejects(client.post.get({ id: 1 }, { timeout: 500 }), (error) => error.retryAfter === 1);
});

test("a call that hangs ends at its deadline", async (t) => {
  const { server, client } = await loggedIn(t);
  server.rest = () => new Promise(() => {});
  await assert.rejects(client.post.get({ id: 1 }, { timeout: 100 }), UnreachableError);
  await client.connect();
  server.command = () => new Promise(() => {});
  await assert.rejects(client.call("post.watch", { ids: [1] }, { timeout: 100 }), UnreachableError);
});

test("a token that has expired is exchanged once for all calls that need it", async (t) => {
  const { server, client } = await loggedIn(t);
  const fresh = ({ headers }) => headers.authorization === "Bearer access2";
  server.rest = async (method, path, body, request) => (fresh(request) ? [200, POST] : [401, problem(401, "token_expired")]);
  await Promise.all([1, 2, 3, 4].map((id) => client.post.get({ id })));
  assert.equal(server.tokens, 2);
});

test("a session that has ended says so", async (t) => {
  const { server, client } = await connected(t);
  server.rest = async () => [401, problem(401, "session_ended")];
  server.sessionEnded = true;
  const ended = client.once("ended");
  await assert.rejects(client.call("profile.mine"), LoggedOutError);
  await ended;
  assert.equal(client.userId, null);
});

test("inputs go where the operation takes them: path, query, body", async (t) => {
  const { server, client } = await loggedIn(t);
  server.rest = async () => [200, { results: [], next: "/api/posts/?hashtag=caf%C3%A9&cursor=abc" }];
  const page = await client.post.list({ hashtag: "café", limit: 5, search: undefined });
  assert.equal(server.requests.at(-1)[1], "/api/posts/?hashtag=caf%C3%A9&limit=5");
  assert.equal(page.next, "abc");
  server.rest = async () => [200, {}];
  await client.message.update({ conversation_id: 3, id: 9, content: "new" });
  assert.deepEqual(server.requests.at(-1).slice(0, 3), ["PATCH", "/api/messages/3/messages/9/", { content: "new" }]);
});

test("all pages of a list are gone through", async (t) => {
  const { server, client } = await loggedIn(t);
  server.rest = async (method, path, body, request) =>
    request.url.includes("cursor=2") ? [200, { results: [{ id: 1 }], next: null }] : [200, { results: [{ id: 3 }, { id: 2 }], next: `${request.url}?cursor=2` }];
  const ids = [];
  for await (const { id } of client.each("user.posts", { id: 7 })) ids.push(id);
  assert.deepEqual(ids, [3, 2, 1]);
});

test("who has logged out calls what is open, and is told where a session is needed", async (t) => {
  const { server, client } = await loggedIn(t);
  await client.logOut();
  server.rest = async (method, path, body, request) => (request.headers.authorization ? [500, {}] : path.endsWith("/1/") ? [200, POST] : [401, problem(401, "token_missing")]);
  assert.equal((await client.post.get({ id: 1 })).id, 1);
  await assert.rejects(client.bookmark.list(), LoggedOutError);
  await assert.rejects(client.connect(), LoggedOutError);
});

test("a call can be given up", async (t) => {
  const { server, client } = await loggedIn(t);
  server.rest = () => new Promise(() => {});
  const given = new AbortController();
  const call = client.post.get({ id: 1 }, { signal: given.signal });
  await until(() => server.requests.some(([, path]) => path === "/api/posts/1/"));
  given.abort();
  await assert.rejects(call, { name: "AbortError" });
});

test("who logs in while the session before is being revoked stays logged in", async (t) => {
  const { server, client } = await loggedIn(t);
  let revoke;
  const revoked = new Promise((resolve) => (revoke = resolve));
  server.rest = async (method, path) => {
    if (path.includes("revoke")) await revoked;
    return [200, server.me];
  };
  const gone = client.logOut();
  await until(() => client.userId === null);
  await client.logIn("ann", "a password");
  revoke();
  await gone;
  assert.equal(client.userId, 7);
});
