// Which view is shown, by the History API. A view that says `keep` lives on with its history entry, so that
// Back and Forward find it as it was left: what stood there, how far it was scrolled, what had the focus.
// Of others the place is known, and they are made anew.
//
// A view is {title, element} and perhaps: parent (the address above it), keep, wide, shown() when it comes
// into the page, hidden() when it leaves it, close() at its end, and listeners that app.js calls.

import { withoutHash } from "./addresses.js";
import { typeInto, typedIn } from "./typed.js";
import { isBrowsers } from "./view.js";

const KEPT_MAX = 20; // views
const SETTLE_MS = 4000; // without anything more coming, after which a list is asked for more, or has ended above what was scrolled to

const main = document.getElementById("main");
const entries = new Map(); // key of a history entry -> {path, view, scroll, focus}
let here = null; // the entry that is shown, with its key
let resolve = () => null; // (path) -> view
let changed = () => {};
let waiting = () => []; // what stands where a view is still to come
let absent = () => null; // (error) -> what stands where it does not come

export const path = () => location.pathname + location.search;
export const current = () => here?.view ?? null;

export function* views() {
  const seen = new Set();
  for (const { view } of entries.values()) if (view && !seen.has(view) && seen.add(view)) yield view;
}

const newKey = () => crypto.getRandomValues(new Uint32Array(2)).join("-");
const depth = () => history.state?.depth ?? 0;

// Begin with the address of the page. toView(path) makes a view or promises it; told() is called when
// another is shown.
export function startRouter(toView, told, whileWaiting, withoutIt) {
  resolve = toView;
  changed = told;
  waiting = whileWaiting;
  absent = withoutIt;
  history.scrollRestoration = "manual";
}

// Show what the address says, anew: as far down as it was left where the whole page has been loaded again,
// by a reload or on the way back from a page that is none of ours.
let isFirst = true;
export function route({ focus = true } = {}) {
  const isBack = focus || isFirst;
  isFirst = false;
  const state = history.state?.key ? history.state : { key: newKey(), depth: depth() };
  if (!history.state?.key) history.replaceState(state, "");
  const typed = typedIn(main);
  drop(state.key);
  show(state.key, { focus, scroll: isBack ? scrollOf(state.key) : place() });
  whenShown(() => typeInto(main, typed));
}

// Go to an address of this page.
export function go(to, { replace = false } = {}) {
  leave();
  if (replace) {
    const state = { key: history.state?.key ?? newKey(), depth: depth() };
    drop(state.key);
    entries.delete(state.key);
    history.replaceState(state, "", to);
    return show(state.key, {});
  }
  for (const [key, entry] of entries) if (entry.depth > depth()) drop(key), entries.delete(key);
  const state = { key: newKey(), depth: depth() + 1 };
  history.pushState(state, "", to);
  show(state.key, {});
}

// The address is another, the view the same: as the words that are searched for, or the name of an id.
export function readdress(to) {
  history.replaceState(history.state, "", to);
  if (here) here.path = path();
  changed();
}

// To where one came from within this page, else to the parent.
export function up(parent = "/") {
  if (depth() > 0) history.back();
  else go(parent, { replace: true });
}

function show(key, { focus = true, scroll = null, restored = null }) {
  const asked = path();
  const entry = entries.get(key) ?? { depth: depth(), scroll: 0, focus: null };
  entries.delete(key); // the last shown is the last in order
  entries.set(key, entry);
  const alive = entry.view && entry.path === asked ? entry.view : null;
  entry.path = asked;
  here = entry;
  here.key = key;
  entry.view = entry.coming = null;
  const made = alive ?? resolve(asked);
  if (here !== entry) return; // it led elsewhere
  if (!(made instanceof Promise)) return enter(entry, made, { focus, top: restored ?? scroll, before: restored !== null });
  main.replaceChildren(...waiting());
  const coming = (entry.coming = made.catch(absent).then((view) => {
    if (here === entry && entry.coming === coming) enter(entry, view, { focus, top: restored ?? scroll, before: restored !== null });
    else view?.close?.();
  }));
  changed();
}

// Call act() when the view that is asked for stands there.
export function whenShown(act) {
  if (here?.coming) here.coming.then(act);
  else act();
}

function enter(entry, view, { focus, top, before }) {
  entry.coming = null;
  entry.view = view;
  main.replaceChildren(...(view ? [view.element] : []));
  view?.shown?.();
  changed();
  scrollBack(top ?? view?.scroll ?? 0);
  if (focus && view) setFocus(before && entry.focus, view);
  forgetOld();
}

function setFocus(before, view) {
  if (before?.isConnected) return before.focus({ preventScroll: true });
  if (!view.element.contains(document.activeElement)) view.element.querySelector("h1")?.focus({ preventScroll: true });
}

// What is shown leaves the page.
export function leave() {
  if (!here) return;
  const { view } = here;
  const scroll = place();
  settling?.stop();
  if (here.coming) {
    here.coming = here = null; // where it was left is still as it was
    return;
  }
  here.scroll = scroll;
  if (view) view.scroll = view.stays ? scroll : undefined;
  here.focus = main.contains(document.activeElement) ? document.activeElement : null;
  remember(here);
  view?.hidden?.();
  if (view && !view.keep) {
    view.close?.();
    here.view = null;
  }
  here = null;
}

function drop(key) {
  const entry = entries.get(key);
  if (!entry?.view) return;
  const { view } = entry;
  entry.view = null;
  if (![...views()].includes(view) && !view.stays) view.close?.();
}

function forgetOld() {
  const alive = [...entries].filter(([, { view }]) => view && !view.stays);
  for (const [key] of alive.slice(0, Math.max(0, alive.length - KEPT_MAX))) drop(key);
}

// Nothing is kept any more: somebody else is here, or all has to be fetched anew.
export function forgetViews() {
  for (const [key, entry] of entries) if (entry !== here) drop(key);
}

// Where an entry was left is known after a reload, too.
const PLACE = "mini-twitter.scroll ";

function remember({ key, scroll }) {
  try {
    sessionStorage.setItem(PLACE + key, String(Math.round(scroll)));
  } catch {
    // Storage is forbidden: a reload begins at the top.
  }
}

function scrollOf(key) {
  try {
    return Number(sessionStorage.getItem(PLACE + key)) || 0;
  } catch {
    return 0;
  }
}

// As far down as it was, as soon as there is enough to scroll, for which lists load on when their end is in
// sight; unless the reader moves first. To ask a list for more is not to move.
let settling = null; // {to, stop}

// How far down one is, or will be as soon as that is there.
const place = () => settling?.to ?? scrollY;

function scrollBack(to) {
  settling?.stop();
  scrollTo({ top: to, behavior: "instant" });
  if (Math.abs(scrollY - to) < 2) return;
  let timer = null;
  const quiet = () => {
    if (!main.querySelector(".list[aria-busy=true], .list > .more")) return stop();
    main.querySelector("[data-more]")?.click(); // nobody has looked at it
    wait();
  };
  const wait = () => (timer = setTimeout(quiet, SETTLE_MS));
  const watch = new ResizeObserver(() => {
    clearTimeout(timer);
    wait();
    scrollTo({ top: to, behavior: "instant" });
    if (Math.abs(scrollY - to) < 2) stop();
  });
  const moves = ["wheel", "touchstart", "keydown", "pointerdown"];
  const stop = () => {
    settling = null;
    clearTimeout(timer);
    watch.disconnect();
    for (const move of moves) removeEventListener(move, moved);
  };
  const moved = ({ target }) => target.closest?.(".list > .more") || stop();
  settling = { to, stop };
  for (const move of moves) addEventListener(move, moved, { passive: true });
  watch.observe(main);
}

addEventListener("popstate", ({ state }) => {
  const old = withoutHash(location.hash);
  if (old) return; // hashchange follows
  if (!state?.key) return;
  leave();
  show(state.key, { restored: entries.get(state.key)?.scroll ?? scrollOf(state.key) });
});

addEventListener("pagehide", () => here && !here.coming && remember({ key: here.key, scroll: place() }));

// An old address that was typed or followed. True if there was one.
export function leaveHash() {
  const to = withoutHash(location.hash);
  if (!to) return false;
  history.replaceState(history.state, "", to);
  return true;
}

// Links within the page, if they are clicked plainly. Of others the browser takes care.
document.addEventListener("click", (event) => {
  if (event.defaultPrevented || isBrowsers(event)) return;
  const link = event.target.closest?.("a[href]");
  if (!link || link.target || link.hasAttribute("download") || link.origin !== location.origin) return;
  const to = withoutHash(link.hash) ?? (link.hash ? null : link.pathname + link.search);
  if (to === null || !isOurs(to)) return;
  event.preventDefault();
  if (to === path() && here?.view?.again) return here.view.again();
  go(to, { replace: to === path() });
});

let isOurs = () => false;
export const leadsHere = (test) => (isOurs = test);
