// REST and commands behind one call.

import { LoggedOutError, ProblemError, UnreachableError } from "./errors.js";
import { request } from "./http.js";
import { OPERATIONS } from "./operations.js";

export const TIMEOUT_MS = 10_000;
const UPLOAD_MS = 60_000;
const AGAIN_MS = 1000; // where the server names no time
const FIRST_WAIT_MS = 200, LONGEST_WAIT_MS = 2000; // where it was not reached
// Done twice these are two: with an unknown outcome nobody but the caller may try again. Whatever else
// is not named by a client_id is the same when done twice.
const ONCE = new Set(["conversation.create", "report.create", "user.register", "session.rotate"]);

/** A name for a write, by which the server knows a retry for one. */
export function newClientId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class Calls {
  /** access(stale) resolves with a token, null when nobody is logged in; connection() is the socket or null. */
  constructor({ url, access, connection, fetch }) {
    this.url = url;
    this.access = access;
    this.connection = connection;
    this.fetch = fetch;
  }

  /**
   * Call an operation of the API; resolves with its result, where `next` is the cursor of the next page.
   *
   * It goes by the socket where that is up and has the operation, else by REST. Where the server says
   * when to come again, and `timeout` (milliseconds, for all of it) leaves the time, the call is made
   * again; likewise when the answer is lost, if doing it twice is doing it once. `rest`: not by the
   * socket; `token`: with this access token instead of the session's. Throws ProblemError,
   * UnreachableError (nobody knows whether it was done), LoggedOutError.
   */
  async call(name, input = {}, { timeout, signal, rest = false, token } = {}) {
    const operation = OPERATIONS[name];
    if (!operation) throw new TypeError(`There is no operation ${name}.`);
    const hasFile = (operation.files ?? []).some((file) => input[file] instanceof Blob);
    const ends = Date.now() + (timeout ?? (hasFile ? UPLOAD_MS : TIMEOUT_MS));
    if (operation.clientId) input = { ...input, client_id: input.client_id ?? newClientId() };
    const mayCommand = operation.command && !hasFile && !rest;
    let lost = false; // the socket, by the try before
    for (let attempt = 0; ; attempt += 1) {
      const bySocket = mayCommand && (!operation.method || (!lost && this.connection()?.live));
      try {
        const result = bySocket
          ? await this.#command(name, input, ends)
          : await this.#rest(operation, input, { hasFile, ends, signal, token });
        return withCursor(result);
      } catch (error) {
        if (signal?.aborted) throw signal.reason;
        const wait = this.#again(name, error, ends, attempt);
        if (wait === null || (!operation.method && error instanceof UnreachableError)) throw error;
        lost = bySocket && error instanceof UnreachableError;
        await pause(wait, signal);
      }
    }
  }

  // After how many ms it is worth another try; null for not at all.
  #again(name, error, ends, attempt) {
    const left = ends - Date.now();
    if (error instanceof UnreachableError) {
      const wait = Math.min(FIRST_WAIT_MS * 2 ** attempt, LONGEST_WAIT_MS);
      return !ONCE.has(name) && wait < left ? wait : null;
    }
    if (!(error instanceof ProblemError) || ![429, 503].includes(error.status)) return null;
    const wait = error.retryAfter === null ? AGAIN_MS : error.retryAfter * 1000;
    return wait < left ? wait : null;
  }

  #command(name, input, ends) {
    const connection = this.connection();
    if (!connection) throw new UnreachableError("Not connected.");
    return connection.command(name, input, Math.max(1, ends - Date.now()));
  }

  async #rest(operation, input, { hasFile, ends, signal, token: given }) {
    const { path, method, open, query } = operation;
    const rest = { ...input };
    const filled = path.replace(/\{(\w+)\}/g, (_, key) => {
      const value = rest[key];
      delete rest[key];
      return encodeURIComponent(value);
    });
    const ask = (access) => request(this.url + filled + (query ? queryOf(rest) : ""), {
      method, signal, fetch: this.fetch, timeout: ends - Date.now(),
      headers: access ? { Authorization: `Bearer ${access}` } : {},
      body: query ? undefined : hasFile ? formOf(rest) : rest,
    });
    if (open || given) return ask(given ?? null);
    const token = await this.access(null);
    try {
      return await ask(token);
    } catch (error) {
      if (error.status !== 401) throw error;
      if (token === null) throw new LoggedOutError("Nobody is logged in.", { cause: error });
      if (error.code === "wrong_credentials") throw error;
      return ask(await this.access(token));
    }
  }
}

function queryOf(input) {
  const given = Object.entries(input).filter(([, value]) => value !== undefined && value !== null);
  return given.length ? `?${new URLSearchParams(given)}` : "";
}

function formOf(input) {
  const form = new FormData();
  for (const [name, value] of Object.entries(input)) {
    if (value !== undefined && value !== null) form.append(name, value instanceof Blob ? value : String(value));
  }
  return form;
}

// REST answers the address of the next page, a command its cursor.
function withCursor(result) {
  if (!result?.next?.startsWith?.("/")) return result;
  return { ...result, next: new URL(result.next, "http://next").searchParams.get("cursor") };
}

function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    }, { once: true });
  });
}
