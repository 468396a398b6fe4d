// People, hashtags and posts by their words; without a question, who and what is new.

import { searchAddress, tagLink } from "./addresses.js";
import { client } from "./client.js";
import { invitation } from "./gate.js";
import { t } from "./i18n.js";
import { html, nothing, render } from "./lit.js";
import { listed, Pages } from "./list.js";
import { personCard } from "./people.js";
import { keep, postCard } from "./post.js";
import { readdress } from "./router.js";
import { state, tell } from "./state.js";
import { empty, heading, icon, mount } from "./ui.js";
import { h } from "./view.js";

const SEARCH_PAUSE_MS = 250;
const TRENDS = 6;
const SHOWN = 8; // people and hashtags of a search, before the posts

export function exploreView(asked = "") {
  let last = null;
  let timer = null;
  let people, posts, tags;
  const input = h("input", {
    type: "search", name: "q", value: asked, placeholder: t("explore.search"), "aria-label": t("explore.search"),
    autocomplete: "off", maxlength: "200", oninput: soonLook,
  });
  const form = h("form", { class: "search", role: "search", onsubmit: (event) => { event.preventDefault(); look(); } }, icon("search"), input);
  const view = mount(h("div", { class: "view" }), () => html`${heading(t("nav.explore"))}${form}
    <div class="found">
      ${last ? nothing : html`<div class="narrow">${trendsBox()}</div>`}
      ${last && (!people.isLoaded || !people.items.length) ? nothing : html`<section class=${last ? "" : "narrow"}><h2 class="section">${t(last ? "explore.people" : "explore.new_people")}</h2>${listed(people, personCard, () => empty(t("explore.nobody")), { bones: 2 })}</section>`}
      ${last && tags.items.length ? html`<h2 class="section">${t("explore.tags")}</h2><div class="tag-list">${tags.items.map(({ tag, posts_count: count }) => tagRow(tag, t("posts.count", { count })))}</div>` : nothing}
      <h2 class="section">${t(last ? "explore.posts" : "explore.new_posts")}</h2>
      ${listed(posts, (post) => postCard(post), () => empty(t("posts.none"), t("explore.no_posts")))}
    </div>`);
  const redraw = () => {
    view.soon();
    tell("drawn");
  };

  function soonLook() {
    clearTimeout(timer);
    timer = setTimeout(look, SEARCH_PAUSE_MS);
  }

  // The whole list of newest people would push the posts out of sight: of either list a first few.
  const few = (load) => async (cursor) => ({ ...(await load(cursor)), next: null });

  function look() {
    const words = input.value.trim();
    if (words === last) return;
    last = words;
    if (view.element.isConnected) readdress(searchAddress(words));
    result.title = words ? `${words} · ${t("nav.explore")}` : t("nav.explore");
    tell("titled");
    people = new Pages(few((cursor) => client.profile.list({ search: words || undefined, limit: words ? SHOWN : 5, cursor })), redraw);
    tags = words ? new Pages(few(() => client.search({ type: "hashtags", q: words.replace(/^[#＃]/, "") || words, limit: SHOWN })), redraw, ({ tag }) => tag) : { items: [] };
    posts = new Pages(async (cursor) => {
      const page = await (words ? client.search({ type: "posts", q: words, cursor }) : client.post.list({ cursor }));
      page.results.forEach(keep);
      return page;
    }, redraw);
    view.soon();
  }

  const result = {
    title: t("nav.explore"), element: view.element, keep: true, redraw: view.soon, shown: () => last !== null && view.draw(),
    again: () => scrollTo({ top: 0 }),
    find: () => input.focus(),
    close: () => clearTimeout(timer),
  };
  look();
  view.draw();
  return result;
}

const tagRow = (tag, counted) => html`<a class="trend" href=${tagLink(tag)}><span class="name" dir="auto">#${tag}</span><span class="quiet">${counted}</span></a>`;

// Hashtags of the hour, where there are any; asked for once in a while.
const OLD_MS = 60_000;
let trends = { results: [], at: 0 };

function trendsBox() {
  if (Date.now() - trends.at > OLD_MS) {
    trends.at = Date.now();
    client.hashtag.trending({ limit: TRENDS }).then(({ results }) => {
      trends = { results, at: Date.now() };
      tell("changed");
    }).catch(() => {});
  }
  if (!trends.results.length) return nothing;
  return html`<section class="trends"><h2>${t("explore.trending")}</h2>${trends.results.map(({ tag, accounts_count: count }) => tagRow(tag, t("explore.accounts", { count })))}</section>`;
}

// Beside the view, where there is room.
export async function drawAside(place) {
  const { results } = await client.profile.list({ limit: 12 });
  const strangers = () => results.filter(({ id }) => id !== state.me?.id && !state.following.has(id)).slice(0, 4);
  const offered = strangers();
  const draw = () => render(html`${state.me ? nothing : invitation(t("welcome.words"))}${trendsBox()}${offered.length ? html`<section class="box"><h2>${t("aside.new_here")}</h2>${offered.map(personCard)}</section>` : nothing}`, place);
  draw();
  return draw;
}
