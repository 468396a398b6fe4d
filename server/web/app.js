// Puts the page together: the session, the socket, and which view is shown.

import { adminView } from "./admin.js";
import { LoggedOutError } from "/client/index.js";
import { client, outbox, store } from "./client.js";
import { hearMessages } from "./conversations.js";
import { choose, closeDialogs, say } from "./dialog.js";
import { countDrafts, discardDrafts } from "./drafts.js";
import { bookmarksView, feedIsShown, feedView, forgetFeed, hearPosts, refreshFeed, tagView } from "./feed.js";
import { followMailed } from "./links.js";
import { messagesView } from "./messages.js";
import { hearNotifications, notificationsView } from "./notifications.js";
import { exploreView, loadFollowing, personCard, profileByName, profileView, relationsView, setFollowing, trends } from "./people.js";
import { setStanding } from "./relation.js";
import { settingsView } from "./settings.js";
import { on, state, tell } from "./state.js";
import { threadView } from "./thread.js";
import { announce, avatar, empty, failed, h, handle, heading, icon, oncePerFrame, person, plural } from "./view.js";
import { onWatched, watchNone, watchSoon } from "./watching.js";
import { enableWelcome, hideWelcome, showWelcome } from "./welcome.js";

const NAME = "Mini-Twitter";
const READY_MS = 1500; // how long the first view waits for the socket, so that nothing is loaded twice
const UNEASY_MS = 800; // an outage that lasts longer is shown
const AGAIN_MS = 3000; // a server that cannot be reached is asked again

const byId = (id) => document.getElementById(id);
const main = byId("main");

let view = null;
let scrolls = new Map(); // where kept views were left
let started = false;

// The views, by the path behind the #.
const ROUTES = [
  [/^\/$/, () => feedView()],
  [/^\/explore(?:\/(.*))?$/, (words) => exploreView(words)],
  [/^\/notifications$/, () => notificationsView()],
  [/^\/messages(?:\/(\d+))?$/, (id) => messagesView(id ? Number(id) : null)],
  [/^\/bookmarks$/, () => bookmarksView()],
  [/^\/settings$/, () => settingsView()],
  [/^\/admin(?:\/(reports|log))?$/, (part) => (state.me.is_admin ? adminView(part) : null)],
  [/^\/tag\/(.+)$/, (tag) => tagView(tag)],
  [/^\/post\/(\d+)(\/reply)?$/, (id, reply) => threadView(Number(id), Boolean(reply))],
  [/^\/u\/(\d+)$/, (id) => profileView(Number(id))],
  [/^\/u\/(\d+)\/(followers|following)$/, (id, kind) => relationsView(Number(id), kind)],
];

const NAV = [
  { path: "/", label: "Home", symbol: "home" },
  { path: "/explore", label: "Explore", symbol: "search" },
  { path: "/notifications", label: "Notifications", symbol: "bell", unread: "notifications" },
  { path: "/messages", label: "Messages", symbol: "mail", unread: "messages" },
];

const path = () => (location.hash.startsWith("#/") ? location.hash.slice(1) : "/");

async function route({ focus = true } = {}) {
  if (!state.me) return;
  const asked = path();
  if (asked.startsWith("/@")) {
    const id = await profileByName(asked.slice(2)).catch(() => null);
    if (path() !== asked) return;
    if (id) return location.replace(person({ id }));
  }
  let next = null;
  for (const [pattern, make] of ROUTES) {
    const found = pattern.exec(asked);
    if (found) {
      leave();
      next = make(...found.slice(1).map(decoded));
      break;
    }
  }
  if (!next) leave();
  next ??= { title: "Not found", element: h("div", { class: "view" }, heading("Not found"), empty("There is nothing here", "It may have been deleted, or never existed.")) };
  view = { ...next, path: asked };
  main.replaceChildren(view.element);
  view.shown?.();
  byId("shell").classList.toggle("wide", Boolean(view.wide));
  scrollTo(0, view.keep ? scrolls.get(asked) ?? 0 : 0);
  drawNav();
  drawTitle();
  watchSoon();
  const title = view.element.querySelector("h1");
  if (focus && !view.element.contains(document.activeElement)) title?.focus({ preventScroll: true });
}

function decoded(part) {
  try {
    return part && decodeURIComponent(part);
  } catch {
    return part; // a % that stands for itself
  }
}

function leave() {
  if (view?.keep) scrolls.set(view.path, scrollY);
  view?.close?.();
  view = null;
}

function drawNav() {
  const here = path();
  const items = [...NAV, { path: `/u/${state.me.id}`, label: "Profile", symbol: "user" },
    { path: "/settings", label: "Settings", symbol: "settings", roomy: true },
    state.me.is_admin && { path: "/admin", label: "Admin", symbol: "shield", roomy: true }].filter(Boolean);
  byId("nav").replaceChildren(...items.map(({ path: to, label, symbol, unread, roomy }) => {
    const current = to === "/" ? here === "/" : here === to || here.startsWith(`${to}/`);
    const many = unread ? store.unread[unread] : 0;
    return h("li", { class: roomy && "roomy" }, h("a", { href: `#${to}`, "aria-current": current && "page", title: label },
      h("span", { class: "nav-icon" }, icon(symbol),
        many > 0 && h("span", { class: "badge" }, many > 99 ? "99+" : String(many), h("span", { class: "unseen" }, " unread"))),
      h("span", { class: "nav-label" }, label)));
  }));
}

function drawSelf() {
  byId("self").replaceChildren(
    h("a", { class: "self-link", href: person(state.me) }, avatar(state.me, "small"),
      h("span", { class: "self-names" }, h("span", { class: "name" }, state.me.display_name), h("span", { class: "handle" }, handle(state.me)))),
    h("button", { class: "icon-button plain", type: "button", "aria-label": "Log out", title: "Log out", onclick: () => tell("leave") }, icon("leave")));
}

function drawTitle() {
  const unread = state.me ? store.unread.notifications + store.unread.messages : 0;
  document.title = `${unread ? `(${unread}) ` : ""}${view ? `${view.title} · ` : ""}${NAME}`;
}

async function drawAside() {
  const place = byId("suggestions");
  try {
    const { results } = await client.profile.list({ limit: 12 });
    const strangers = results.filter(({ id }) => id !== state.me.id && !state.following.has(id)).slice(0, 4);
    place.replaceChildren(trends(), ...(strangers.length ? [h("section", { class: "box" }, h("h2", {}, "New here"), strangers.map(personCard))] : []));
  } catch {
    place.replaceChildren();
  }
}

// The session begins and ends.

async function enter() {
  state.me = await client.user.me();
  started = false;
  connection("");
  hideWelcome();
  byId("shell").hidden = false;
  drawSelf();
  drawNav();
  const ready = client.connect().catch(() => {}); // what ends it is told by its events
  await Promise.race([ready, new Promise((resolve) => setTimeout(resolve, READY_MS))]);
  await loadFollowing().catch(failed);
  started = true;
  await route({ focus: false });
  drawAside();
}

// Unless something that I wrote would be left behind without my saying so.
async function leaveSession() {
  const unsent = outbox.entries.length;
  const drafts = countDrafts();
  if (!unsent && !drafts) return endSession();
  const what = [unsent && `${plural(unsent, "thing")} not sent yet`, drafts && plural(drafts, "draft")].filter(Boolean).join(", ");
  choose(`Log out with ${what}?`, [
    { label: "Log out and keep it", note: "In this browser. It is sent, or can be finished, when you log in here again.", act: endSession },
    { label: "Log out and discard it", note: "It is gone for good.", danger: true, act: async () => {
      await discardAll();
      await endSession();
    } },
  ]);
}

async function discardAll() {
  discardDrafts();
  for (const { id } of outbox.entries) await outbox.discard(id);
}

async function endSession() {
  outside();
  await client.logOut();
}

function outside(reason = "") {
  if (outbox.entries.length && reason) reason += " What you wrote is kept until you log in here again.";
  client.close();
  leave();
  state.me = null;
  state.following.clear();
  state.apart.clear();
  closeDialogs();
  scrolls = new Map();
  forgetFeed();
  main.replaceChildren();
  byId("shell").hidden = true;
  connection("");
  if (location.hash) history.replaceState(null, "", "/");
  drawTitle();
  showWelcome(reason);
}

// The connection.

let uneasy = null;

const connection = (text) => (byId("connection").textContent = text);

client.on("state", (now) => {
  watchNone();
  clearTimeout(uneasy);
  if (now === "live" || now === "closed") connection("");
  if (now === "offline") uneasy = setTimeout(sayOffline, navigator.onLine ? UNEASY_MS : 0);
  tell("unsent");
});

function sayOffline() {
  if (state.me) connection(navigator.onLine ? "Connecting again…" : "You are offline. What you write is sent later.");
}

client.on("ended", ({ reason }) => state.me && outside(reason));
client.on("account", (id) => id && !state.me && begin()); // somebody has logged in in another tab
client.on("*", (data, name) => hear(name, data));

function hear(name, data) {
  if (!state.me) return;
  if (name === "session.ready") {
    state.me = data.user;
    if (!started) return;
    if (data.resume.status !== "resumed") return afresh();
    watchSoon();
  }
  if (name === "relationship.changed") related(data);
  hearPosts(name, data);
  hearNotifications(name, data);
  hearMessages(name, data);
  view?.hear?.(name, data);
}

function related({ user_id: id, is_following: following, blocked, muted }) {
  setFollowing(id, following);
  setStanding(id, { blocked, muted });
}

// The resume was a `reset`: refetch everything.
function afresh() {
  forgetFeed();
  loadFollowing().catch(failed);
  route({ focus: false });
}

on("drawn", watchSoon);
onWatched(() => view?.watched?.());
store.subscribe("unread", oncePerFrame(() => {
  if (state.me) drawNav();
  drawTitle();
}));
for (const event of ["change", "sent", "gone"]) outbox.on(event, () => tell("unsent"));
outbox.on("error", failed);
outbox.on("sent", ({ entry, result }) => {
  if (entry.operation !== "post.create") return;
  tell("posted", result);
  announce("Posted");
});
on("posted", (post) => view?.posted?.(post));
on("unsent", () => state.me && view?.drawUnsent?.());
on("me", () => drawSelf());
on("leave", leaveSession);
on("apart", refreshFeed);
on("me", () => path() === "/settings" && route({ focus: false }));
on("password set", () => {
  if (state.me) say("Your new password is set", "Whoever was logged in with the old one is logged out.");
  else showWelcome("Your new password is set. Please log in with it.");
});
on("deleted", async () => {
  await discardAll();
  outside("Your account is deleted.");
  await client.logOut();
});
on("followed", (user) => view?.followed?.(user));

enableWelcome(enter);
addEventListener("hashchange", () => followMailed(view && `#${view.path}`) || route());
byId("skip").addEventListener("click", () => main.focus());
byId("nav").addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (link && link.getAttribute("href") === `#${path()}` && feedIsShown()) scrollTo({ top: 0, behavior: "smooth" });
});
history.scrollRestoration = "manual";

async function begin() {
  if (!(await client.restore())) return showWelcome();
  try {
    await enter();
  } catch (error) {
    if (error.status === 401 || error instanceof LoggedOutError) return outside("Your session has ended. Please log in again.");
    connection(`${error.message} Trying again…`);
    setTimeout(begin, AGAIN_MS);
  }
}
followMailed();
begin();
