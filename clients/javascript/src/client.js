// A client of one server and one account at a time: the session, the connection, calls, the outbox and
// the store, put together.

import { Calls } from "./calls.js";
import { Connection } from "./connection.js";
import { Emitter } from "./emitter.js";
import { LoggedOutError, UnreachableError } from "./errors.js";
import { OPERATIONS } from "./operations.js";
import { Outbox } from "./outbox.js";
import { Store } from "./store.js";
import { Streams } from "./streams.js";
import { defaultStorage } from "./storage.js";
import { Tokens } from "./tokens.js";

const IN_BROWSER = typeof document !== "undefined";
const HEARTBEAT_MS = 5000; // silence after which a page that is looked at asks for a sign of life

/**
 * Emits every event of the server by its name, and "state" ("closed", "connecting", "live", "offline"),
 * "reset" (what was fetched before is to be fetched again), "ended" ({code, reason}: this session is
 * over), "account" (the id of who has logged in in another tab, or null: nobody) and "error" (what a
 * listener threw).
 */
export class Client extends Emitter {
  #calls; #streams; #tokens; #connection = null; #remember; #options; #storage; #cookies;
  #left = null; // where whom was, who closed: {userId, position}
  #abandon = () => {}; // whoever waits for the connection
  #handling = Promise.resolve(); #saving = null; #off = () => {};

  /**
   * url: of the server, without a path. storage: what keeps session, position and outbox. cookies: for
   * a page of the server's own: the refresh token is in a cookie that no script can read. remember: keep
   * the position in the event log, too, and go on there after a restart; each event then waits until
   * the listeners of the one before are done, and comes again if the process dies in between.
   */
  constructor(url = globalThis.location?.origin, { storage = defaultStorage(), cookies = false, remember = false, fetch, ...options } = {}) {
    super();
    this.url = url.replace(/\/+$/, "");
    this.#storage = storage;
    this.#cookies = cookies;
    this.#remember = remember;
    this.#options = { heartbeat: IN_BROWSER ? HEARTBEAT_MS : 0, fetch, ...options };
    this.store = new Store();
    this.#calls = new Calls({
      url: this.url, fetch, connection: () => this.#connection,
      access: async (stale) => (this.#tokens.session ? this.#tokens.access(stale) : null),
    });
    this.#streams = new Streams({
      call: (...call) => this.#calls.call(...call),
      tell: (event, data) => this.emit(event, data),
    });
    this.#tokens = new Tokens({
      storage, scope: this.url, cookies,
      exchange: (refresh) => this.#calls.call("session.rotate", this.#refreshInput(refresh)),
      revoke: (token) => this.#calls.call("session.revoke", {}, { token }),
      changed: (...change) => this.#sessionChanged(...change),
    });
    this.outbox = new Outbox({
      storage, scope: this.url, call: (...call) => this.call(...call),
      took: (operation, result) => this.#take(operation, result),
      mayTry: () => this.live || globalThis.navigator?.onLine !== false,
    });
    addNamespaces(this);
  }

  get state() {
    return this.#connection?.state ?? "closed";
  }

  get live() {
    return this.#connection?.live ?? false;
  }

  /** The id of who is logged in, or null. */
  get userId() {
    return this.#tokens.session?.userId ?? null;
  }

  /** The access token, for a request that this library does not make. */
  accessToken() {
    return this.#tokens.access();
  }

  // The session.

  /** Go on with the stored session; resolves with whether there is one. */
  async restore() {
    const session = await this.#tokens.restore();
    await this.outbox.open(session?.userId ?? null);
    return session !== null;
  }

  /** Log in; resolves with Me. */
  async logIn(username, password, code) {
    const cookie = this.#cookies ? { cookie: true } : {};
    return this.#begin(() => this.call("session.open", { username, password, ...(code ? { code } : {}), ...cookie }));
  }

  /** Take up a session of tokens got elsewhere: `{access, refresh, expires_in}`. Resolves with Me. */
  async resumeWith(pair) {
    const moves = this.#cookies && pair.refresh;
    return this.#begin(() => (moves ? this.call("session.rotate", this.#refreshInput(pair.refresh)) : pair));
  }

  /** Act by a personal access token, or a bot's, with the scope `account:read`; resolves with Me. For programs, not for pages. */
  async useToken(token) {
    if (this.#cookies) throw new TypeError("A page has no personal access token.");
    return this.#begin(async () => ({ access: token, refresh: null, personal: true }));
  }

  #begin(getPair) {
    return this.#tokens.exclusively(async () => {
      const pair = await getPair();
      this.close();
      this.#left = null;
      this.store.clear();
      this.#streams.clear();
      const me = await this.call("user.me", {}, { token: pair.access });
      await this.#tokens.keep(pair, me.id);
      await this.outbox.open(me.id);
      if (this.#options.store !== false) this.store.take("Me", me);
      return me;
    });
  }

  // Without a token the server takes that of the cookie; with one it moves it there.
  #refreshInput(refresh) {
    if (!this.#cookies) return { refresh };
    return refresh ? { refresh, cookie: true } : {};
  }

  /** End the session, here and at the server. What the outbox holds stays for the next log-in. */
  async logOut() {
    this.close();
    const token = await this.#tokens.access().catch(() => null);
    const refresh = this.#tokens.session?.refresh;
    await this.#tokens.leave();
    await this.outbox.open(null);
    this.#left = null;
    this.store.clear();
    this.#streams.clear();
    // Who logs in meanwhile is not disturbed.
    if (this.#cookies) await this.#tokens.finishLeaving(token);
    else if (token && refresh) await this.call("session.revoke", { refresh }, { token }).catch(() => {});
  }

  // The connection.

  /** Connect, and stay so; resolves with the first session.ready. */
  async connect() {
    if (!this.#tokens.session && !(await this.restore())) throw new LoggedOutError("Nobody is logged in.");
    if (this.#connection) return;
    const { userId } = this, left = this.#left;
    this.#left = null;
    const stored = this.#remember ? await this.#storage.get(`position ${userId}`) : null;
    const position = (left?.userId === userId ? left.position : stored) ?? {};
    const connection = (this.#connection = new Connection(this.url, {
      ...this.#options, position, userId,
      access: (stale) => this.#tokens.access(stale),
      hear: (name, data, seq) => this.#hear(name, data, seq),
      changed: (state) => this.#changed(state),
      ended: (reason) => this.#ended(reason),
    }));
    this.#off = this.#listenToPlatform(connection);
    const ready = new Promise((resolve, reject) => {
      const offs = [
        this.on("session.ready", (data) => done(resolve, data)),
        this.on("ended", ({ reason }) => done(reject, new LoggedOutError(reason))),
      ];
      const done = (settle, value) => {
        offs.forEach((off) => off());
        settle(value);
      };
      this.#abandon = () => done(reject, new UnreachableError("Closed before there was a connection."));
    });
    ready.catch(() => {});
    connection.start();
    return ready;
  }

  /** Close the connection and stop what runs by itself; the session stays. */
  close() {
    this.#off();
    this.#abandon();
    this.#connection?.stop();
    if (this.#connection) this.#left = { userId: this.#connection.userId, position: this.#connection.position };
    this.#connection = null;
  }

  #listenToPlatform(connection) {
    if (!IN_BROWSER) return () => {};
    const seen = () => document.hidden || connection.probe();
    const on = () => connection.hurry(), off = () => connection.networkLost();
    addEventListener("online", on);
    addEventListener("offline", off);
    document.addEventListener("visibilitychange", seen);
    return () => {
      removeEventListener("online", on);
      removeEventListener("offline", off);
      document.removeEventListener("visibilitychange", seen);
    };
  }

  #changed(state) {
    this.emit("state", state);
    if (state !== "live") return;
    this.outbox.flush();
    this.#streams.resume();
  }

  async #ended(reason) {
    this.#connection = null;
    this.#off();
    await this.#tokens.keep(null);
    this.emit("ended", reason);
  }

  #sessionChanged(session, before, elsewhere) {
    if (before && session?.userId !== before.userId) this.store.clear();
    if (elsewhere && session?.userId !== before?.userId) this.emit("account", session?.userId ?? null);
    if (session && before && session.userId === before.userId && this.live) {
      this.call("session.refresh", { token: session.access }).catch(() => {});
    } else if (before && session?.userId !== before.userId && this.#connection) {
      // It has ended, or somebody else has logged in, in another tab.
      this.close();
      this.emit("ended", { code: "session_ended", reason: "The session has ended." });
    }
  }

  // Events.

  #hear(name, data, seq) {
    const isReset = name === "session.ready" && data.resume.status === "reset";
    if (isReset) this.store.clear();
    this.store.apply(name, data, seq);
    if (name === "stream.post") this.#streams.heard(data);
    if (name === "session.expiring") this.#tokens.renew().catch(() => {});
    if (name === "message.created") this.#knowConversation(data.message.conversation_id);
    if (name.endsWith("pinned") && this.store.conversations.has(data.conversation_id)) this.call("conversation.get", { conversation_id: data.conversation_id }).catch(() => {}); // how many there are
    if (name === "conversation.read" && data.user_id === this.userId) this.#countUnread(data.conversation_id);
    const tell = async () => {
      if (isReset) await this.emit("reset", data);
      await this.emit(name, data);
    };
    if (!this.#remember) return void tell();
    const { position, userId } = this.#connection;
    this.#handling = this.#handling.then(tell).then(() => (seq !== null || name === "session.ready" || name === "post.created") && this.#save(`position ${userId}`, position));
  }

  // One write at a time; of those that come meanwhile the last of each account.
  #save(key, position) {
    if (this.#saving) return void this.#saving.set(key, position);
    const saving = (this.#saving = new Map([[key, position]]));
    const write = async () => {
      for (const [next, its] of saving) { // what is set meanwhile comes behind
        saving.delete(next);
        await this.#storage.set(next, its);
      }
    };
    write().catch((error) => this.emit("error", error)).finally(() => (this.#saving = null));
  }

  #knowConversation(id) {
    if (this.#options.store === false || this.store.conversations.has(id)) return;
    this.call("conversation.get", { conversation_id: id }).catch(() => {});
  }

  // Of a conversation that is not known, how much was unread is not known either.
  #countUnread(id) {
    if (this.#options.store === false || this.store.conversations.has(id)) return;
    this.call("user.me").catch(() => {});
  }

  // Calls.

  /**
   * Call an operation by its name: `client.call("post.create", {content})` is
   * `client.post.create({content})`. See Calls.call for options and errors.
   */
  async call(name, input, options) {
    if (name.startsWith("stream.")) return this.#streams.run(name, input, options);
    const asked = this.store.changes.begun();
    try {
      const result = await this.#calls.call(name, input, options);
      this.#take(name, result, input, asked);
      return result;
    } finally {
      this.store.changes.ended(asked);
    }
  }

  #take(name, result, input = {}, asked = null) {
    const { returns: shape, method } = OPERATIONS[name];
    if (!shape || this.#options.store === false) return;
    const isRead = !method || method === "GET";
    this.store.take(shape, result, isRead ? asked : null);
    if (name === "message.list") this.store.takeHistory(input.conversation_id, result, input.cursor);
  }

  /** Go through all pages of a list: `for await (const post of client.each("user.posts", {id}))`. */
  async *each(name, input = {}, options) {
    let cursor;
    do {
      const page = await this.call(name, cursor ? { ...input, cursor } : input, options);
      yield* page.results;
      cursor = page.next;
    } while (cursor);
  }
}

// client.post.create(input, options) for "post.create".
function addNamespaces(client) {
  for (const name of Object.keys(OPERATIONS)) {
    const path = name.split(".");
    const leaf = path.pop();
    let place = client;
    for (const part of path) place = place[part] ??= {};
    place[leaf] = (input, options) => client.call(name, input, options);
  }
}
