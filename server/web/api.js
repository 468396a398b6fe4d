// REST: the calls that this page makes, and the tokens that they carry.
//
// The session is kept in localStorage, for all tabs: one of them exchanges the refresh token, under a
// lock, and the others take what it got.

import { shrunk } from "./shrink.js";

const KEY = "mini-twitter.session";
const EARLY_MS = 90_000; // before its end an access token is exchanged for the next

export class ApiError extends Error {
  constructor({ status = 0, code = null, title, detail, errors } = {}, retryAfter = null) {
    super(detail || title || "The server cannot be reached.");
    this.status = status;
    this.code = code;
    this.errors = errors ?? {};
    this.retryAfter = retryAfter;
  }
}

let session = stored();
let renewing = null;
let timer = null;
const listeners = { renewed: () => {}, ended: () => {} };

// renewed(access): there is a new access token; ended(): there is no session any more.
export function whenTokens(hooks) {
  Object.assign(listeners, hooks);
  schedule();
}

export const loggedIn = () => session !== null;

function stored() {
  try {
    return JSON.parse(localStorage.getItem(KEY));
  } catch {
    return null;
  }
}

function keep(pair) {
  session = pair && {
    access: pair.access,
    refresh: pair.refresh,
    life: pair.expires_in * 1000,
    ends: Date.now() + pair.expires_in * 1000,
  };
  try {
    if (session) localStorage.setItem(KEY, JSON.stringify(session));
    else localStorage.removeItem(KEY);
  } catch {
    // Storage is forbidden: the session lasts as long as the page.
  }
  schedule();
}

const early = (of) => Math.min(EARLY_MS, of.life / 3);
const good = (of) => of !== null && of.ends - Date.now() > early(of);

function schedule() {
  clearTimeout(timer);
  if (!session) return;
  const left = session.ends - Date.now() - early(session);
  timer = setTimeout(() => renew().catch(() => (timer = setTimeout(schedule, 5000))), Math.max(0, left));
}

addEventListener("storage", ({ key }) => {
  if (key !== KEY && key !== null) return;
  const had = session;
  session = stored();
  schedule();
  if (had && !session) listeners.ended();
  else if (!had && session) location.reload();
  else if (session) listeners.renewed(session.access);
});

// An access token that lasts a while; another than the last one if that is stale.
export async function token(stale = false) {
  if (!session) throw new ApiError({ status: 401, detail: "You are logged out." });
  return good(session) && !stale ? session.access : renew();
}

function renew() {
  renewing ??= locked(exchange).finally(() => (renewing = null));
  return renewing;
}

const locked = (work) => (navigator.locks ? navigator.locks.request(KEY, work) : work());

async function exchange() {
  const theirs = stored();
  if (session && good(theirs) && theirs.access !== session.access) {
    session = theirs; // another tab was faster
    schedule();
  } else {
    if (!session) throw new ApiError({ status: 401, detail: "You are logged out." });
    try {
      keep(await send("POST", "/api/users/token/refresh/", { refresh: session.refresh }));
    } catch (error) {
      if (error.status === 401) {
        keep(null);
        listeners.ended();
      }
      throw error;
    }
  }
  listeners.renewed(session.access);
  return session.access;
}

const json = (response) => response.json().catch(() => null);

async function asFile(response) {
  const [, name = "export.json"] = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition")) ?? [];
  return { name, blob: await response.blob() };
}

async function send(method, path, body, access, key, read = json) {
  const headers = {};
  if (access) headers.Authorization = `Bearer ${access}`;
  if (key) headers["Idempotency-Key"] = key;
  const isForm = body instanceof FormData;
  if (body !== undefined && !isForm) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(path, { method, headers, body: isForm ? body : JSON.stringify(body) });
  } catch {
    throw new ApiError();
  }
  if (!response.ok) {
    const problem = (await json(response)) ?? { status: response.status, title: response.statusText };
    throw new ApiError(problem, Number(response.headers.get("Retry-After")) || null);
  }
  return read(response).catch(() => { throw new ApiError(); });
}

async function call(method, path, body, key, read) {
  if (!session) return send(method, path, body);
  try {
    return await send(method, path, body, await token(), key, read);
  } catch (error) {
    if (error.status !== 401 || !session) throw error;
    return send(method, path, body, await token(true), key, read);
  }
}

const get = (path) => call("GET", path);
const post = (path, body = {}, key = undefined) => call("POST", path, body, key);
const enc = encodeURIComponent;

export async function logIn(username, password) {
  keep(await send("POST", "/api/users/token/", { username, password }));
}

export async function logOut() {
  const { refresh } = session;
  await post("/api/users/token/revoke/", { refresh }).catch(() => {});
  keep(null);
}

// The session is over already.
export const forget = () => keep(null);

// A name for a write, so that the server knows a retry for one.
export function clientId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// With a file among them, fields go as a form; an image no larger than it has to be.
async function body(fields) {
  if (!Object.values(fields).some((value) => value instanceof File)) return fields;
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    form.append(name, value instanceof File ? await shrunk(value) : value);
  }
  return form;
}

export const api = {
  page: (next) => get(next), // the next page of a list, as the one before named it

  register: (fields) => send("POST", "/api/users/", fields),
  me: () => get("/api/users/me/"),
  user: (id) => get(`/api/users/${id}/`),
  follow: (id) => post(`/api/users/${id}/follow/`),
  unfollow: (id) => post(`/api/users/${id}/unfollow/`),
  followers: (id) => get(`/api/users/${id}/followers/`),
  following: (id, limit = 20) => get(`/api/users/${id}/following/?limit=${limit}`),
  userPosts: (id) => get(`/api/users/${id}/posts/`),
  profiles: (search = "", limit = 20) =>
    get(`/api/users/profiles/?limit=${limit}${search && `&search=${enc(search)}`}`),
  profile: (id) => get(`/api/users/profiles/${id}/`),
  updateProfile: async (fields) => call("PATCH", "/api/users/profiles/update_my_profile/", await body(fields)),

  block: (id) => post(`/api/users/${id}/block/`),
  unblock: (id) => post(`/api/users/${id}/unblock/`),
  mute: (id) => post(`/api/users/${id}/mute/`),
  unmute: (id) => post(`/api/users/${id}/unmute/`),
  report: (fields) => post("/api/reports/", fields),

  verifyEmail: (key) => send("POST", "/api/users/email/verify/", { token: key }),
  verifyAgain: () => post("/api/users/email/verify/resend/"),
  askForReset: (email) => send("POST", "/api/users/password/reset/", { email }),
  resetPassword: (key, password) => send("POST", "/api/users/password/reset/confirm/", { token: key, password }),
  unsubscribe: (key) => send("POST", `/api/users/unsubscribe/?token=${enc(key)}`),
  changePassword: (fields) => post("/api/users/password/", fields),
  configure: (fields) => call("PATCH", "/api/users/me/", fields),
  deleteAccount: (password) => call("DELETE", "/api/users/me/", { password }),
  exported: () => call("GET", "/api/users/me/export/", undefined, undefined, asFile),
  sessions: () => get("/api/users/sessions/"),
  endSession: (id) => call("DELETE", `/api/users/sessions/${id}/`),

  feed: () => get("/api/posts/feed/"),
  posts: () => get("/api/posts/"),
  search: (words) => get(`/api/posts/?search=${enc(words)}`),
  tagged: (tag) => get(`/api/posts/?hashtag=${enc(tag)}`),
  trending: () => get("/api/posts/trending_hashtags/?limit=6"),
  bookmarks: () => get("/api/posts/bookmarks/"),
  post: (id) => get(`/api/posts/${id}/`),
  thread: (id) => get(`/api/posts/${id}/thread/`),
  createPost: async (fields, key) => post("/api/posts/", await body(fields), key),
  editPost: (id, content) => call("PATCH", `/api/posts/${id}/`, { content }),
  deletePost: (id) => call("DELETE", `/api/posts/${id}/`),
  like: (id) => post(`/api/posts/${id}/like/`),
  unlike: (id) => post(`/api/posts/${id}/unlike/`),
  retweet: (id) => post(`/api/posts/${id}/retweet/`),
  unretweet: (id) => post(`/api/posts/${id}/unretweet/`),
  bookmark: (id) => post(`/api/posts/${id}/bookmark/`),
  unbookmark: (id) => post(`/api/posts/${id}/unbookmark/`),

  notifications: () => get("/api/notifications/"),
  readNotification: (id) => post(`/api/notifications/${id}/mark_as_read/`),
  readNotifications: () => post("/api/notifications/mark_all_as_read/"),

  conversations: () => get("/api/messages/"),
  conversation: (id) => get(`/api/messages/${id}/`),
  startConversation: (participants, title = null) => post("/api/messages/", { participants, title }),
  changeConversation: (id, fields) => call("PATCH", `/api/messages/${id}/`, fields),
  editMessage: (conversation, id, content) => call("PATCH", `/api/messages/${conversation}/messages/${id}/`, { content }),
  deleteMessage: (conversation, id) => call("DELETE", `/api/messages/${conversation}/messages/${id}/`),
  messages: (id) => get(`/api/messages/${id}/messages/?limit=40`),
  unreadMessages: () => get("/api/messages/unread_count/"),

  accounts: (words, suspended) =>
    get(`/api/admin/users/?${words && `search=${enc(words)}`}${suspended ? "&suspended=true" : ""}`),
  suspend: (id, reason) => post(`/api/admin/users/${id}/suspend/`, { reason }),
  restore: (id) => post(`/api/admin/users/${id}/restore/`),
  reports: (status) => get(`/api/admin/reports/?status=${status}`),
  closeReport: (id, status) => post(`/api/admin/reports/${id}/close/`, { status }),
  auditLog: () => get("/api/admin/audit_log/"),
};
