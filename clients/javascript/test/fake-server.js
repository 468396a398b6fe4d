// A server that does what a test says: REST answers by operation, Engine.IO over WebSocket and polling.

import http from "node:http";
import { WebSocketServer } from "ws";

const ME = {
  id: 7, username: "ann", display_name: "Ann", avatar: null, unread_notifications: 0, unread_messages: 0,
};

export class FakeServer {
  me = { ...ME };
  requests = []; // [method, path, body, headers]
  connects = []; // what each CONNECT said
  commands = []; // [name, data]
  sockets = new Set();
  seq = 10;
  epoch = "e1";
  blockWebSocket = false;
  silent = false;
  frames = Infinity; // that a WebSocket is sent before it is cut
  sessionEnded = false;
  tokens = 0;
  lasts = 900;
  rest = async () => [404, problem(404, "not_found")]; // (method, path, body) -> [status, body, headers]
  command = async () => null; // (name, data) -> result; throws a problem; undefined: no ack
  connect = () => null; // a problem to refuse with
  resume = () => null; // session.ready's resume, else as the log says
  log = new Map(); // seq -> [name, data]

  static async start(port = 0) {
    const server = new FakeServer();
    await server.listen(port);
    return server;
  }

  async listen(port = this.port ?? 0) {
    this.http = http.createServer((request, response) => this.#request(request, response));
    this.upgrades = new WebSocketServer({ noServer: true });
    this.http.on("upgrade", (request, socket, head) => {
      if (this.blockWebSocket) return socket.destroy();
      this.upgrades.handleUpgrade(request, socket, head, (ws) => {
        let left = this.frames;
        const send = (text) => {
          if (left > 0) ws.send(text);
          if ((left -= 1) === 0) ws.close();
        };
        const session = this.#session(send, () => ws.terminate());
        ws.on("message", (data) => session.packet(String(data)));
        ws.on("close", () => this.sockets.delete(session));
      });
    });
    await new Promise((resolve) => this.http.listen(port, "127.0.0.1", resolve));
    this.port = this.http.address().port;
    this.url = `http://127.0.0.1:${this.port}`;
  }

  // As kill -9 would.
  async stop() {
    this.cut();
    this.http.closeAllConnections();
    await new Promise((resolve) => this.http.close(resolve));
  }

  cut() {
    for (const session of this.sockets) session.cut();
    this.sockets.clear();
  }

  // A durable event, to all that are connected.
  tell(name, data) {
    this.seq += 1;
    this.log.set(this.seq, [name, data]);
    this.send(name, data, this.seq);
  }

  send(name, data, seq = null) {
    for (const session of this.sockets) if (session.ready) session.event(name, data, seq);
  }

  #session(write, cut) {
    const session = {
      ready: false,
      cut,
      event: (name, data, seq) => this.silent || write(`42${JSON.stringify([name, { seq, ts: "2026-01-01T00:00:00Z", data }])}`),
      packet: (text) => this.#packet(session, text, (packet) => this.silent || write(packet)),
    };
    this.sockets.add(session);
    write(`0${JSON.stringify({ sid: `s${Math.random()}`, upgrades: [], pingInterval: 25000, pingTimeout: 20000, maxPayload: 65536 })}`);
    return session;
  }

  async #packet(session, text, write) {
    if (text.startsWith("40")) return this.#connect(session, JSON.parse(text.slice(2)), write);
    const found = /^42(\d*)(\[.*)$/s.exec(text);
    if (!found) return;
    const [name, data] = JSON.parse(found[2]);
    this.commands.push([name, data]);
    try {
      const result = await this.command(name, data);
      if (result !== undefined) write(`43${found[1]}${JSON.stringify([{ ok: true, data: result }])}`);
    } catch (error) {
      if (error instanceof Error) throw error;
      write(`43${found[1]}${JSON.stringify([{ ok: false, error }])}`);
    }
  }

  #connect(session, auth, write) {
    this.connects.push(auth);
    const refusal = this.connect(auth);
    if (refusal) return write(`44${JSON.stringify({ message: refusal.detail, data: refusal })}`);
    const resumes = auth.since !== undefined && auth.epoch === this.epoch;
    const missed = resumes ? this.seq - auth.since : 0;
    const resume = this.resume(auth) ?? { status: resumes ? "resumed" : auth.since === undefined ? "fresh" : "reset", missed };
    session.ready = true;
    session.event("session.ready", {
      user: this.me, session_id: 1, seq: this.seq, epoch: this.epoch, expires_at: "2026-01-01T01:00:00Z", resume,
      feed: { posts: [], more: false, cursor: "c0" },
    }, null);
    if (resume.status !== "resumed") return;
    for (let seq = auth.since + 1; seq <= this.seq; seq += 1) session.event(...this.log.get(seq), seq);
  }

  async #request(request, response) {
    let body = "";
    for await (const part of request) body += part;
    const { pathname, searchParams } = new URL(request.url, this.url);
    if (pathname === "/socket.io/") return this.#poll(request, response, searchParams, body);
    const isForm = (request.headers["content-type"] ?? "").startsWith("multipart");
    const given = body && !isForm ? JSON.parse(body) : body || undefined;
    this.requests.push([request.method, request.url, given, request.headers]);
    const [status, answer, headers = {}] = await this.#answer(request.method, pathname, given, request);
    if (status === 0) return request.socket.destroy(); // the answer is lost
    response.writeHead(status, { "Content-Type": "application/json", ...headers });
    response.end(answer === null ? "" : JSON.stringify(answer));
  }

  #answer(method, path, body, request) {
    if (path === "/api/users/me/") return [200, this.me];
    if (path.startsWith("/api/users/token/")) return this.#token(path, body, request);
    return this.rest(method, path, body, request);
  }

  // The cookie of the server's rules: see docs/contract.md.
  #token(path, body, request) {
    const cookie = /mini_twitter_refresh=([^;]+)/.exec(request.headers.cookie ?? "")?.[1];
    const opens = path === "/api/users/token/", usesCookie = !opens && !body?.refresh;
    if (usesCookie && !cookie) return [401, problem(401, "token_missing")];
    const gone = usesCookie ? setCookie("", 0) : {};
    if (path.endsWith("/revoke/")) return [204, null, gone];
    if (!opens && (this.sessionEnded || (usesCookie && cookie !== this.cookie))) return [401, problem(401, "session_ended"), gone];
    const pair = this.pair();
    if (!usesCookie && !body?.cookie) return [200, pair];
    this.cookie = pair.refresh;
    return [200, { ...pair, refresh: null }, setCookie(pair.refresh, 3600)];
  }

  pair() {
    this.tokens += 1;
    return { access: `access${this.tokens}`, refresh: `refresh${this.tokens}`, token_type: "Bearer", expires_in: this.lasts, user_id: this.me.id };
  }

  // Long-polling: what is to be sent waits for a GET.
  #polls = new Map();

  #poll(request, response, query, body) {
    const answer = (status, text) => response.writeHead(status, { "Content-Type": "text/plain" }).end(text);
    let poll = this.#polls.get(query.get("sid"));
    if (!query.get("sid")) {
      poll = { packets: [], waiting: null };
      const flush = () => {
        if (!poll.waiting || !poll.packets.length) return;
        const waiting = poll.waiting;
        poll.waiting = null;
        waiting(200, poll.packets.splice(0).join("\x1e"));
      };
      poll.flush = flush;
      const session = this.#session((text) => { poll.packets.push(text); flush(); }, () => {
        poll.closed = true;
        poll.waiting?.(400, "closed");
      });
      poll.session = session;
      this.#polls.set(JSON.parse(poll.packets[0].slice(1)).sid, poll);
    }
    if (!poll || poll.closed) return answer(400, "unknown");
    if (request.method === "GET") {
      poll.waiting = answer;
      return poll.flush();
    }
    for (const packet of body.split("\x1e")) poll.session.packet(packet);
    answer(200, "ok");
  }
}

const setCookie = (value, seconds) => ({ "Set-Cookie": `mini_twitter_refresh=${value}; Max-Age=${seconds}; Path=/api/users/token/; HttpOnly; SameSite=Strict` });

export const problem = (status, code, more = {}) => ({ type: `/docs/errors/#${code}`, title: code, status, code, detail: code, ...more });

/** Wait until `condition` holds. */
export async function until(condition, ms = 20_000) {
  const ends = Date.now() + ms;
  while (!(await condition())) {
    if (Date.now() > ends) throw new Error(`not within ${ms} ms: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
