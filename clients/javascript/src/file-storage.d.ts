import type { Storage } from "./index.js";

/** A folder of the file system, for Node.js; one process at a time may use it. */
export class FileStorage implements Storage {
  constructor(folder: string);
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown): Promise<void>;
  delete(key: string): Promise<void>;
  entries(prefix: string): Promise<[string, unknown][]>;
}
