// Puts the page together: the session, the socket, and which view is told of what.

import { LoggedOutError } from "/client/index.js";
import { client, outbox, store } from "./client.js";
import { countDrafts, discardDrafts } from "./drafts.js";
import { ask, resume } from "./early.js";
import { t } from "./i18n.js";
import { html } from "./lit.js";
import { loadFollowing, setFollowing, setStanding } from "./relation.js";
import { current, forgetViews, go, leadsHere, leave, leaveHash, path, route, startRouter, views } from "./router.js";
import { isClosed, isView, loadViews, viewAt } from "./routes.js";
import { drawNav, drawShell, drawTitle, sayConnection, tellOf } from "./shell.js";
import { on, state, tell } from "./state.js";
import { empty, heading, mount, skeleton } from "./ui.js";
import { announce, closeDialogs, failed, h, oncePerFrame, whenQuiet } from "./view.js";
import { onWatched, watchNone, watchSoon } from "./watching.js";
import "./shortcuts.js";

const READY_MS = 1500; // how long the first view waits for the socket, so that nothing is loaded twice
const SLOW_MS = 2000; // a session that takes longer to be taken up is said to
const AGAIN_MS = 3000; // a server that cannot be reached is asked again
const TICK_MS = 20_000; // how old things are is looked at anew

const byId = (id) => document.getElementById(id);

let started = false;
let early = false; // the feed is shown before there is a connection
let opening = null; // ends when there is one, or it takes long

// What is shown at an address; null where the welcome stands instead.
function resolve(asked) {
  if (!state.me && isClosed(asked)) {
    outsideOf(asked === "/" ? "" : t("session.needed"));
    return null;
  }
  hideWelcome();
  byId("shell").hidden = false;
  const view = () => viewAt(asked) ?? notFound();
  return opening && asked !== "/" ? opening.then(view) : view();
}

function standing(title, ...parts) {
  const { element, draw } = mount(h("div", { class: "view" }), () => [heading(title, { parent: "/" }), parts]);
  draw();
  return { title, element };
}

const notFound = () => standing(t("page.not_found"), empty(t("page.nothing_here"), t("page.nothing_here_why")));

// Its script could not be loaded.
const absent = (error) => standing(t("list.failed"), empty(t("list.failed"), error.message), html`<button class="more" type="button" @click=${() => route()}>${t("list.again")}</button>`);

// The welcome, which is loaded where nobody is logged in.
let welcomes = 0;
async function welcome(act) {
  const asked = ++welcomes;
  const views = await import("./welcome.js");
  views.enableWelcome(enter);
  if (asked === welcomes) act(views);
}

function hideWelcome() {
  welcomes += 1;
  byId("welcome").hidden = true;
  byId("welcome").replaceChildren();
}

function outsideOf(reason) {
  byId("shell").hidden = true;
  welcome(({ showWelcome }) => showWelcome(reason)).catch(failed);
}

startRouter(resolve, () => {
  drawShell();
  watchSoon();
}, () => [h("div", { class: "coming" }, skeleton())], absent);
leadsHere(isView);

let redrawAside = () => {};

async function beside() {
  try {
    const { drawAside } = await import("./explore.js");
    redrawAside = await drawAside(byId("suggestions"));
  } catch {
    byId("suggestions").replaceChildren(); // without it all else works
  }
}

// The session begins and ends.

async function enter({ me, feed } = ask()) {
  early = path() === "/";
  state.firstFeed = early ? feed : null;
  state.me = await me;
  started = false;
  sayConnection("");
  hideWelcome();
  byId("shell").hidden = false;
  drawShell();
  const ready = client.connect().catch(() => {}); // what ends it is told by its events
  const following = loadFollowing().catch(failed);
  opening = Promise.race([ready, new Promise((resolve) => setTimeout(resolve, READY_MS))]).then(() => (opening = null));
  if (!early) await Promise.all([opening, following]);
  started = true;
  forgetViews();
  route({ focus: false });
  following.then(beside);
}

// Unless something that I wrote would be left behind without my saying so.
async function leaveSession() {
  const unsent = outbox.entries.length;
  const drafts = countDrafts();
  if (!unsent && !drafts) return endSession();
  const what = [unsent && t("session.unsent", { count: unsent }), drafts && t("session.drafts", { count: drafts })].filter(Boolean).join(t("page.comma"));
  const { choose } = await import("./dialog.js");
  choose(t("session.log_out_with", { what }), [
    { label: t("session.keep"), note: t("session.keep_note"), act: endSession },
    { label: t("session.discard"), note: t("session.discard_note"), danger: true, act: async () => {
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
  const left = client.logOut(); // at once: the tab may be closed by now
  await import("./push.js").then(({ forgetPush }) => forgetPush()).catch(() => {}); // else it ends with the session at the server
  await left;
}

function outside(reason = "") {
  const kept = outbox.entries.length && reason ? ` ${t("session.kept")}` : "";
  client.close();
  leave();
  state.me = null;
  state.following.clear();
  state.apart.clear();
  closeDialogs();
  forgetViews();
  tell("forget");
  byId("main").replaceChildren();
  sayConnection("");
  history.replaceState({ ...history.state }, "", "/");
  drawTitle();
  outsideOf(reason + kept);
}

// What the client tells.

client.on("state", (now) => {
  watchNone();
  tellOf(now);
  tell("unsent");
});
client.on("ended", ({ reason }) => state.me && outside(reason));
client.on("account", (id) => id && !state.me && begin()); // somebody has logged in in another tab
client.on("*", (data, name) => hear(name, data));

function hear(name, data) {
  if (!state.me) return;
  if (name === "session.ready") {
    state.me = data.user;
    if (!started) return;
    const isFirst = early;
    early = false;
    if (isFirst && path() === "/") {
      forgetViews();
      tell("live");
    } else if (data.resume.status !== "resumed") return afresh();
    watchSoon();
  }
  if (name === "relationship.changed") related(data);
  tell("event", { name, data });
  for (const view of views()) view.hear?.(name, data);
  redraw();
}

function related({ user_id: id, is_following: following, blocked, muted }) {
  setFollowing(id, following);
  setStanding(id, { blocked, muted });
}

// The resume was a `reset`: refetch everything.
function afresh() {
  tell("forget");
  forgetViews();
  loadFollowing().catch(failed);
  route({ focus: false });
}

on("drawn", watchSoon);
onWatched(() => current()?.watched?.());
store.subscribe("unread", oncePerFrame(() => {
  drawNav();
  drawTitle();
}));
for (const event of ["change", "sent", "gone"]) outbox.on(event, () => tell("unsent"));
outbox.on("error", failed);
outbox.on("sent", ({ entry, result, elsewhere }) => {
  if (entry.operation !== "post.create") return;
  tell("posted", result);
  if (!elsewhere) announce(t("post.posted"));
});
const each = (name) => (data) => [...views()].forEach((view) => view[name]?.(data));
on("posted", each("posted"));
on("followed", each("followed"));
on("unsent", () => {
  if (state.me) each("drawUnsent")();
  redraw();
});
on("titled", drawTitle);
on("gone", each("gone"));
on("log in", (asked) => import("./welcome.js").then(({ askToLogIn, enableWelcome }) => {
  enableWelcome(enter);
  askToLogIn(asked);
}, failed));
const redraw = oncePerFrame(() => {
  current()?.redraw?.();
  redrawAside();
});
on("changed", redraw);
setInterval(redraw, TICK_MS);
on("me", () => {
  drawShell();
  redraw();
});
on("leave", () => leaveSession().catch(failed));
on("password set", () => {
  if (state.me) import("./dialog.js").then(({ say }) => say(t("password.is_set"), t("password.others_out")));
  else outsideOf(t("password.log_in_with_it"));
});
on("deleted", async () => {
  await discardAll();
  outside(t("account.deleted"));
  await client.logOut();
});

addEventListener("hashchange", () => {
  if (leaveHash()) {
    leave();
    route();
  } else if (path() === "/join") route(); // another link into a group
  else if (location.hash) followMailed();
});
byId("skip").addEventListener("click", () => byId("main").focus());

const followMailed = () => import("./links.js").then((links) => links.followMailed(), failed);

// What the first view did without.
const loadRest = () => Promise.all([loadViews(), import("./welcome.js"), import("./complete.js"), import("./shrink.js"), import("./lightbox.js"), import("./dialog.js"), import("./push.js"), import("./quotes.js"), import("./post-menu.js"), import("./profile-edit.js")]);

async function begin() {
  const slow = setTimeout(() => sayConnection(t("connection.again")), SLOW_MS);
  const asked = await resume().finally(() => clearTimeout(slow));
  if (!asked) {
    sayConnection("");
    route({ focus: false });
    return beside();
  }
  try {
    await enter(asked);
  } catch (error) {
    if (error.status === 401 || error instanceof LoggedOutError) return outside(t("session.ended"));
    sayConnection(t("connection.trying", { error: error.message }));
    setTimeout(begin, AGAIN_MS);
  }
}
leaveHash();
if (location.hash) followMailed();
begin().finally(() => whenQuiet(async () => {
  await loadRest().catch(() => {}); // each is loaded when it is needed
  await import("./push.js").then(({ startWorker }) => startWorker(go)).catch(() => {}); // the next page does it
}));
