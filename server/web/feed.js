// The feed, kept while other views are shown so that coming back to it is where one left; and the
// other lists of posts.

import { client, store } from "./client.js";
import { card, changed, composer, gone, kept, redraw } from "./post.js";
import { on, state, tell } from "./state.js";
import { unsentPosts } from "./unsent.js";
import { announce, back, empty, h, heading, icon, list, plural } from "./view.js";

const NEAR_TOP = 240; // pixels; who has scrolled further is not moved by new posts
const HINT = "mini-twitter.hint-read";

const drawn = () => tell("drawn");
export const posts = (load, nothing, options) => list(load, (post) => card(post, options), nothing, drawn);

let home = null;

// Empty the feed: for another user, or after a `reset`.
export function forgetFeed() {
  if (home) kept.delete(home.element);
  home = null;
}

// Whose posts are in it has changed.
export function refreshFeed() {
  if (feedIsShown()) home.reload();
  else forgetFeed();
}

export const feedIsShown = () => home !== null && home.element.isConnected;

export function feedView() {
  home ??= makeFeed();
  home.show();
  return { title: "Home", element: home.element, keep: true, shown: home.shown };
}

function makeFeed() {
  const { form, look } = composer();
  const unsent = unsentPosts();
  const pill = h("button", { class: "pill", type: "button", hidden: true, onclick: () => show(true) });
  const stands = (id) => feed.items.querySelector(`:scope > [data-post="${id}"]`) !== null;
  // What arrived live before a page of the feed is not shown again by it.
  const feed = list((cursor) => client.feed.list({ cursor }), (post) => (stands(post.id) ? null : card(post)), nothing, drawn);
  const element = h("div", { class: "view" }, heading("Home"), hint(), form,
    h("div", { class: "pill-place", "aria-live": "polite" }, pill), unsent.element, feed.element);
  let waiting = [];
  kept.add(element);

  function arrived(post) {
    if (stands(post.id) || waiting.some((one) => one.id === post.id)) return;
    waiting.push(post);
    const atTop = element.isConnected && !document.hidden && scrollY < NEAR_TOP;
    if (atTop || post.author.id === state.me.id) show(false);
    else wait();
  }

  function wait() {
    pill.hidden = waiting.length === 0;
    pill.textContent = waiting.length ? plural(waiting.length, "new post") : "";
  }

  function show(scroll) {
    waiting = waiting.filter((post) => !stands(post.id));
    if (waiting.length) feed.items.querySelector(".empty")?.remove();
    for (const post of waiting) {
      const fresh = card(post);
      fresh.classList.add("fresh");
      fresh.addEventListener("animationend", () => fresh.classList.remove("fresh"), { once: true });
      feed.items.prepend(fresh);
    }
    if (waiting.length === 1) announce(`New post by ${waiting[0].author.display_name}`);
    else if (waiting.length) announce(plural(waiting.length, "new post"));
    waiting = [];
    wait();
    if (scroll) {
      scrollTo({ top: 0, behavior: "smooth" });
      feed.items.querySelector("a.name")?.focus({ preventScroll: true });
    }
    drawn();
  }

  return {
    element, arrived, reload: feed.reload, drawUnsent: unsent.draw,
    show: () => scrollY < NEAR_TOP && show(false),
    shown: look, // the box grows by what stands in it only where it is in the page
  };
}

on("posted", (post) => home?.arrived(post));
on("unsent", () => home?.drawUnsent());

// Events about posts, whichever view is shown.
export function hearPosts(name, data) {
  if (name === "session.ready") {
    if (data.feed.more) home?.reload();
    else for (const post of data.feed.posts) home?.arrived(post);
  } else if (name === "post.created") created(data.post);
  else if (name === "post.updated") changed(data.post);
  else if (name === "post.counts") redraw(data.post_id);
  else if (name === "post.deleted") gone(data.post_id);
}

// Whether I liked an older post, its retweet does not say.
function created(post) {
  if (post.retweeted_by && store.posts.get(post.id)?.liked === null) client.post.get({ id: post.id }).then(changed, () => {});
  home?.arrived(post);
}

function nothing() {
  return empty("Nothing here yet", "Write the first post, or find people to follow under ",
    h("a", { href: "#/explore" }, "Explore"), ".");
}

function hint() {
  if (localStorage.getItem(HINT)) return null;
  const element = h("div", { class: "hint", role: "note" },
    h("p", {}, h("strong", {}, "See it live. "),
      "Open this page in a private window as well, register a second person there and follow each other. What one posts, the other sees at once."),
    h("button", { class: "quiet-button", type: "button", "aria-label": "Hide this hint", onclick: hide }, icon("close")));
  function hide() {
    localStorage.setItem(HINT, "1");
    element.remove();
  }
  return element;
}

export function tagView(tag) {
  const { element } = posts((cursor) => client.post.list({ hashtag: tag, cursor }), () => empty("No posts", `Nobody has written about #${tag} yet.`));
  return { title: `#${tag}`, element: h("div", { class: "view" }, heading(`#${tag}`, back()), element) };
}

export function bookmarksView() {
  const { element } = posts((cursor) => client.bookmark.list({ cursor }), () => empty("No bookmarks", "Posts that you bookmark are kept here, for you alone."));
  return { title: "Bookmarks", element: h("div", { class: "view" }, heading("Bookmarks", back()), element) };
}
