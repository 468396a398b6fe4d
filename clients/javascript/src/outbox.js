// What a person wrote, kept until the server has stored it or they discard it: over a lost connection,
// a reload, a crash, a reset of the session, another account's log-in.

import { backoff } from "./backoff.js";
import { newClientId } from "./calls.js";
import { Emitter } from "./emitter.js";
import { LoggedOutError, ProblemError } from "./errors.js";
import { locked } from "./locks.js";
import { OPERATIONS } from "./operations.js";

const SEND_MS = 10_000, UPLOAD_MS = 120_000;
const FIRST_WAIT_MS = 500, LONGEST_WAIT_MS = 30_000;
const KNOWN_MS = 23 * 3600_000; // the server knows a client_id again for 24 hours
// What changes a thing that is stored already: the operation, and its input without the changes.
const AMENDMENTS = {
  "message.send": ({ id, conversation_id }) => ["message.update", { id, conversation_id }],
  "post.create": ({ id }) => ["post.update", { id }],
};
const UNKNOWN = {
  type: "about:blank", title: "Nobody knows whether it was sent", status: 0, code: "outcome_unknown",
  detail: "It was tried more than a day ago, and no answer came. Sent again, it may be there twice.",
};

/**
 * Emits "change" with an entry that is new, or whose state is; "sent" with {entry, result, elsewhere}, in
 * every tab, `elsewhere` in those that did not send it; "gone" with one that was discarded. An entry has
 * the state "waiting", "sending" or "refused" (see `problem`).
 */
export class Outbox extends Emitter {
  #storage; #scope; #call; #took; #mayTry; #account = null; #entries = new Map();
  #settled = new Set(); // ids of what is sent or discarded: a storage that was read before still has it
  #stop = new AbortController(); // what is under way for this account
  #flushing = null; #again = false; #attempt = 0; #timer = null; #channel = null;

  /**
   * call(operation, input, options) sends one; took(operation, result) is told of what another tab has
   * sent; mayTry() says whether the server could be reached at all.
   */
  constructor({ storage, scope, call, took = () => {}, mayTry = () => true }) {
    super();
    this.#took = took;
    this.#mayTry = mayTry;
    this.#storage = storage;
    this.#scope = scope;
    this.#call = call;
    if (globalThis.window && globalThis.BroadcastChannel) {
      this.#channel = new BroadcastChannel(`mini-twitter.outbox ${scope}`);
      this.#channel.onmessage = ({ data: sent }) => (sent ? this.#sentElsewhere(sent) : this.#reload());
    }
  }

  /** What is not stored yet, in the order in which it was written. */
  get entries() {
    return [...this.#entries.values()];
  }

  /** Take up what this user has left to send; null when nobody is logged in. */
  async open(account) {
    if (account === this.#account) return;
    this.#leave();
    this.#account = account;
    await this.#reload();
    this.flush();
  }

  close() {
    this.#leave();
    this.#channel?.close();
  }

  #leave() {
    clearTimeout(this.#timer);
    this.#stop.abort();
    this.#stop = new AbortController();
    this.#account = null;
    this.#entries.clear();
  }

  /**
   * Send this, now or as soon as can be. Resolves with its entry once that would survive a crash:
   * until then the text is the caller's to keep. `pictures`, a list of {file, alt}, are kept with it,
   * sent first, and named in `media_ids`.
   */
  async send(operation, input) {
    if (!OPERATIONS[operation]?.clientId) throw new TypeError(`${operation} has no client_id, by which a retry is known.`);
    if (this.#account === null) throw new LoggedOutError("Nobody is logged in.");
    const id = input.client_id ?? newClientId();
    const entry = {
      id, account: this.#account, operation, input: { ...input, client_id: id },
      createdAt: Date.now(), triedAt: null, state: "waiting", problem: null, changes: null, edits: 0,
    };
    await this.#keep(entry);
    this.#entries.set(id, entry);
    this.emit("change", entry);
    this.flush();
    return entry;
  }

  /** Send again what was refused, with `changes` to its input; resolves with its new entry. */
  async retry(id, changes = {}) {
    const { operation, input, changes: before } = this.#entries.get(id);
    const { client_id: _, ...fields } = input;
    for (const picture of fields.pictures ?? []) delete picture.id;
    const entry = await this.send(operation, { ...fields, ...before, ...changes });
    await this.discard(id);
    return entry;
  }

  /**
   * Have it say something else; resolves with its entry, null when it waits no more. What was tried may
   * be stored already: that is sent as it was, so that it is there once, and changed there right after.
   */
  async edit(id, changes) {
    const entry = this.#entries.get(id);
    if (!entry) return null;
    if (entry.state === "refused") return this.retry(id, changes);
    if (entry.triedAt === null) entry.input = { ...entry.input, ...changes };
    else entry.changes = { ...entry.changes, ...changes };
    entry.edits += 1;
    await this.#keep(entry);
    this.emit("change", entry);
    this.flush();
    return entry;
  }

  /** Give it up. What is being sent may be stored all the same. */
  async discard(id) {
    const entry = this.#entries.get(id);
    if (!entry) return;
    this.#settle(entry);
    await this.#storage.delete(keyOf(entry));
    this.#channel?.postMessage(null);
    this.emit("gone", entry);
  }

  /** Try now, if anything waits. */
  flush() {
    clearTimeout(this.#timer);
    if (this.#flushing) {
      this.#again = true;
      return this.#flushing;
    }
    const account = this.#account;
    if (account === null || !this.#mayTry() || !this.entries.some(waits)) return Promise.resolve();
    this.#flushing = locked(`mini-twitter.outbox ${this.#scope} ${account}`, () => this.#flush(account))
      .catch((error) => this.emit("error", error))
      .finally(() => {
        this.#flushing = null;
        if (this.#again) this.flush();
        this.#again = false;
      });
    return this.#flushing;
  }

  async #flush(account) {
    await this.#reload(); // another tab may have sent some
    const pauses = await Promise.all(lanesOf(this.entries.filter(waits)).map((lane) => this.#drain(lane, account)));
    const wait = Math.min(...pauses.filter((ms) => ms !== null));
    if (wait === Infinity) this.#attempt = 0;
    else if (account === this.#account) this.#timer = setTimeout(() => this.flush(), wait);
  }

  // In the order in which they were written. Resolves with the ms after which to go on, or null.
  async #drain(lane, account) {
    for (const entry of lane) {
      if (account !== this.#account || !this.#entries.has(entry.id)) continue;
      const wait = await this.#deliver(entry);
      if (wait !== null) return wait;
    }
    return null;
  }

  async #deliver(entry) {
    if (entry.triedAt && Date.now() - entry.triedAt > KNOWN_MS) return this.#refused(entry, UNKNOWN);
    const { signal } = this.#stop;
    if (!hasPicturesLeft(entry)) await this.#tried(entry);
    this.#become(entry, "sending");
    try {
      const input = await this.#withPictures(entry, signal);
      await this.#tried(entry);
      const hasFile = Object.values(input).some((value) => value instanceof Blob);
      const stored = await this.#call(entry.operation, input, { signal, timeout: hasFile ? UPLOAD_MS : SEND_MS });
      const result = await this.#amended(entry, stored, signal);
      this.#settle(entry);
      this.#channel?.postMessage({ entry, result });
      await this.#storage.delete(keyOf(entry));
      this.emit("sent", { entry, result, elsewhere: false });
      return null;
    } catch (error) {
      if (signal.aborted) return null;
      const isProblem = error instanceof ProblemError;
      if (isProblem && await this.#pictureExpired(entry, error)) return 0;
      if (isProblem && !error.passes && error.status !== 401) return this.#refused(entry, error.problem);
      this.#become(entry, "waiting");
      if (error instanceof LoggedOutError) return null; // until somebody logs in
      return Math.max(this.#backoff(), (error.retryAfter ?? 0) * 1000);
    }
  }

  // Shown from its answer: a tab that has no connection just now would else have lost it from sight.
  #sentElsewhere({ entry, result }) {
    if (entry.account !== this.#account) return;
    this.#settle(entry);
    this.#took(entry.operation, result);
    this.emit("sent", { entry, result, elsewhere: true });
  }

  async #tried(entry) {
    if (!entry.triedAt) await this.#keep(Object.assign(entry, { triedAt: Date.now() }));
  }

  // Its input, once its pictures are with the server; each that is, is not sent again after a reload.
  async #withPictures(entry, signal) {
    const { pictures, ...input } = entry.input;
    if (!pictures) return input;
    for (const picture of pictures) {
      if (picture.id) continue;
      const { file, alt = "" } = picture;
      picture.id = (await this.#call("media.upload", { file, alt }, { signal, timeout: UPLOAD_MS })).id;
      await this.#keep(entry);
    }
    return { ...input, media_ids: pictures.map(({ id }) => id) };
  }

  // The server keeps what nothing shows for a day. Once more, then: had it been stored, that were its answer.
  async #pictureExpired(entry, { problem }) {
    const expired = Object.keys(problem.errors ?? {}).some((field) => field.startsWith("media_ids."));
    if (!expired || !entry.input.pictures || entry.sentAgain) return false;
    entry.sentAgain = true;
    for (const picture of entry.input.pictures) delete picture.id;
    await this.#keep(entry);
    this.#become(entry, "waiting");
    return true;
  }

  // What was changed after it had been tried. It is stored by then: a refusal leaves it as it is there.
  async #amended({ operation, changes }, stored, signal) {
    if (!changes) return stored;
    const [update, named] = AMENDMENTS[operation](stored);
    try {
      return await this.#call(update, { ...named, ...changes }, { signal, timeout: SEND_MS });
    } catch (error) {
      if (!(error instanceof ProblemError) || error.passes || error.status === 401) throw error;
      this.emit("error", error);
      return stored;
    }
  }

  async #refused(entry, problem) {
    if (this.#settled.has(entry.id)) return null; // discarded meanwhile
    entry.problem = problem;
    entry.state = "refused";
    await this.#keep(entry);
    this.emit("change", entry);
    return null;
  }

  #settle({ id }) {
    this.#entries.delete(id);
    this.#settled.add(id);
  }

  #become(entry, state) {
    if (entry.state === state) return;
    entry.state = state;
    this.emit("change", entry);
  }

  async #keep(entry) {
    await this.#storage.set(keyOf(entry), { ...entry, state: entry.state === "sending" ? "waiting" : entry.state });
    this.#channel?.postMessage(null);
  }

  // What another tab wrote, sent or discarded.
  async #reload() {
    const account = this.#account;
    if (account === null) return;
    const stored = new Map((await this.#storage.entries(`outbox ${account} `)).map(([, entry]) => [entry.id, entry]));
    if (account !== this.#account) return;
    for (const [id, entry] of this.#entries) {
      if (stored.has(id) || entry.state === "sending") continue;
      this.#entries.delete(id);
      this.emit("gone", entry);
    }
    for (const [id, entry] of stored) {
      if (this.#settled.has(id)) continue;
      const known = this.#entries.get(id);
      if (known && ((known.state === entry.state && known.edits === entry.edits) || known.state === "sending")) continue;
      this.#entries.set(id, known ? Object.assign(known, entry) : entry);
      this.emit("change", this.#entries.get(id));
    }
  }

  #backoff() {
    return backoff(this.#attempt++, FIRST_WAIT_MS, LONGEST_WAIT_MS);
  }
}

const hasPicturesLeft = ({ input }) => input.pictures?.some(({ id }) => !id) ?? false;

const waits = (entry) => entry.state === "waiting";

// Each conversation has an order of its own.
const laneOf = ({ operation, input }) => `${operation} ${input.conversation_id ?? ""}`;

const keyOf = ({ account, createdAt, id }) => `outbox ${account} ${String(createdAt).padStart(15, "0")} ${id}`;

function lanesOf(entries) {
  const lanes = new Map();
  for (const entry of entries) {
    const lane = laneOf(entry);
    if (!lanes.has(lane)) lanes.set(lane, []);
    lanes.get(lane).push(entry);
  }
  return [...lanes.values()];
}
