// One at a time by name: among all tabs where the browser has the Web Locks API, else in this process.

const waiting = new Map();

/** Run `work` while nobody else holds the lock; resolves with its result. */
export async function locked(name, work) {
  if (globalThis.navigator?.locks) return navigator.locks.request(name, work);
  const before = waiting.get(name) ?? Promise.resolve();
  const mine = before.then(work, work);
  const settled = mine.catch(() => {});
  waiting.set(name, settled);
  try {
    return await mine;
  } finally {
    if (waiting.get(name) === settled) waiting.delete(name);
  }
}
