// Keys for those who would rather not reach for a pointer; `?` lists them.

import { person } from "./addresses.js";
import { asMe } from "./gate.js";
import { t } from "./i18n.js";
import { press } from "./post.js";
import { current, go, whenShown } from "./router.js";
import { state } from "./state.js";
import { gently } from "./ui.js";
import { h } from "./view.js";

const AFTER_G_MS = 1500;
const ROWS = "[data-post], .notification, .person, .conversation";

const PLACES = {
  h: { label: "nav.home", to: () => "/" },
  e: { label: "nav.explore", to: () => "/explore" },
  n: { label: "nav.notifications", to: () => "/notifications" },
  m: { label: "nav.messages", to: () => "/messages" },
  b: { label: "nav.bookmarks", to: () => "/bookmarks" },
  p: { label: "nav.profile", to: () => (state.me ? person(state.me) : "/") },
  s: { label: "nav.settings", to: () => "/settings" },
};

const KEYS = {
  j: { label: "keys.next", act: () => move(1) },
  k: { label: "keys.before", act: () => move(-1) },
  Enter: { label: "keys.open" },
  l: { label: "post.like", act: () => onPost((id) => press(id, "like")) },
  t: { label: "post.retweet", act: () => onPost((id) => press(id, "retweet")) },
  b: { label: "post.bookmark", act: () => onPost((id) => press(id, "bookmark")) },
  r: { label: "keys.reply", act: () => row()?.querySelector("[data-action=reply]")?.click() },
  n: { label: "keys.write", act: () => asMe(write) },
  "/": { label: "keys.search", act: search },
  "?": { label: "keys.list", act: list },
};

const row = () => document.activeElement?.closest?.(ROWS) ?? null;
const onPost = (act) => row()?.dataset.post && act(Number(row().dataset.post));

function move(by) {
  const rows = [...document.getElementById("main").querySelectorAll(ROWS)];
  const at = rows.indexOf(row());
  const from = at >= 0 ? at + by : rows.findIndex((one) => one.getBoundingClientRect().bottom > 80);
  const next = rows[Math.max(0, Math.min(from, rows.length - 1))];
  if (!next) return;
  (next.matches(".person") ? next.querySelector("a.name") : next).focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest", behavior: gently() });
}

function write() {
  if (!current()?.write) go("/");
  whenShown(() => current()?.write?.());
}

function search() {
  if (!current()?.find) go("/explore");
  whenShown(() => current()?.find?.());
}

async function list() {
  const { open } = await import("./dialog.js");
  const line = (keys, label) => h("div", {}, h("dt", {}, keys.flatMap((key) => [h("kbd", {}, key), " "])), h("dd", {}, t(label)));
  const dialog = open(t("keys.title"), false,
    h("dl", { class: "keys", tabindex: "0" }, Object.entries(KEYS).map(([key, { label }]) => line([key], label)),
      Object.entries(PLACES).map(([key, { label }]) => line(["g", key], label))),
    h("div", { class: "dialog-do" }, h("button", { class: "primary", type: "button", onclick: () => dialog.close() }, t("dialog.close"))));
}

let afterG = 0;

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
  if (event.target.closest("input, textarea, select, [contenteditable], dialog, [role=menu]")) return;
  const place = Date.now() - afterG < AFTER_G_MS && PLACES[event.key];
  afterG = event.key === "g" ? Date.now() : 0;
  if (place) {
    event.preventDefault();
    return go(place.to());
  }
  // Enter on a card that has the focus opens it; on anything within it, that does what it does.
  if (event.key === "Enter" && event.target.matches("[data-post]")) return event.target.querySelector("a.when")?.click();
  const key = KEYS[event.key];
  if (!key?.act) return;
  event.preventDefault();
  key.act();
});
