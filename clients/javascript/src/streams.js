// The streams of new posts that one listens to: after a lost connection each goes on from its last cursor.

import { ProblemError } from "./errors.js";

export class Streams {
  #cursors = new Map(); // of those that are listened to, by name
  #early = new Map(); // of those whose first answer is still to come
  #heard = new Map(); // how many posts came by each
  #names = new Map(); // by what was asked for
  #call; #tell;

  /** call(name, input, options) sends a command; tell(name, data) is told of how each is gone on with. */
  constructor({ call, tell }) {
    this.#call = call;
    this.#tell = tell;
  }

  /** Do a command of streams, and remember what is listened to; resolves with its answer. */
  async run(name, input, options) {
    if (name === "stream.unsubscribe") {
      const answer = await this.#call(name, input, options);
      this.#cursors.delete(this.#names.get(input.stream) ?? input.stream);
      return answer;
    }
    const before = new Map(this.#heard);
    const answer = await this.#call(name, input, options);
    const { stream } = answer, came = (this.#heard.get(stream) ?? 0) - (before.get(stream) ?? 0);
    this.#names.set(input.stream, stream);
    // Those missed came before the answer; others, right behind it, are further than the answer.
    const now = this.#cursors.get(stream) ?? this.#early.get(stream);
    this.#cursors.set(stream, came > answer.missed ? now : answer.cursor);
    this.#early.delete(stream);
    return answer;
  }

  /** Note how far a stream has come. */
  heard({ stream, cursor }) {
    this.#heard.set(stream, (this.#heard.get(stream) ?? 0) + 1);
    (this.#cursors.has(stream) ? this.#cursors : this.#early).set(stream, cursor);
  }

  /** Listen again to all, on a new connection. */
  async resume() {
    await Promise.all([...this.#cursors].map(async ([stream, cursor]) => {
      try {
        this.#tell("stream.subscribed", await this.run("stream.subscribe", { stream, cursor }));
      } catch (error) {
        if (!(error instanceof ProblemError) || error.passes) return; // with the next connection
        this.#cursors.delete(stream);
        this.#tell("error", error);
      }
    }));
  }

  clear() {
    this.#cursors.clear();
    this.#early.clear();
    this.#heard.clear();
  }
}
