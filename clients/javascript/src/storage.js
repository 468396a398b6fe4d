// Where a client keeps what must outlive it: its session, its position and its outbox. Each storage
// has get(key), set(key, value), delete(key) and entries(prefix); set resolves once the value would
// survive a crash. Values are what the structured clone algorithm takes, Blobs included.

/** In a database of the browser's, shared by all tabs of the origin. */
export class IndexedDbStorage {
  #database = null;

  constructor(name = "mini-twitter") {
    this.name = name;
  }

  get(key) {
    return this.#do("readonly", (store) => store.get(key));
  }

  async set(key, value) {
    await this.#do("readwrite", (store) => store.put(value, key));
  }

  async delete(key) {
    await this.#do("readwrite", (store) => store.delete(key));
  }

  /** Resolve with [key, value] of all keys that begin so, in their order. */
  async entries(prefix) {
    const range = IDBKeyRange.bound(prefix, `${prefix}\uffff`);
    let values;
    const keys = await this.#do("readonly", (store) => {
      values = store.getAll(range);
      return store.getAllKeys(range);
    });
    return keys.map((key, index) => [key, values.result[index]]);
  }

  #open() {
    this.#database ??= new Promise((resolve, reject) => {
      const asked = indexedDB.open(this.name, 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore("values");
      asked.onsuccess = () => {
        // Closed by the browser, or for a newer version in another tab: opened anew when needed.
        asked.result.onclose = () => (this.#database = null);
        asked.result.onversionchange = () => {
          asked.result.close();
          this.#database = null;
        };
        resolve(asked.result);
      };
      asked.onerror = () => reject(asked.error);
    });
    this.#database.catch(() => (this.#database = null));
    return this.#database;
  }

  async #do(mode, work) {
    const database = await this.#open();
    return new Promise((resolve, reject) => {
      const transaction = database.transaction("values", mode, { durability: "strict" });
      const asked = work(transaction.objectStore("values"));
      transaction.oncomplete = () => resolve(asked.result);
      transaction.onabort = () => reject(transaction.error ?? new Error("The storage is full or forbidden."));
    });
  }
}

/** Nowhere: what it holds is gone with the process. */
export class MemoryStorage {
  #values = new Map();

  async get(key) {
    return structuredClone(this.#values.get(key));
  }

  async set(key, value) {
    this.#values.set(key, structuredClone(value));
  }

  async delete(key) {
    this.#values.delete(key);
  }

  async entries(prefix) {
    const found = [...this.#values].filter(([key]) => key.startsWith(prefix));
    return structuredClone(found.sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

/** What the platform has: IndexedDB in a browser, else memory. */
export function defaultStorage() {
  return globalThis.indexedDB ? new IndexedDbStorage() : new MemoryStorage();
}
