// The feed, kept while other views are shown so that coming back to it is where one left; and the
// other lists of posts.

import { postById } from "./addresses.js";
import { client, store } from "./client.js";
import { composer } from "./composer.js";
import { t } from "./i18n.js";
import { html, nothing } from "./lit.js";
import { listed, Pages } from "./list.js";
import { livePosts } from "./live.js";
import { changed, postCard } from "./post.js";
import { on, state, tell } from "./state.js";
import { empty, gently, heading, mount } from "./ui.js";
import { unsentPosts } from "./unsent.js";
import { announce, h } from "./view.js";

const NEAR_TOP = 240; // pixels; who has scrolled further is not moved by new posts
const CARDS_MAX = 200; // of a feed that has grown by new posts while one is at its top...
const CARDS_KEPT = 100; // ...so many stay
const FRESH_MS = 2500; // as long as the style's animation takes

let home = null;

// Empty the feed: for another user, or after a `reset`.
on("forget", () => (home = null));

// Whose posts are in it has changed.
on("apart", () => home?.reload());

export function feedView() {
  home ??= makeFeed();
  return home;
}

// The first page was asked for while this was still being loaded.
function takeFirst() {
  const { firstFeed } = state;
  state.firstFeed = null;
  return firstFeed;
}

function makeFeed() {
  const box = composer();
  const fresh = new Set(); // ids of posts that have just come
  let waiting = [];
  const { element, draw, soon } = mount(h("div", { class: "view" }), () => html`
    ${heading(t("nav.home"))}${box.form}
    <div class="pill-place" aria-live="polite">${waiting.length ? html`<button class="pill" type="button" @click=${() => show(true)}>${t("posts.new", { count: waiting.length })}</button>` : nothing}</div>
    ${unsentPosts()}
    ${listed(feed, (post) => postCard(post, { fresh: fresh.has(post.id) }), nobody)}`);
  const redraw = () => {
    soon();
    tell("drawn");
  };
  const feed = new Pages((cursor) => (!cursor && takeFirst()) || client.feed.list({ cursor }), redraw);
  const stands = (id) => feed.items.some((post) => post.id === id);

  function arrived(post) {
    if (stands(post.id) || waiting.some((one) => one.id === post.id)) return;
    waiting.push(post);
    const atTop = element.isConnected && !document.hidden && scrollY < NEAR_TOP;
    if (atTop || post.author.id === state.me.id) show(false);
    else redraw();
  }

  function show(scroll) {
    waiting = waiting.filter((post) => !stands(post.id) && store.posts.has(post.id));
    for (const post of waiting) {
      feed.add(post);
      fresh.add(post.id);
      setTimeout(() => fresh.delete(post.id) && soon(), FRESH_MS);
    }
    if (waiting.length === 1) announce(t("posts.new_by", { name: waiting[0].author.display_name }));
    else if (waiting.length) announce(t("posts.new", { count: waiting.length }));
    waiting = [];
    if ((scroll || scrollY < NEAR_TOP) && feed.items.length > CARDS_MAX) feed.trim(CARDS_KEPT);
    draw();
    if (scroll) {
      scrollTo({ top: 0, behavior: gently() });
      element.querySelector("[data-post] a.name")?.focus({ preventScroll: true });
    }
    tell("drawn");
  }

  draw();
  return {
    title: t("nav.home"), element, arrived, redraw: soon, keep: true, stays: true,
    reload: feed.reload, ready: feed.ready,
    again: () => {
      scrollTo({ top: 0, behavior: gently() });
      show(false);
    },
    // The box grows by what stands in it only where it is in the page.
    shown: () => {
      if (scrollY < NEAR_TOP) show(false);
      draw();
      box.look();
    },
    write: () => box.area.focus(),
    gone: (id) => (waiting = waiting.filter((post) => post.id !== id)),
  };
}

on("posted", (post) => home?.arrived(post));

// Events about posts, whichever view is shown.
on("event", ({ name, data }) => {
  if (name === "session.ready") {
    if (data.feed.more) home?.reload();
    else for (const post of data.feed.posts) home?.arrived(post);
  } else if (name === "post.created") created(data.post);
  else if (name === "post.deleted") home?.gone(data.post_id);
});

// It was asked for before there was a connection: what has come in between is asked for, too.
on("live", async () => {
  const feed = home;
  if (!feed) return;
  await feed.ready;
  const { results } = await client.feed.list({}).catch(() => ({ results: [] }));
  for (const post of results.reverse()) feed.arrived(post);
});

// Whether I liked an older post, its retweet does not say.
function created(post) {
  if (post.retweeted_by && store.posts.get(post.id)?.liked === null) client.post.get({ id: post.id }).then(changed, () => {});
  home?.arrived(post);
}

const nobody = () => empty(t("feed.empty"), t("feed.empty_why"), " ", html`<a href="/explore">${t("nav.explore")}</a>`);

// A view of a heading and a list of posts.
function postsView(title, load, nothingThere, { parent = "/", above = () => nothing, stream = null } = {}) {
  const { element, draw, soon } = mount(h("div", { class: "view" }), () => html`
    ${heading(title, { parent })}${above()}${live?.pill() ?? nothing}${listed(pages, (post) => postCard(post), nothingThere)}`);
  const pages = new Pages(load, () => {
    soon();
    tell("drawn");
  });
  const live = stream && livePosts(stream, () => pages, soon);
  draw();
  return {
    title, element, keep: true, redraw: soon,
    shown: () => {
      draw();
      live?.shown();
    },
    hidden: () => live?.hidden(),
  };
}

export const tagView = (tag) => postsView(`#${tag}`, (cursor) => client.post.list({ hashtag: tag, cursor }), () => empty(t("posts.none"), t("posts.none_tagged", { tag: `#${tag}` })), { parent: "/explore", stream: `hashtag:${tag}` });

export const quotesView = (id) => postsView(t("quote.all"), (cursor) => client.post.quotes({ id, cursor }), () => empty(t("posts.none")), { parent: postById(id) });

export const bookmarksView = () => postsView(t("nav.bookmarks"), (cursor) => client.bookmark.list({ cursor }), () => empty(t("bookmarks.none"), t("bookmarks.none_why")));
