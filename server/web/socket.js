// A Socket.IO v4 client over WebSocket: what this page needs of it, and what the server's guarantees
// ask of a client. It keeps its position in the user's event log and feed, resumes from there after a
// lost connection, and reconnects when a `seq` is missing.

const OPEN = "0", CLOSE = "1", PING = "2", PONG = "3";
const CONNECT = "40", DISCONNECT = "41", EVENT = "42";
const PACKET = /^4([0-4])(\d*)(.*)$/s; // type, ack id, JSON
const FIRST_WAIT_MS = 400, LONGEST_WAIT_MS = 20_000, ACK_MS = 10_000, OPEN_MS = 10_000;

export class Offline extends Error {
  name = "Offline";
}

export class Refused extends Error {
  constructor(problem) {
    super(problem.detail || problem.title);
    this.status = problem.status;
    this.code = problem.code;
  }
}

export class Socket {
  #url; #token; #hear; #changed; #ended;
  #ws = null; #acks = new Map(); #ackId = 0;
  #memory = {}; // since, epoch, feed_since
  #attempt = 0; #wait = null; #watchdog = null; #silence = OPEN_MS;
  #closing = null; #staleToken = false; #wanted = false;
  live = false;

  // token(stale) returns an access token, a new one if the last was refused; hear(name, data) receives
  // every event; changed(live) is called when the connection opens or closes, ended(reason) when this
  // session cannot connect any more.
  constructor({ url, token, hear, changed, ended }) {
    this.#url = url;
    this.#token = token;
    this.#hear = hear;
    this.#changed = changed;
    this.#ended = ended;
    addEventListener("online", () => this.hurry());
    document.addEventListener("visibilitychange", () => document.hidden || this.hurry());
  }

  start() {
    this.#wanted = true;
    this.#open();
  }

  stop() {
    this.#wanted = false;
    this.#memory = {};
    clearTimeout(this.#wait);
    this.#drop();
  }

  // Connect now instead of at the next attempt.
  hurry() {
    if (this.#wait !== null) this.#later(0);
  }

  // The data of a command's ack. Throws Refused with the problem, or Offline when nobody knows
  // whether it was done: what has a client_id can be sent again.
  command(name, data) {
    if (!this.live) return Promise.reject(new Offline("Not connected."));
    return new Promise((resolve, reject) => {
      const id = this.#ackId++;
      const timer = setTimeout(() => this.#settle(id, null), ACK_MS);
      this.#acks.set(id, { resolve, reject, timer });
      this.#ws.send(`${EVENT}${id}${JSON.stringify([name, data])}`);
    });
  }

  async #open() {
    this.#wait = null;
    let token;
    try {
      token = await this.#token(this.#staleToken);
      this.#staleToken = false;
    } catch (error) {
      if (!this.#wanted) return;
      if (error.status === 401) this.#end("Your session has ended.");
      else this.#later();
      return;
    }
    if (!this.#wanted || this.#ws) return;
    this.#auth = token;
    this.#silence = OPEN_MS;
    const ws = (this.#ws = new WebSocket(this.#url));
    ws.onmessage = ({ data }) => ws === this.#ws && this.#packet(data);
    ws.onclose = () => ws === this.#ws && this.#lost();
    this.#expectMore();
  }
  #auth;

  #packet(text) {
    this.#expectMore();
    if (text === PING) return this.#ws.send(PONG);
    if (text === CLOSE) return this.#lost();
    if (text.startsWith(OPEN)) {
      const { pingInterval, pingTimeout } = JSON.parse(text.slice(1));
      this.#silence = pingInterval + pingTimeout;
      return this.#ws.send(CONNECT + JSON.stringify({ token: this.#auth, ...this.#memory }));
    }
    const [, type, id, json] = PACKET.exec(text) ?? [];
    if (type === "1") this.#lost();
    else if (type === "2") this.#event(...JSON.parse(json));
    else if (type === "3") this.#settle(Number(id), JSON.parse(json)[0]);
    else if (type === "4") this.#refused(JSON.parse(json));
  }

  #event(name, { seq, data }) {
    if (name === "session.ready") this.#ready(data);
    else if (seq !== null && seq <= this.#memory.since) return;
    else if (seq !== null && seq !== this.#memory.since + 1) return this.#lost(); // reconnect to recover it
    else if (seq !== null) this.#memory.since = seq;
    if (name === "session.closing") this.#closing = data;
    if (name === "post.created") this.#memory.feed_since = data.cursor;
    this.#hear(name, data);
  }

  #ready({ seq, epoch, resume, feed }) {
    const since = resume.status === "resumed" ? seq - resume.missed : seq;
    this.#memory = { since, epoch, feed_since: feed.cursor };
    this.#attempt = 0;
    this.live = true;
    this.#changed(true);
  }

  #refused({ message, data }) {
    if (data?.status === 401 || data?.status === 403) this.#staleToken = true;
    if (data?.code === "invalid_resume") this.#memory = {};
    if (data?.status === 403) this.#end(message);
    else this.#lost((data?.retry_after ?? 0) * 1000);
  }

  #settle(id, ack) {
    const waiting = this.#acks.get(id);
    if (!waiting) return;
    this.#acks.delete(id);
    clearTimeout(waiting.timer);
    if (!ack) waiting.reject(new Offline("The server did not answer."));
    else if (ack.ok) waiting.resolve(ack.data);
    else waiting.reject(new Refused(ack.error));
  }

  // The connection is closed or dead: reconnect, unless the server said not to.
  #lost(atLeastMs = 0) {
    const closing = this.#closing;
    this.#drop();
    if (!this.#wanted) return;
    if (closing?.reconnect_in_ms === null) {
      if (closing.code !== "token_expired") return this.#end(closing.reason);
      this.#staleToken = true; // it expired while the device slept: try a new one
    }
    this.#later(closing?.reconnect_in_ms ?? Math.max(atLeastMs, this.#backoff()));
  }

  #drop() {
    const ws = this.#ws;
    this.#ws = null;
    this.#closing = null;
    clearTimeout(this.#watchdog);
    if (ws && ws.readyState <= WebSocket.OPEN) {
      if (this.live) ws.send(DISCONNECT);
      ws.close();
    }
    for (const id of [...this.#acks.keys()]) this.#settle(id, null);
    if (this.live) {
      this.live = false;
      this.#changed(false);
    }
  }

  #end(reason) {
    this.stop();
    this.#ended(reason);
  }

  #backoff() {
    const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#attempt++);
    return longest * (0.5 + Math.random() / 2);
  }

  #later(ms = this.#backoff()) {
    clearTimeout(this.#wait);
    this.#wait = setTimeout(() => this.#open(), ms);
  }

  // The server pings; when no ping comes in time, the connection is dead.
  #expectMore() {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => this.#lost(), this.#silence);
  }
}
