// Building blocks as lit-html templates. Text goes in as text, never as HTML.

import { person, tagLink } from "./addresses.js";
import { ICONS } from "./icons.js";
import { t } from "./i18n.js";
import { html, ifDefined, nothing, render, svg } from "./lit.js";
import { up } from "./router.js";
import { entities } from "./text.js";
import { isBrowsers, oncePerFrame, webAddress } from "./view.js";

export const handle = (user) => `@${user.username}`;

// Icons that point along the text are mirrored where it runs the other way.
const DIRECTED = new Set(["back", "leave", "reply", "send"]);

export const icon = (name) =>
  html`<svg viewBox="0 0 24 24" class=${DIRECTED.has(name) ? "icon directed" : "icon"} aria-hidden="true">${svg`<path d=${ICONS[name]}></path>`}</svg>`;

// Which of the colours of the style is somebody's.
const TINTS = 6;
export const tint = (user) => user.id % TINTS;

export function avatar(user, size = "") {
  const classes = `avatar ${size} tint-${tint(user)}`;
  const url = webAddress(user.avatar);
  if (url) return html`<img class=${classes} src=${url} alt="" loading="lazy">`;
  const [initial = "?"] = user.display_name.trim() || user.username;
  return html`<span class=${classes} aria-hidden="true">${initial.toUpperCase()}</span>`;
}

// The picture as a link that the keyboard passes over: the name beside it is the same link.
export const face = (user, size = "") =>
  html`<a class="face" href=${person(user)} tabindex="-1" aria-hidden="true">${avatar(user, size)}</a>`;

export const nameLink = (user) => html`<a class="name" href=${person(user)} dir="auto">${user.display_name}</a>`;

// `parent` is the address above this view; without one it has none.
export const heading = (title, { parent, more = nothing } = {}) => html`<header class="heading">
  ${parent ? back(parent) : nothing}<h1 tabindex="-1" dir="auto">${title}</h1>${more}</header>`;

export const back = (parent) => html`<a class="button quiet-button" href=${parent} aria-label=${t("page.back")} title=${t("page.back")} @click=${(event) => {
  if (isBrowsers(event)) return;
  event.preventDefault();
  up(parent);
}}>${icon("back")}</a>`;

export const empty = (title, ...words) => html`<div class="empty"><h2>${title}</h2>${words.length ? html`<p dir="auto">${words}</p>` : nothing}</div>`;

// What stands where something is being loaded: its shape.
export const skeleton = (rows = 4) => html`<div class="skeletons" role="status"><span class="unseen">${t("page.loading")}</span>
  ${Array.from({ length: rows }, () => html`<div class="skeleton" aria-hidden="true"><span class="bone round"></span><span class="bones"><span class="bone short"></span><span class="bone"></span><span class="bone"></span></span></div>`)}</div>`;

// Text with its links, hashtags and mentions to click on. Of a post, only those are mentioned whom the
// server has found; elsewhere whoever is named.
export function linked(text, mentions = null) {
  const parts = [];
  let last = 0;
  for (const entity of entitiesOf(text)) {
    const address = TARGETS[entity.kind](entity.value, mentions, text);
    if (!address) continue;
    const outside = entity.kind === "link";
    parts.push(text.slice(last, entity.start), html`<a href=${address} target=${ifDefined(outside ? "_blank" : undefined)} rel=${ifDefined(outside ? "noopener noreferrer nofollow" : undefined)}>${text.slice(entity.start, entity.end)}</a>`);
    last = entity.end;
  }
  return [...parts, text.slice(last)];
}

const TARGETS = {
  link: (url) => webAddress(/^https?:/i.test(url) ? url : `https://${url}`),
  hashtag: tagLink,
  mention: (name, mentions, text) => {
    const user = mentions?.find((one) => one.username.toLowerCase() === name);
    if (user) return person(user);
    // Who is called otherwise by now is found by the name that stands here.
    return mentions?.every(({ username }) => text.toLowerCase().includes(username.toLowerCase())) ? null : `/@${name}`;
  },
};

// What is looked for in a text is found once, however often the text is drawn.
const FOUND_MAX = 1000;
const found = new Map();

function entitiesOf(text) {
  if (!found.has(text)) {
    if (found.size === FOUND_MAX) found.clear();
    found.set(text, entities(text));
  }
  return found.get(text);
}

// An element that is drawn by template(), and redrawn where that says something else: at once by draw(),
// in the next frame by soon().
export function mount(element, template) {
  const draw = () => render(template(), element);
  return { element, draw, soon: oncePerFrame(draw) };
}

// Scrolling that does not glide where the reader has asked for less motion.
export const gently = () => (matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth");
