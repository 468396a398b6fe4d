// The frame around a view: where one can go, who one is, what is told of the connection.

import { person } from "./addresses.js";
import { client, store } from "./client.js";
import { compact, t } from "./i18n.js";
import { html, ifDefined, nothing, render } from "./lit.js";
import { current, path } from "./router.js";
import { state, tell } from "./state.js";
import { avatar, handle, icon } from "./ui.js";

const byId = (id) => document.getElementById(id);

const NAV = [
  { path: "/", label: "nav.home", symbol: "home" },
  { path: "/explore", label: "nav.explore", symbol: "search" },
  { path: "/notifications", label: "nav.notifications", symbol: "bell", unread: "notifications" },
  { path: "/messages", label: "nav.messages", symbol: "mail", unread: "messages" },
];
const MORE = [
  { path: "/bookmarks", label: "nav.bookmarks", symbol: "bookmark", roomy: true },
  { path: "/settings", label: "nav.settings", symbol: "settings", roomy: true },
];
const FOR_VISITORS = [
  { path: "/explore", label: "nav.explore", symbol: "search" },
  { path: "/", label: "session.log_in", symbol: "user", roomless: true },
];

const items = () => (state.me
  ? [...NAV, { path: person(state.me), label: "nav.profile", symbol: "user" }, ...MORE,
    ...(state.me.is_admin ? [{ path: "/admin", label: "nav.admin", symbol: "shield", roomy: true }] : [])]
  : FOR_VISITORS);

export function drawShell() {
  byId("skip").textContent = t("page.skip");
  byId("nav").parentElement.setAttribute("aria-label", t("nav.label"));
  byId("aside").setAttribute("aria-label", t("aside.label"));
  byId("shell").classList.toggle("wide", Boolean(current()?.wide));
  byId("shell").classList.toggle("visiting", !state.me);
  drawNav();
  drawSelf();
  drawTitle();
}

export function drawNav() {
  const here = path().split("?")[0];
  render(items().map(({ path: to, label, symbol, unread, roomy, roomless }) => {
    const isHere = to === "/" ? here === "/" : here === to || (here.startsWith(`${to}/`) && !to.startsWith("/@"));
    const many = unread ? store.unread[unread] : 0;
    return html`<li class=${roomy ? "roomy" : roomless ? "roomless" : ""}><a href=${to} aria-current=${ifDefined(isHere ? "page" : undefined)} title=${t(label)}>
      <span class="nav-icon">${icon(symbol)}${many > 0
        ? html`<span class="badge">${many > 99 ? t("nav.many") : compact(many)}<span class="unseen"> ${t("nav.unread")}</span></span>` : nothing}</span>
      <span class="nav-label">${t(label)}</span></a></li>`;
  }), byId("nav"));
}

function drawSelf() {
  const { me } = state;
  render(me ? html`
    <a class="self-link" href=${person(me)}>${avatar(me, "small")}
      <span class="self-names"><span class="name" dir="auto">${me.display_name}</span><span class="handle" dir="ltr">${handle(me)}</span></span></a>
    <button class="icon-button plain" type="button" aria-label=${t("session.log_out")} title=${t("session.log_out")} @click=${() => tell("leave")}>${icon("leave")}</button>`
    : html`<button class="primary" type="button" @click=${() => tell("log in", { form: "login" })}>${t("session.log_in")}</button>
      <button type="button" @click=${() => tell("log in", { form: "register" })}>${t("session.register")}</button>`, byId("self"));
}

export function drawTitle() {
  const unread = state.me ? store.unread.notifications + store.unread.messages : 0;
  const title = current()?.title;
  document.title = `${unread ? `(${compact(unread)}) ` : ""}${title ? `${title} · ` : ""}${t("app.name")}`;
}

// The connection.

const UNEASY_MS = 800; // an outage that lasts longer is shown
let uneasy = null;

export const sayConnection = (text) => (byId("connection").textContent = text);

export function tellOf(connection) {
  clearTimeout(uneasy);
  byId("connection").dataset.state = connection;
  if (connection === "live" || connection === "closed") sayConnection("");
  if (connection === "offline") uneasy = setTimeout(sayOffline, navigator.onLine ? UNEASY_MS : 0);
}

function sayOffline() {
  if (state.me && !client.live) sayConnection(navigator.onLine ? t("connection.again") : t("connection.offline"));
}
