// The session: an access token, exchanged for the next before it ends, by one at a time.

import { LoggedOutError, ProblemError, UnreachableError } from "./errors.js";
import { locked } from "./locks.js";

const KEY = "session";
const LEAVING = { leaving: true }; // stored of who has logged out while the server was not reached
const EARLY_MS = 90_000; // before its end an access token is exchanged

export class Tokens {
  #storage; #exchange; #revoke; #lock; #cookies; #channel = null;
  #session = null; #renewing = null; #timer = null;

  /**
   * exchange(refresh) resolves with the next TokenPair, revoke(access) ends the session of the cookie;
   * changed(session, before, elsewhere) is told of each new session, null when it has ended: here, or
   * `elsewhere`, in another tab. With `cookies` the browser has the refresh token, the storage nothing
   * but the id of whose it is, and tabs tell each other the access token.
   */
  constructor({ storage, scope, exchange, revoke, changed, cookies = false }) {
    this.#storage = storage;
    this.#exchange = exchange;
    this.#revoke = revoke;
    this.#cookies = cookies;
    this.#lock = `mini-twitter.session ${scope}`;
    this.changed = changed;
    if (globalThis.window && globalThis.BroadcastChannel) {
      this.#channel = new BroadcastChannel(this.#lock);
      this.#channel.onmessage = async ({ data }) => this.#take(cookies ? data : await this.#stored(), true);
    }
  }

  get session() {
    return this.#session;
  }

  /** Take up the stored session, if there is one; where the server is not reached, without a token yet. */
  async restore() {
    const stored = await this.#stored();
    if (!stored && this.#cookies) this.finishLeaving().catch(() => {});
    if (!this.#cookies || !stored) this.#take(stored);
    else if (this.#session?.userId !== stored.userId) {
      this.#take(unknown(stored.userId));
      await this.renew().catch((error) => {
        const mayComeLater = error instanceof UnreachableError || error.passes;
        if (!mayComeLater && !(error instanceof LoggedOutError)) throw error;
      });
    }
    return this.#session;
  }

  /** Begin a session of a TokenPair, or of a personal access token `{access, personal: true}`, or end it with null. */
  async keep(pair, userId = this.#session?.userId ?? null, elsewhere = false) {
    const session = pair && {
      access: pair.access, refresh: this.#cookies ? null : pair.refresh, userId,
      ...(pair.personal ? { personal: true } : { life: pair.expires_in * 1000, ends: Date.now() + pair.expires_in * 1000 }),
    };
    if (session) await this.#storage.set(KEY, this.#cookies ? { userId } : session);
    else await this.#storage.delete(KEY);
    this.#take(session, elsewhere);
    this.#channel?.postMessage(this.#cookies ? session : null);
  }

  /** Forget the session. A cookie works until finishLeaving(), which a later restore() does where it was not. */
  async leave() {
    if (!this.#cookies || !this.#session) return this.keep(null);
    await this.#storage.set(KEY, LEAVING);
    this.#take(null);
    this.#channel?.postMessage(null);
  }

  /** Run `work`, which begins another session, while no tab exchanges tokens. */
  exclusively(work) {
    return locked(this.#lock, work);
  }

  /** Resolve with an access token that lasts a while, and is not that stale one. */
  async access(stale = null) {
    if (!this.#session) throw new LoggedOutError("Nobody is logged in.");
    const { access } = this.#session;
    return access !== stale && lasts(this.#session) ? access : this.renew();
  }

  renew() {
    const before = this.#session;
    this.#renewing ??= locked(this.#lock, () => this.#renew(before)).finally(() => (this.#renewing = null));
    return this.#renewing;
  }

  close() {
    clearTimeout(this.#timer);
    this.#channel?.close();
  }

  async #renew(before) {
    const mine = this.#session;
    const stored = await this.#stored();
    if (!mine) throw new LoggedOutError("Nobody is logged in.");
    if (!stored && this.#cookies) return this.#replaced(null); // another tab has logged out
    if (mine.userId !== before?.userId) return this.#replaced(mine);
    if (stored && stored.userId !== mine.userId) return this.#replaced(this.#cookies ? unknown(stored.userId) : stored);
    const latest = this.#cookies ? mine : (stored ?? mine);
    if (lasts(latest) && (latest.access !== mine.access || mine.access !== before.access)) {
      this.#take(latest); // another tab was faster
      return latest.access;
    }
    if (mine.personal) { // it is good until it is not: there is nothing to exchange it for
      await this.keep(null);
      throw new LoggedOutError("The token is good no longer.");
    }
    let pair;
    try {
      pair = await this.#exchange(stored?.refresh ?? mine.refresh);
    } catch (error) {
      if (!(error instanceof ProblemError) || error.status !== 401) throw error;
      await this.keep(null);
      throw new LoggedOutError("The session has ended.", { cause: error });
    }
    const userId = this.#cookies ? pair.user_id : mine.userId;
    await this.keep(pair, userId, userId !== mine.userId);
    if (userId !== mine.userId) this.#replaced(this.#session);
    return this.#session.access;
  }

  async #stored() {
    const stored = await this.#storage.get(KEY);
    return stored && !stored.leaving ? stored : null;
  }

  /** Have the server end the session of the cookie that somebody has left, if it is reached. */
  finishLeaving(access = null) {
    return locked(this.#lock, async () => {
      if (!(await this.#storage.get(KEY))?.leaving) return;
      try {
        await this.#revoke(access ?? (await this.#exchange(null)).access);
      } catch (error) {
        if (!(error instanceof ProblemError) || error.passes) return;
      }
      await this.#storage.delete(KEY);
    });
  }

  // A call of the former user must not be made as the next one.
  #replaced(session) {
    this.#take(session, true);
    throw new LoggedOutError(session ? "Somebody else has logged in." : "Nobody is logged in.");
  }

  #take(session, elsewhere = false) {
    const before = this.#session;
    this.#session = session;
    clearTimeout(this.#timer);
    if (session?.access && !session.personal) {
      const left = Math.max(0, session.ends - Date.now() - early(session));
      this.#timer = setTimeout(() => this.renew().catch(() => {}), left);
      this.#timer.unref?.();
    }
    if (before?.access !== session?.access || before?.userId !== session?.userId) this.changed(session, before, elsewhere);
  }
}

// A session whose access token is still to be got.
const unknown = (userId) => ({ access: null, refresh: null, userId, life: 0, ends: 0 });
// How long before its end.
const early = (session) => Math.min(EARLY_MS, session.life / 3);
const lasts = (session) => session.personal || session.ends - Date.now() > early(session);
