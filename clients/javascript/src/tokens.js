// The session: an access token, exchanged for the next before it ends, by one at a time.

import { LoggedOutError, ProblemError } from "./errors.js";
import { locked } from "./locks.js";

const KEY = "session";
const EARLY_MS = 90_000; // before its end an access token is exchanged

export class Tokens {
  #storage; #exchange; #lock; #channel = null;
  #session = null; #renewing = null; #timer = null;

  /**
   * exchange(refresh) resolves with the next TokenPair; changed(session, before, elsewhere) is told of each
   * new session, null when it has ended: here, or `elsewhere`, in another tab.
   */
  constructor({ storage, scope, exchange, changed }) {
    this.#storage = storage;
    this.#exchange = exchange;
    this.#lock = `mini-twitter.session ${scope}`;
    this.changed = changed;
    if (globalThis.window && globalThis.BroadcastChannel) {
      this.#channel = new BroadcastChannel(this.#lock);
      this.#channel.onmessage = async () => this.#take((await this.#storage.get(KEY)) ?? null, true);
    }
  }

  get session() {
    return this.#session;
  }

  /** Take up the stored session, if there is one. */
  async restore() {
    this.#take((await this.#storage.get(KEY)) ?? null);
    return this.#session;
  }

  /** Begin a session of a TokenPair, or end it with null. */
  async keep(pair, userId = this.#session?.userId ?? null) {
    const session = pair && {
      access: pair.access, refresh: pair.refresh, userId,
      life: pair.expires_in * 1000, ends: Date.now() + pair.expires_in * 1000,
    };
    if (session) await this.#storage.set(KEY, session);
    else await this.#storage.delete(KEY);
    this.#take(session);
    this.#channel?.postMessage(null);
  }

  /** Resolve with an access token that lasts a while, and is not that stale one. */
  async access(stale = null) {
    if (!this.#session) throw new LoggedOutError("Nobody is logged in.");
    const { access } = this.#session;
    return access !== stale && lasts(this.#session) ? access : this.renew();
  }

  renew() {
    this.#renewing ??= locked(this.#lock, () => this.#renew()).finally(() => (this.#renewing = null));
    return this.#renewing;
  }

  close() {
    clearTimeout(this.#timer);
    this.#channel?.close();
  }

  async #renew() {
    const mine = this.#session;
    const stored = await this.#storage.get(KEY);
    if (!mine) throw new LoggedOutError("Nobody is logged in.");
    if (stored && stored.access !== mine.access && lasts(stored)) {
      this.#take(stored); // another tab was faster
      return stored.access;
    }
    try {
      await this.keep(await this.#exchange(stored?.refresh ?? mine.refresh));
    } catch (error) {
      if (!(error instanceof ProblemError) || error.status !== 401) throw error;
      await this.keep(null);
      throw new LoggedOutError("The session has ended.", { cause: error });
    }
    return this.#session.access;
  }

  #take(session, elsewhere = false) {
    const before = this.#session;
    this.#session = session;
    clearTimeout(this.#timer);
    if (session) {
      const left = Math.max(0, session.ends - Date.now() - early(session));
      this.#timer = setTimeout(() => this.renew().catch(() => {}), left);
      this.#timer.unref?.();
    }
    if (before?.access !== session?.access) this.changed(session, before, elsewhere);
  }
}

// How long before its end.
const early = (session) => Math.min(EARLY_MS, session.life / 3);
const lasts = (session) => session.ends - Date.now() > early(session);
