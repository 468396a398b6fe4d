// The feed, kept while other views are shown so that coming back to it is where one left; and the
// other lists of posts.

import { api } from "./api.js";
import { card, changed, composer, gone, kept } from "./post.js";
import { on, state, tell } from "./state.js";
import { announce, back, empty, h, heading, icon, list, plural } from "./view.js";

const NEAR_TOP = 240; // pixels; who has scrolled further is not moved by new posts
const HINT = "mini-twitter.hint-read";

const drawn = () => tell("drawn");
export const posts = (first, nothing, options) =>
  list(first, (post) => card(post, options), nothing, api.page, drawn);

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
  return { title: "Home", element: home.element, keep: true };
}

function makeFeed() {
  const { form } = composer();
  const pill = h("button", { class: "pill", type: "button", hidden: true, onclick: () => show(true) });
  const stands = (id) => feed.items.querySelector(`:scope > [data-post="${id}"]`) !== null;
  // What arrived live before a page of the feed is not shown again by it.
  const feed = list(api.feed, (post) => (stands(post.id) ? null : card(post)), nothing, api.page, drawn);
  const element = h("div", { class: "view" }, heading("Home"), hint(), form,
    h("div", { class: "pill-place", "aria-live": "polite" }, pill), feed.element);
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

  return { element, arrived, show: () => scrollY < NEAR_TOP && show(false), reload: feed.reload };
}

on("posted", (post) => home?.arrived(post));

// Events about posts, whichever view is shown.
export function hearPosts(name, data) {
  if (name === "session.ready") {
    if (data.feed.more) home?.reload();
    else for (const post of data.feed.posts) home?.arrived(post);
  } else if (name === "post.created") created(data.post);
  else if (name === "post.updated") changed(data.post);
  else if (name === "post.deleted") gone(data.post_id);
}

// Whether I liked an older post, its retweet does not say.
function created(post) {
  if (post.retweeted_by && !state.posts.has(post.id)) api.post(post.id).then(changed, () => {});
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
  const { element } = posts(() => api.tagged(tag), () => empty("No posts", `Nobody has written about #${tag} yet.`));
  return { title: `#${tag}`, element: h("div", { class: "view" }, heading(`#${tag}`, back()), element) };
}

export function bookmarksView() {
  const { element } = posts(api.bookmarks, () => empty("No bookmarks", "Posts that you bookmark are kept here, for you alone."));
  return { title: "Bookmarks", element: h("div", { class: "view" }, heading("Bookmarks", back()), element) };
}

// A post in its conversation; replies appear as they are written.
export function threadView(id, writing) {
  const element = h("div", { class: "view thread" }, heading("Post", back()), h("p", { class: "loading" }, "Loading…"));
  const replies = h("div", { class: "items" });
  let reply = null;
  let shown = 0;

  async function load(again) {
    const thread = await api.thread(id);
    shown = thread.post.replies_count;
    if (again) {
      changed(thread.post);
    } else {
      reply = composer({ label: "Write a reply", button: "Reply", replyTo: id, done: () => load(true) });
      element.querySelector(".loading").replaceWith(
        h("div", { class: "items ancestors" }, thread.ancestors.map((post) => card(post, { context: false }))),
        card(thread.post, { context: false, large: true }), reply.form, replies);
    }
    const here = new Set([...replies.children].map((one) => Number(one.dataset.post)));
    for (const post of thread.replies) {
      if (here.has(post.id)) changed(post);
      else replies.append(card(post, { context: post.reply_to !== id }));
    }
    drawn();
  }

  async function begin() {
    try {
      await load(false);
    } catch (error) {
      element.querySelector(".loading").replaceWith(empty("No such post", error.message));
      return;
    }
    if (writing) reply.area.focus();
    else if (element.querySelector(".ancestors").firstChild) element.querySelector(".large").scrollIntoView();
  }
  begin();
  return {
    title: "Post",
    element,
    hear: (name, data) => {
      if (name === "post.counts" && data.post_id === id && data.replies_count > shown) load(true).catch(() => {});
      if (name === "session.ready" && reply) load(true).catch(() => {});
    },
  };
}
