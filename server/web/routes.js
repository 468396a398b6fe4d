// The views, by their addresses. Those in OPEN can be read without an account.

import { state } from "./state.js";

const loads = [];

// Views of a module that is loaded when one of them is asked for: given at once if it is there, else promised.
function from(load) {
  let module = null;
  const loaded = async () => (module = await load());
  loads.push(loaded);
  return (make) => (module ? make(module) : loaded().then(make));
}

const admin = from(() => import("./admin.js"));
const explore = from(() => import("./explore.js"));
const group = from(() => import("./group.js"));
const history = from(() => import("./history.js"));
const join = from(() => import("./join.js"));
const messages = from(() => import("./messages.js"));
const notifications = from(() => import("./notifications.js"));
const people = from(() => import("./people.js"));
const posts = from(() => import("./feed.js"));
const profile = from(() => import("./profile.js"));
const settings = from(() => import("./settings.js"));
const webhooks = from(() => import("./webhooks.js"));
const thread = from(() => import("./thread.js"));

// Have all of them, so that each view opens at once, without a connection, too.
export const loadViews = () => Promise.all(loads.map((load) => load()));

const OPEN = [
  [/^\/explore$/, (query) => explore((of) => of.exploreView(query.get("q") ?? ""))],
  [/^\/tags\/([^/]+)$/, (query, tag) => posts((of) => of.tagView(tag))],
  [/^\/users\/(\d+)$/, (query, id) => profile((of) => of.profileView(Number(id)))],
  [/^\/users\/(\d+)\/(followers|following)$/, (query, id, kind) => people((of) => of.relationsView(Number(id), kind))],
  [/^\/posts\/(\d+)$/, (query, id) => thread((of) => of.threadView(Number(id)))],
  [/^\/join$/, () => join((of) => of.joinView(location.hash.slice(1)))],
  [/^\/@(\w{1,30})(?:\/(replies|media|likes))?$/, (query, name, tab) => profile((of) => of.profileView(name, tab))],
  [/^\/@(\w{1,30})\/(followers|following)$/, (query, name, kind) => people((of) => of.relationsView(name, kind))],
  [/^\/@\w{1,30}\/posts\/(\d+)$/, (query, id) => thread((of) => of.threadView(Number(id)))],
  [/^\/@\w{1,30}\/posts\/(\d+)\/history$/, (query, id) => history((of) => of.historyView(Number(id)))],
  [/^\/@\w{1,30}\/posts\/(\d+)\/quotes$/, (query, id) => posts((of) => of.quotesView(Number(id)))],
  [/^\/@\w{1,30}\/posts\/(\d+)\/(likes|retweets)$/, (query, id, kind) => people((of) => of.reactionsView(Number(id), kind))],
];

const MINE = [
  [/^\/$/, () => posts((of) => of.feedView())],
  [/^\/notifications$/, () => notifications((of) => of.notificationsView())],
  [/^\/messages\/(\d+)\/group$/, (query, id) => group((of) => of.groupView(Number(id)))],
  [/^\/messages(?:\/(\d+))?$/, (query, id) => messages((of) => of.messagesView(id ? Number(id) : null))],
  [/^\/bookmarks$/, () => posts((of) => of.bookmarksView())],
  [/^\/settings\/webhooks$/, () => webhooks((of) => of.webhooksView())],
  [/^\/settings$/, () => settings((of) => of.settingsView())],
  [/^\/admin(?:\/(reports|log))?$/, (query, part) => (state.me.is_admin ? admin((of) => of.adminView(part)) : null)],
];

const find = (routes, pathname) => routes.find(([pattern]) => pattern.test(pathname));

export const isView = (path) => Boolean(find([...OPEN, ...MINE], path.split("?")[0]));

// Whether only somebody with an account sees this.
export const isClosed = (path) => Boolean(find(MINE, path.split("?")[0]));

// The view at this address, or a promise of it, or null.
export function viewAt(path) {
  const { pathname, searchParams } = new URL(path, location.origin);
  const [pattern, make] = find([...OPEN, ...MINE], pathname) ?? [];
  return pattern ? make(searchParams, ...pattern.exec(pathname).slice(1).map(decoded)) : null;
}

function decoded(part) {
  try {
    return part && decodeURIComponent(part);
  } catch {
    return part; // a % that stands for itself
  }
}
