// DOM building blocks. Text goes in as text, never as HTML.

import { entities } from "./text.js";

const SVG = "http://www.w3.org/2000/svg";
const ICONS = {
  home: "M4 11l8-7 8 7v9h-5.500v-6h-5v6H4z",
  search: "M10.500 4a6.500 6.500 0 1 0 0 13 6.500 6.500 0 0 0 0-13zM15.300 15.300L20 20",
  bell: "M6 16.500V11a6 6 0 0 1 12 0v5.500l1.500 1.500h-15zM10 21h4",
  mail: "M3.500 6h17v12.500h-17zM3.500 7l8.500 6.500L20.500 7",
  user: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.500 20.500c.8-4 3.800-6 7.500-6s6.700 2 7.500 6",
  bookmark: "M7 4h10v16l-5-4-5 4z",
  reply: "M20.500 11.500c0 4-3.800 7-8.500 7-1 0-2-.1-2.900-.4L4.500 20l1.100-3.700c-1.300-1.300-2.100-3-2.100-4.800 0-4 3.800-7 8.500-7s8.500 3 8.500 7z",
  retweet: "M7 8v9h7.500M4 11l3-3 3 3M17 16V7H9.500M20 13l-3 3-3-3",
  heart: "M12 20s-8-4.800-8-10.400A4.500 4.500 0 0 1 12 7a4.500 4.500 0 0 1 8 2.600C20 15.200 12 20 12 20z",
  trash: "M5 7h14M10 7V4.500h4V7M7 7l.8 12.500h8.400L17 7",
  back: "M14.500 5.500L8 12l6.500 6.500",
  close: "M6 6l12 12M18 6L6 18",
  send: "M4.500 12h15M13 5.500l6.500 6.500-6.500 6.500",
  image: "M4 5h16v14H4zM4 16.500l5-5 4 4 2.500-2.500 4.500 4.500M15.500 9.200v.1",
  more: "M4.200 12a1.300 1.300 0 1 0 2.600 0 1.300 1.300 0 1 0-2.600 0zM10.700 12a1.300 1.300 0 1 0 2.600 0 1.300 1.300 0 1 0-2.600 0zM17.200 12a1.300 1.300 0 1 0 2.600 0 1.300 1.300 0 1 0-2.600 0z",
  edit: "M4.500 19.500l1-4.500L16.500 4l3.500 3.500L9 18.500zM14 6.500l3.500 3.500",
  flag: "M6 20.500v-16h12l-2.500 4.500 2.500 4.500H6",
  people: "M9 11.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM2.800 19.500c.6-3.600 2.900-5.300 6.200-5.300s5.600 1.700 6.200 5.300M18.500 8v6M15.500 11h6",
  settings: "M4 7h8.800M17.200 7H20M4 17h2.800M11.200 17H20M15 4.800a2.200 2.200 0 1 0 0 4.400 2.200 2.200 0 0 0 0-4.400zM9 14.800a2.200 2.200 0 1 0 0 4.400 2.200 2.200 0 0 0 0-4.400z",
  shield: "M12 3.500l7 2.500v5.500c0 4.500-3 7.500-7 9-4-1.500-7-4.500-7-9V6z",
  leave: "M14 4.500H5v15h9M10 12h10.500M17 8.500l3.500 3.500-3.500 3.500",
};

// An element: attributes, onclick and the like as listeners, then children (strings become text).
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

export const person = (user) => `#/u/${user.id}`;
export const handle = (user) => `@${user.username}`;

const TINTS = 6;

export function avatar(user, size = "") {
  const classes = `avatar ${size} tint-${user.id % TINTS}`;
  const url = webAddress(user.avatar);
  if (url) return h("img", { class: classes, src: url, alt: "", loading: "lazy" });
  const [initial = "?"] = user.display_name.trim() || user.username;
  return h("span", { class: classes, "aria-hidden": "true" }, initial.toUpperCase());
}

// Of a path of ours or an http(s) URL; anything else is no address to put into a page.
export function webAddress(text) {
  if (!text) return null;
  try {
    const url = new URL(text, location.href);
    return ["http:", "https:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

// Text with its links, hashtags and mentions to click on. Of a post, only those are mentioned whom
// the server has found; elsewhere whoever is named.
export function linked(text, mentions = null) {
  const parts = [];
  let last = 0;
  for (const entity of entities(text)) {
    const shown = text.slice(entity.start, entity.end);
    const address = TARGETS[entity.kind](entity.value, mentions);
    if (!address) continue;
    const outside = entity.kind === "link" && { target: "_blank", rel: "noopener noreferrer nofollow" };
    parts.push(text.slice(last, entity.start), h("a", { href: address, ...outside }, shown));
    last = entity.end;
  }
  return [...parts, text.slice(last)];
}

export const tagLink = (tag) => `#/tag/${encodeURIComponent(tag)}`;

const TARGETS = {
  link: (url) => webAddress(/^https?:/i.test(url) ? url : `https://${url}`),
  hashtag: tagLink,
  mention: (name, mentions) => {
    if (!mentions) return `#/@${name}`;
    const user = mentions.find((one) => one.username.toLowerCase() === name);
    return user && person(user);
  },
};

const COUNT = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
export const count = (number) => COUNT.format(number);
export const plural = (number, one, many = `${one}s`) => `${count(number)} ${number === 1 ? one : many}`;

export const heading = (text, ...more) =>
  h("header", { class: "heading" }, h("h1", { tabindex: "-1" }, text), ...more);

export const back = () =>
  h("button", { class: "quiet-button", type: "button", "aria-label": "Back", onclick: () => history.back() }, icon("back"));

export const empty = (title, ...words) =>
  h("div", { class: "empty" }, h("h2", {}, title), words.length > 0 && h("p", {}, ...words));

const TOAST_MS = 5000;
const UNSEEN_MS = 100; // after which what is not seen is drawn

export function toast(text) {
  const element = h("p", { class: "toast" }, text);
  document.getElementById("toasts").append(element);
  setTimeout(() => element.remove(), TOAST_MS);
}

// Said by screen readers, not shown.
export function announce(text) {
  document.getElementById("announcer").textContent = text;
}

export const failed = (error) => toast(error.message);

export function grow(area) {
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight + 2}px`;
}

// Do the work once in the next frame, however often it is asked for till then; soon where no frame is drawn.
export function oncePerFrame(work) {
  let frame = null;
  let timer = null;
  function run() {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    timer = null;
    work();
  }
  return () => {
    if (timer !== null) return;
    timer = setTimeout(run, UNSEEN_MS);
    frame = requestAnimationFrame(run);
  };
}

// A list that loads its next page when its end comes near. load(cursor) gives a page {results, next} of
// elements' data, the first without a cursor; draw(result) an element.
export function list(load, draw, nothing, drawn = () => {}) {
  const items = h("div", { class: "items" });
  const more = h("button", { class: "more", type: "button", hidden: true }, "Show more");
  const element = h("div", { class: "list", "aria-busy": "true" }, items, more);
  let next = null;
  let loading = false;

  async function take(cursor, anew = false) {
    if (loading) return;
    loading = true;
    element.setAttribute("aria-busy", "true");
    try {
      const got = await load(cursor ?? undefined);
      if (anew) items.replaceChildren();
      items.append(...got.results.map(draw).filter(Boolean));
      next = got.next;
      more.hidden = !next;
      if (!items.firstChild && !next) items.append(nothing());
      drawn();
    } catch (error) {
      more.hidden = false;
      if (!items.firstChild) items.append(empty("This could not be loaded", error.message));
    }
    element.setAttribute("aria-busy", "false");
    loading = false;
  }

  const go = () => take(next, !next);
  more.addEventListener("click", go);
  new IntersectionObserver(([{ isIntersecting }]) => isIntersecting && next && go(), {
    rootMargin: "600px",
  }).observe(more);
  const ready = take(null);
  return { element, items, ready, reload: () => take(null, true) };
}
