// Socket.IO 5, https://github.com/socketio/socket.io-protocol, and what the server's guarantees ask of a
// client: it keeps its position in the user's event log and in the feed, resumes there after a lost
// connection, and connects anew where a `seq` is missing.

import { backoff } from "./backoff.js";
import { LoggedOutError, ProblemError, UnreachableError } from "./errors.js";
import { isMessage, PollingTransport, WebSocketTransport } from "./transports.js";

const OPEN = "0", CLOSE = "1", PING = "2", PONG = "3";
const CONNECT = "40", DISCONNECT = "41", EVENT = "42";
const PACKET = /^4([0-4])(?:\/[^,]*,)?(\d*)(.*)$/s; // type, ack id, JSON
const FIRST_WAIT_MS = 400, LONGEST_WAIT_MS = 8000; // after an outage of any length all are back soon
const OPEN_MS = 10_000; // in which a transport must have opened
const BLOCKED_AFTER = 2; // WebSockets that do not open before polling is tried
const NOBODYS = Number.MAX_SAFE_INTEGER; // the id of no post
const LOST = { since: 0, epoch: "" }; // of no log: answered by a reset
const WEBSOCKET_AGAIN = 4; // while polling, each so many-th connection tries a WebSocket

export class Connection {
  #base; #access; #hear; #changed; #ended; #options;
  #transport = null; #acks = new Map(); #ackId = 0; #auth = null;
  #position = {}; // since, epoch, feed_since
  #attempt = 0; #wait = null; #watchdog = null; #silence = OPEN_MS; #heart = null;
  #closing = null; #stale = null; #wanted = false;
  #webSocketWorks = false; #unopened = 0; #opened = false;
  state = "closed"; // or "connecting", "live", "offline"

  /**
   * access(stale) resolves with an access token that is not that one; hear(name, data, seq) is told of each event in order,
   * changed(state) of each state, ended(reason) when this session cannot connect any more.
   * heartbeat: after so many ms of silence a live connection is asked for a sign; 0 for never.
   */
  constructor(url, { access, hear, changed, ended, position = {}, userId = null, ...options }) {
    this.userId = userId;
    this.#base = `${url}/socket.io/`;
    this.#access = access;
    this.#hear = hear;
    this.#changed = changed;
    this.#ended = ended;
    this.#position = position;
    this.#options = { heartbeat: 0, heartbeatTimeout: 4000, ...options };
  }

  get live() {
    return this.state === "live";
  }

  get position() {
    return this.#position;
  }

  start() {
    if (this.#wanted) return;
    this.#wanted = true;
    this.#become("connecting");
    this.#open();
  }

  stop() {
    this.#wanted = false;
    clearTimeout(this.#wait);
    this.#wait = null;
    this.#drop();
    this.#become("closed");
  }

  /** Connect now instead of at the next attempt. */
  hurry() {
    if (this.#wait !== null) this.#later(0);
  }

  /** The platform says that there is no network: do not wait until silence shows it. */
  networkLost() {
    if (this.#wanted && this.state !== "offline") this.#lost();
  }

  /** Ask for a sign of life at once, to find out whether the connection still stands. */
  async probe() {
    if (!this.live) return this.hurry();
    const transport = this.#transport;
    try {
      await this.command("post.unwatch", { ids: [NOBODYS] }, this.#options.heartbeatTimeout);
    } catch (error) {
      if (error instanceof UnreachableError && this.#transport === transport && this.live) this.#lost();
    }
  }

  /**
   * Send a command; resolves with the data of its ack. Throws ProblemError, or UnreachableError when
   * nobody knows whether it was done.
   */
  command(name, data, timeout) {
    if (!this.live) return Promise.reject(new UnreachableError("Not connected."));
    return new Promise((resolve, reject) => {
      const id = this.#ackId++;
      const timer = setTimeout(() => this.#settle(id, null), timeout);
      this.#acks.set(id, { resolve, reject, timer });
      this.#transport.send(`${EVENT}${id}${JSON.stringify([name, data])}`);
    });
  }

  async #open() {
    this.#wait = null;
    let token;
    try {
      token = await this.#access(this.#stale);
      this.#stale = null;
    } catch (error) {
      if (!this.#wanted) return;
      if (error instanceof LoggedOutError) this.#end({ code: "session_ended", reason: "The session has ended." });
      else this.#later();
      return;
    }
    if (!this.#wanted || this.#transport) return;
    this.#auth = token;
    this.#silence = OPEN_MS;
    this.#opened = false;
    const Transport = this.#chosen();
    const transport = (this.#transport = new Transport(this.#base, {
      ...this.#options,
      packet: (text) => transport === this.#transport && this.#packet(text),
      closed: () => transport === this.#transport && this.#lost(),
    }));
    this.#expectMore();
  }

  #chosen() {
    const { transports = [WebSocketTransport, PollingTransport], WebSocket } = this.#options;
    const usable = transports.filter((one) => one !== WebSocketTransport || WebSocket || one.supported);
    if (usable.length < 2 || this.#webSocketWorks || usable[0] !== WebSocketTransport) return usable[0];
    const tries = this.#unopened < BLOCKED_AFTER || this.#unopened % WEBSOCKET_AGAIN === 0;
    return tries ? usable[0] : usable[1];
  }

  #packet(text) {
    this.#expectMore();
    if (text === PING) return this.#transport.send(PONG);
    if (text === CLOSE) return this.#lost();
    if (text.startsWith(OPEN)) return this.#hello(JSON.parse(text.slice(1)));
    if (!isMessage(text)) return;
    const [, type, id, json] = PACKET.exec(text) ?? [];
    if (type === "1") this.#lost();
    else if (type === "2") this.#event(...JSON.parse(json));
    else if (type === "3") this.#settle(Number(id), JSON.parse(json)[0]);
    else if (type === "4") this.#refused(JSON.parse(json));
  }

  #hello({ pingInterval, pingTimeout }) {
    this.#opened = true;
    if (this.#transport instanceof WebSocketTransport) this.#webSocketWorks = true;
    this.#silence = pingInterval + pingTimeout;
    this.#expectMore();
    this.#transport.send(CONNECT + JSON.stringify({ token: this.#auth, ...this.#position }));
  }

  #event(name, { seq, data }) {
    if (name === "session.ready") this.#ready(data);
    else if (seq !== null && seq <= this.#position.since) return;
    else if (seq !== null && seq !== this.#position.since + 1) return this.#lost(); // connect anew to recover it
    else if (seq !== null) this.#position = { ...this.#position, since: seq };
    if (name === "session.closing") this.#closing = data;
    if (name === "post.created") this.#position = { ...this.#position, feed_since: data.cursor };
    this.#hear(name, data, seq);
    if (name === "session.ready" && this.live) this.#changed("live");
  }

  #ready({ seq, epoch, resume, feed }) {
    const since = resume.status === "resumed" ? seq - resume.missed : seq;
    this.#position = { since, epoch, feed_since: feed.cursor };
    this.#attempt = 0;
    this.state = "live"; // told after the event, in which commands may be sent already
  }

  #refused({ message, data }) {
    const problem = data ?? { status: 403, detail: message };
    if (problem.status === 401) this.#stale = this.#auth;
    if (problem.code === "invalid_resume") this.#position = LOST;
    if (problem.status === 403) this.#end({ code: problem.code, reason: problem.detail || message });
    else this.#lost((problem.retry_after ?? 0) * 1000);
  }

  #settle(id, ack) {
    const waiting = this.#acks.get(id);
    if (!waiting) return;
    this.#acks.delete(id);
    clearTimeout(waiting.timer);
    if (!ack) waiting.reject(new UnreachableError("The server did not answer in time."));
    else if (ack.ok) waiting.resolve(ack.data);
    else waiting.reject(new ProblemError(ack.error));
  }

  // The connection is closed or dead: connect anew, unless the server said not to.
  #lost(atLeastMs = 0) {
    const closing = this.#closing;
    if (!this.#opened && this.#transport instanceof WebSocketTransport) this.#unopened += 1;
    else if (this.#unopened >= BLOCKED_AFTER) this.#unopened += 1; // polling was in use
    this.#drop();
    if (!this.#wanted) return;
    if (closing?.reconnect_in_ms === null) {
      if (closing.code !== "token_expired") return this.#end(closing);
      this.#stale = this.#auth; // it expired while the device slept
    }
    this.#become("offline");
    this.#later(closing?.reconnect_in_ms ?? Math.max(atLeastMs, this.#backoff()));
  }

  #drop() {
    const transport = this.#transport;
    this.#transport = null;
    this.#closing = null;
    clearTimeout(this.#watchdog);
    clearTimeout(this.#heart);
    if (transport) {
      try {
        if (this.live) transport.send(DISCONNECT);
        transport.close();
      } catch {
        // It is closed already.
      }
    }
    for (const id of [...this.#acks.keys()]) this.#settle(id, null);
  }

  #end(reason) {
    this.stop();
    this.#ended(reason);
  }

  #become(state) {
    if (state === this.state) return;
    this.state = state;
    this.#changed(state);
  }

  #backoff() {
    return backoff(this.#attempt++, FIRST_WAIT_MS, LONGEST_WAIT_MS);
  }

  #later(ms = this.#backoff()) {
    clearTimeout(this.#wait);
    this.#wait = setTimeout(() => this.#open(), ms);
  }

  // The server pings; when no ping comes in time, the connection is dead.
  #expectMore() {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => this.#lost(), this.#silence);
    clearTimeout(this.#heart);
    const { heartbeat } = this.#options;
    if (heartbeat) this.#heart = setTimeout(() => this.live && this.probe(), heartbeat);
  }
}
