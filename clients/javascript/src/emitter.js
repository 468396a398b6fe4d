// Listeners by event. One that throws does not keep the others from hearing.

export class Emitter {
  #listeners = new Map();

  /** Call `listener(data, name)` at each event of that name, "*" for all; returns what ends that. */
  on(name, listener) {
    if (!this.#listeners.has(name)) this.#listeners.set(name, new Set());
    this.#listeners.get(name).add(listener);
    return () => this.#listeners.get(name)?.delete(listener);
  }

  /** Resolve with the data of the next event of that name. */
  once(name) {
    return new Promise((resolve) => {
      const off = this.on(name, (data) => {
        off();
        resolve(data);
      });
    });
  }

  /** Tell all listeners; resolves when those that answer a promise are done. */
  emit(name, data) {
    const all = [...(this.#listeners.get(name) ?? []), ...(this.#listeners.get("*") ?? [])];
    return Promise.all(all.map((listener) => this.#call(listener, name, data)));
  }

  async #call(listener, name, data) {
    try {
      await listener(data, name);
    } catch (error) {
      if (name !== "error" && this.#listeners.get("error")?.size) await this.emit("error", error);
      else (globalThis.reportError ?? console.error)(error);
    }
  }
}
