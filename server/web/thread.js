// A post in its conversation; replies appear as they are written.

import { postAddress } from "./addresses.js";
import { client, outbox, store } from "./client.js";
import { composer } from "./composer.js";
import { invitation } from "./gate.js";
import { t } from "./i18n.js";
import { html, nothing, repeat } from "./lit.js";
import { postCard } from "./post.js";
import { path, readdress } from "./router.js";
import { state, tell } from "./state.js";
import { empty, heading, mount, skeleton } from "./ui.js";
import { unsentPosts } from "./unsent.js";
import { failed, h } from "./view.js";

const PAGE = 100; // replies
const WHOLE = 100; // replies; a tree of fewer is whole, one of more the server may have cut
const TITLE_MAX = 60; // characters

export function threadView(id) {
  const shown = new Map(); // id of a reply, of those to replies, too -> what it answers
  let ancestors = [];
  let missing = null; // why it cannot be shown
  let isLoaded = false;
  let box = null;
  let cursor = null; // of the page of replies that was read last
  let whole = true; // whether the tree holds all
  let deleted = false;
  let isLoading = false;
  let writing = false;

  const view = mount(h("div", { class: "view thread" }), () => html`
    ${heading(t("thread.title"), { parent: "/" })}
    ${missing ? empty(...missing) : !isLoaded ? skeleton(3) : html`
      <div class="items ancestors">${repeat(ancestors, (post) => post.id, (post) => postCard(post, { context: false, line: true }))}</div>
      ${deleted ? lost() : postCard({ id }, { context: ancestors.length === 0, large: true })}
      ${box ? (deleted && !isWriting() ? nothing : box.form) : invitation(t("thread.log_in"))}
      ${unsentPosts(id)}
      <div class="items">${repeat(inOrder(), ({ id: reply }) => reply, ({ id: reply, depth }) => postCard({ id: reply }, { context: depth > 0, depth }))}</div>
      ${hasMore() ? html`<button class="more" type="button" ?disabled=${isLoading} @click=${loadMore}>${t("thread.more")}</button>` : nothing}`}
    ${missing && state.me ? unsentPosts(id) : nothing}`);

  const lost = () => html`<div class="notice gone" role="status"><p><strong>${t("thread.deleted")}</strong></p>
    ${box?.area.value ? html`<p>${t("thread.kept")}</p>` : nothing}</div>`;

  // Whether something would be taken out of somebody's hands.
  const isWriting = () => Boolean(box.area.value) || outbox.entries.some(({ input }) => input.reply_to === id);

  // Every reply before the replies to it, the oldest first, each with how deep it is.
  function inOrder() {
    const below = new Map();
    for (const [reply, parent] of shown) {
      const place = shown.has(parent) ? parent : id;
      if (!below.has(place)) below.set(place, []);
      below.get(place).push(reply);
    }
    const order = [];
    const walk = (parent, depth) => {
      for (const reply of (below.get(parent) ?? []).sort((a, b) => a - b)) {
        order.push({ id: reply, depth });
        walk(reply, depth + 1);
      }
    };
    walk(id, 0);
    return order;
  }

  function redraw() {
    view.soon();
    tell("drawn");
  }

  async function begin() {
    let thread;
    try {
      thread = await client.post.thread({ id });
    } catch (error) {
      missing = error.status === 404 ? [t("thread.none"), t("thread.none_why")] : [t("list.failed"), error.message];
      [result.title] = missing;
      tell("titled");
      return view.draw();
    }
    ({ ancestors } = thread);
    box = state.me ? composer({ label: t("thread.write"), button: t("thread.reply"), replyTo: id }) : null;
    isLoaded = true;
    name(thread.post);
    take(thread);
    view.draw();
    box?.look();
    if (writing) box?.area.focus();
    else if (ancestors.length && view.element.isConnected && scrollY === 0) view.element.querySelector(".post.large")?.scrollIntoView({ behavior: "instant" });
  }

  // The address says by whom it is, the title what it says.
  function name(post) {
    result.title = `${post.author.display_name}: ${post.content.length > TITLE_MAX ? `${post.content.slice(0, TITLE_MAX)}…` : post.content}`;
    if (view.element.isConnected && path() !== postAddress(post)) readdress(postAddress(post));
    tell("titled");
  }

  function take({ replies }) {
    whole = replies.length < WHOLE;
    replies.forEach(show);
    redraw();
  }

  function show(post) {
    shown.set(post.id, post.reply_to);
  }

  const answers = () => [...shown.values()].filter((parent) => parent === id).length;
  const hasMore = () => !deleted && !whole && answers() < (store.posts.get(id)?.replies_count ?? 0);

  // The tree that came first holds the oldest; then replies to the post itself, page by page.
  async function loadMore() {
    isLoading = true;
    redraw();
    try {
      const before = shown.size;
      let end = false;
      while (!end && shown.size === before) end = await readOn();
      if (end && shown.size === before) whole = true; // the others are kept from me
    } catch (error) {
      failed(error);
    }
    isLoading = false;
    redraw();
  }

  // The next page, or the last again, which may have grown; resolves with whether it is the last.
  async function readOn() {
    const { results, next } = await client.post.replies({ id, limit: PAGE, ...(cursor && { cursor }) });
    results.forEach(show);
    cursor = next ?? cursor;
    return next === null;
  }

  // What has been written since: the tree tells, or, where it does not hold all, the button.
  async function catchUp() {
    let thread;
    try {
      thread = await client.post.thread({ id });
    } catch (error) {
      if (error.status === 404 && !deleted) isLost();
      return; // or with the next event
    }
    tell("changed");
    if (hasMore()) redraw();
    else take(thread);
  }

  function isLost() {
    deleted = true;
    box?.close();
    redraw();
  }

  let caughtUp = false;
  function watched() {
    if (!isLoaded || caughtUp) return;
    caughtUp = true;
    catchUp();
  }

  const result = {
    title: t("thread.title"), parent: "/",
    element: view.element, keep: true, redraw: view.soon,
    shown: () => {
      view.draw();
      box?.look();
    },
    hear: (name, data) => {
      if (name === "post.counts" && data.post_id === id && isLoaded && data.replies_count > answers()) catchUp();
      else if (name === "session.ready" && isLoaded) catchUp();
      else if (name === "post.deleted" && data.post_id === id && !deleted) isLost();
      else if (name === "post.deleted") shown.delete(data.post_id);
    },
    posted: (post) => {
      if (!isLoaded || (post.reply_to !== id && !shown.has(post.reply_to))) return;
      show(post);
      redraw();
    },
    write: () => {
      writing = true;
      box?.area.focus();
    },
    watched, // from now on events tell of it: what happened before they did not
  };
  view.draw();
  begin();
  return result;
}
