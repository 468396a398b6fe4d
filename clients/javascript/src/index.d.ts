import type { Calls, Conversation, Events, Me, Message, Notification, Operations, Post, PresenceChanged, Problem, TokenPair, User } from "./api.js";

export type * from "./api.js";

/** The server refused it, and said why: a problem of RFC 9457. */
export class ProblemError extends Error {
  readonly problem: Problem;
  readonly status: number;
  /** One of docs/errors.md; null where something in between answered. */
  readonly code: string | null;
  readonly errors: Record<string, string[]>;
  /** Seconds. */
  readonly retryAfter: number | null;
  /** Whether the same call may succeed later without anybody doing anything about it. */
  readonly passes: boolean;
}

/** The server was not reached, or did not answer in time: nobody knows whether it was done. */
export class UnreachableError extends Error {}

/** There is no session: nobody has logged in, or it has ended. */
export class LoggedOutError extends Error {}

/** What keeps session, position and outbox. `set` resolves once the value would survive a crash. */
export interface Storage {
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown): Promise<void>;
  delete(key: string): Promise<void>;
  entries(prefix: string): Promise<[string, unknown][]>;
}

export class IndexedDbStorage implements Storage {
  constructor(name?: string);
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown): Promise<void>;
  delete(key: string): Promise<void>;
  entries(prefix: string): Promise<[string, unknown][]>;
}

export class MemoryStorage implements Storage {
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown): Promise<void>;
  delete(key: string): Promise<void>;
  entries(prefix: string): Promise<[string, unknown][]>;
}

export type Name = keyof Operations;
export type Input<N extends Name> = Operations[N]["input"];
export type Result<N extends Name> = Operations[N]["result"];
/** Operations that answer pages. */
export type ListName = { [N in Name]: Result<N> extends { results: unknown[]; next: string | null } ? N : never }[Name];
/** Operations whose retry is known by a client_id. */
export type OutboxName = { [N in Name]: Input<N> extends { client_id?: string | null } ? (string extends keyof Input<N> ? never : "client_id" extends keyof Input<N> ? N : never) : never }[Name];
export type State = "closed" | "connecting" | "live" | "offline";

export interface CallOptions {
  /** Milliseconds, for all tries together; 10,000 (60,000 with a file). */
  timeout?: number;
  signal?: AbortSignal;
  /** By REST even where the socket is up. */
  rest?: boolean;
  /** With this access token instead of the session's. */
  token?: string;
}

export interface ClientOptions {
  storage?: Storage;
  /**
   * For a page of the server's own: the refresh token in a cookie that no script can read, the access
   * token in memory, in the storage only whose session it is. A browser has one session at a time.
   */
  cookies?: boolean;
  /** Keep the position in the event log in the storage, and go on there after a restart. */
  remember?: boolean;
  /** Milliseconds of silence after which the server is asked for a sign of life; 0 for never. */
  heartbeat?: number;
  /** Milliseconds in which that sign must come. */
  heartbeatTimeout?: number;
  /** False: keep nothing of what calls answer and events say. */
  store?: boolean;
  fetch?: typeof fetch;
  /** For platforms without one, as Node.js 20: `ws` fits. Without it long-polling is used. */
  WebSocket?: unknown;
  transports?: unknown[];
}

export interface ClientEvents extends Events {
  state: State;
  /** The log does not reach back to where this client was: what it fetched before is to be fetched again. */
  reset: Events["session.ready"];
  /** After a connection was lost, how a stream has been gone on with: `reset` and `more` want a look at the list. */
  "stream.subscribed": Operations["stream.subscribe"]["result"];
  /** This session is over. */
  ended: { code: string; reason: string };
  /** Who has logged in in another tab; null: nobody is logged in any more. */
  account: number | null;
  /** What a listener threw. */
  error: unknown;
}

export interface Emitter<All> {
  /** Call the listener at each event of that name, "*" for all; returns what ends that. */
  on<N extends keyof All>(name: N, listener: (data: All[N], name: N) => unknown): () => void;
  on(name: "*", listener: (data: unknown, name: string) => unknown): () => void;
  /** Resolve with the data of the next event of that name. */
  once<N extends keyof All>(name: N): Promise<All[N]>;
}

/** Kept with what shows it, and sent before it. */
export interface OutgoingPicture {
  file: Blob;
  /** What it shows, for those who cannot see it. */
  alt?: string;
}

export type OutboxInput<N extends Name> = Input<N> & ("media_ids" extends keyof Input<N> ? { pictures?: OutgoingPicture[] } : unknown);

export interface OutboxEntry<N extends Name = Name> {
  readonly id: string;
  readonly account: number;
  readonly operation: N;
  readonly input: OutboxInput<N>;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly triedAt: number | null;
  readonly state: "waiting" | "sending" | "refused";
  /** Why it was refused; the code "outcome_unknown" is the client's own. */
  readonly problem: Problem | null;
  /** What it says instead, since it was tried: see edit(). */
  readonly changes: Partial<Input<N>> | null;
}

export interface Outbox extends Emitter<{ change: OutboxEntry; gone: OutboxEntry; sent: { entry: OutboxEntry; result: unknown; elsewhere: boolean }; error: unknown }> {
  /** What is not stored yet, in the order in which it was written. */
  readonly entries: OutboxEntry[];
  /** Send this, now or as soon as can be. Resolves with its entry once that would survive a crash. */
  send<N extends OutboxName>(operation: N, input: OutboxInput<N>): Promise<OutboxEntry<N>>;
  /** Send again what was refused, with changes to its input; resolves with its new entry. */
  retry(id: string, changes?: object): Promise<OutboxEntry>;
  /**
   * Have it say something else; null when it waits no more. What was tried may be stored already: that is
   * sent as it was, so that it is there once, and changed there right after.
   */
  edit(id: string, changes: object): Promise<OutboxEntry | null>;
  /** Give it up. What is being sent may be stored all the same. */
  discard(id: string): Promise<void>;
  /** Try now, if anything waits. */
  flush(): Promise<void>;
}

/** What is known; topics are "me", "unread", "feed", "notifications", "conversations", `post ID`,
 * `user ID`, `conversation ID`, `messages ID` (of a conversation), `typing ID`, `presence ID`. */
export class Store {
  readonly me: Me | null;
  readonly unread: { notifications: number; messages: number };
  readonly posts: Map<number, Post>;
  readonly users: Map<number, User>;
  readonly conversations: Map<number, Conversation>;
  readonly messages: Map<number, Message>;
  readonly notifications: Map<number, Notification>;
  readonly relationships: Map<number, { is_following: boolean; is_followed_by: boolean; blocked: boolean; muted: boolean }>;
  readonly presence: Map<number, PresenceChanged>;
  readonly readUpTo: Map<number, Map<number, number>>;
  readonly feed: number[];
  subscribe(topic: string, listener: (topic: string) => void): () => void;
  messagesOf(conversationId: number, from?: number): Message[];
  /**
   * How far back the messages of a conversation are known: all of them `from` this id on, and the cursor
   * `next` of the page before, which is null when there is none and undefined before the first page.
   */
  historyOf(conversationId: number): { from: number; next: string | null | undefined };
  typingIn(conversationId: number): number[];
  conversationList(): Conversation[];
  requestList(): Conversation[];
  take(shape: string, result: unknown): void;
  /** Take in a page of a conversation's messages that `cursor` was answered with, or none: the newest. */
  takeHistory(conversationId: number, page: { results: Message[]; next: string | null }, cursor?: string | null): void;
  apply(name: string, data: unknown, seq?: number | null): void;
  clear(): void;
}

export interface Client extends Emitter<ClientEvents>, Calls<CallOptions> {}
export class Client {
  /** url: of the server, without a path; in a browser the page's own where it is left out. */
  constructor(url?: string, options?: ClientOptions);
  readonly url: string;
  readonly store: Store;
  readonly outbox: Outbox;
  readonly state: State;
  readonly live: boolean;
  /** The id of who is logged in. */
  readonly userId: number | null;
  /**
   * Go on with the stored session, with `cookies` by that; resolves with whether there is one. It is
   * also true where the server is not reached: then the token is got later.
   */
  restore(): Promise<boolean>;
  logIn(username: string, password: string, code?: string): Promise<Me>;
  /** Take up a session of tokens got elsewhere. */
  resumeWith(pair: TokenPair): Promise<Me>;
  /** Act by a personal access token, or a bot's, with the scope `account:read`; resolves with Me. For programs, not for pages. */
  useToken(token: string): Promise<Me>;
  /** End the session. What the outbox holds stays for the next log-in. */
  logOut(): Promise<void>;
  /** The access token, for a request that this library does not make. */
  accessToken(): Promise<string>;
  /** Connect, and stay so; resolves with the first session.ready. */
  connect(): Promise<Events["session.ready"]>;
  /** Close the connection; the session stays. */
  close(): void;
  /**
   * Call an operation: by the socket where that is up and has it, else by REST. `next` of a page is a cursor.
   * Throws ProblemError, UnreachableError, LoggedOutError.
   */
  call<N extends Name>(name: N, input?: Input<N>, options?: CallOptions): Promise<Result<N>>;
  /** Go through all pages of a list. */
  each<N extends ListName>(name: N, input?: Input<N>, options?: CallOptions): AsyncGenerator<Result<N> extends { results: (infer Item)[] } ? Item : never>;
}

/** A name for a write, by which the server knows a retry for one. */
export function newClientId(): string;
/** How each operation is called, by its name. */
export const OPERATIONS: Record<Name, { method?: string; path?: string; command?: boolean; open?: boolean; query?: boolean; files?: string[]; clientId?: boolean; returns?: string }>;
/** Of the API that this library was made for. */
export const VERSION: string;
export const WebSocketTransport: unknown;
export const PollingTransport: unknown;
