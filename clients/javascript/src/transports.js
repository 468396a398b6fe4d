// Engine.IO 4, https://github.com/socketio/engine.io-protocol: packets of text over a WebSocket, or over
// requests where WebSockets do not get through. Each transport calls `packet(text)` for each packet and
// `closed()` once, and has send(text) and close().

const OPEN = "0", CLOSE = "1", MESSAGE = "4", NOOP = "6";
const IS_OPEN = 1; // of a WebSocket
const SEPARATOR = "\x1e";
const POLL_MS = 60_000; // the server answers a poll within its interval of pings

export class WebSocketTransport {
  #socket;

  constructor(base, { packet, closed, WebSocket = globalThis.WebSocket }) {
    this.#socket = new WebSocket(`${base.replace(/^http/, "ws")}?EIO=4&transport=websocket`);
    this.#socket.onmessage = ({ data }) => packet(String(data));
    this.#socket.onclose = this.#socket.onerror = () => closed();
  }

  static get supported() {
    return typeof globalThis.WebSocket === "function";
  }

  // On its way out it takes no more, and says so by `closed`.
  send(text) {
    if (this.#socket.readyState === IS_OPEN) this.#socket.send(text);
  }

  close() {
    this.#socket.close();
  }
}

export class PollingTransport {
  #url; #packet; #closed; #fetch;
  #waiting = []; #sending = false; #bytesMax = 65536; #aborted = new AbortController();

  constructor(base, { packet, closed, fetch = globalThis.fetch }) {
    this.#url = `${base}?EIO=4&transport=polling`;
    this.#packet = packet;
    this.#closed = closed;
    this.#fetch = (...asked) => fetch(...asked); // a browser's must not be called as a method
    this.#run();
  }

  send(text) {
    this.#waiting.push(text);
    if (!this.#sending) this.#flush();
  }

  close() {
    this.send(CLOSE);
    this.#end();
  }

  #end() {
    if (this.#aborted.signal.aborted) return;
    this.#aborted.abort();
    this.#closed();
  }

  async #run() {
    try {
      while (!this.#aborted.signal.aborted) {
        for (const packet of (await this.#ask("GET")).split(SEPARATOR)) this.#take(packet);
      }
    } catch {
      this.#end();
    }
  }

  #take(packet) {
    if (this.#aborted.signal.aborted || packet === NOOP || packet === "") return;
    if (packet.startsWith(OPEN)) {
      const { sid, maxPayload } = JSON.parse(packet.slice(1));
      this.#url += `&sid=${encodeURIComponent(sid)}`;
      this.#bytesMax = maxPayload ?? this.#bytesMax;
    }
    this.#packet(packet);
  }

  // Packets go in the order in which they were given: one request at a time.
  async #flush() {
    this.#sending = true;
    try {
      while (this.#waiting.length) await this.#ask("POST", this.#portion());
    } catch {
      this.#end();
    } finally {
      this.#sending = false;
    }
  }

  #portion() {
    const encoder = new TextEncoder();
    let bytes = 0, count = 0;
    for (const packet of this.#waiting) {
      bytes += encoder.encode(packet).length + 1;
      if (count && bytes > this.#bytesMax) break;
      count += 1;
    }
    return this.#waiting.splice(0, count).join(SEPARATOR);
  }

  async #ask(method, body) {
    const signals = [AbortSignal.timeout(POLL_MS)];
    if (method === "GET") signals.push(this.#aborted.signal); // a last CLOSE still goes
    const response = await this.#fetch(this.#url, {
      method, body, cache: "no-store", signal: AbortSignal.any(signals),
      headers: body === undefined ? {} : { "Content-Type": "text/plain;charset=UTF-8" },
    });
    if (!response.ok) throw new Error(`The server answered ${response.status}.`);
    return response.text();
  }
}

export const isMessage = (packet) => packet.startsWith(MESSAGE);
