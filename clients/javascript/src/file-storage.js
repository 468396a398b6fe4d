// A folder of the file system, for Node.js: a file for each key, replaced whole.

import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";

const ENDING = ".json";

/** One process at a time may use a folder. */
export class FileStorage {
  #ready;
  #last = Promise.resolve();

  constructor(folder) {
    this.folder = folder;
    this.#ready = mkdir(folder, { recursive: true, mode: 0o700 });
  }

  async get(key) {
    await this.#ready;
    try {
      return JSON.parse(await readFile(this.#path(key), "utf8"));
    } catch (error) {
      if (error.code === "ENOENT") return undefined;
      throw error;
    }
  }

  set(key, value) {
    return this.#inTurn(() => this.#write(key, JSON.stringify(value)));
  }

  delete(key) {
    return this.#inTurn(() => rm(this.#path(key), { force: true }));
  }

  async entries(prefix) {
    await this.#ready;
    const names = (await readdir(this.folder)).filter((name) => name.endsWith(ENDING));
    const keys = names.map((name) => decodeURIComponent(name.slice(0, -ENDING.length)));
    const found = keys.filter((key) => key.startsWith(prefix)).sort();
    return Promise.all(found.map(async (key) => [key, await this.get(key)]));
  }

  #inTurn(work) {
    const done = this.#last.then(() => this.#ready).then(work);
    this.#last = done.catch(() => {});
    return done;
  }

  async #write(key, text) {
    const path = this.#path(key);
    const file = await open(`${path}.new`, "w", 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${path}.new`, path);
  }

  #path(key) {
    return join(this.folder, encodeURIComponent(key) + ENDING);
  }
}
