export { newClientId } from "./calls.js";
export { Client } from "./client.js";
export { LoggedOutError, ProblemError, UnreachableError } from "./errors.js";
export { OPERATIONS, VERSION } from "./operations.js";
export { IndexedDbStorage, MemoryStorage } from "./storage.js";
export { Store } from "./store.js";
export { PollingTransport, WebSocketTransport } from "./transports.js";
