// A post in its conversation; replies appear as they are written.

import { client, store } from "./client.js";
import { card, changed, composer } from "./post.js";
import { tell } from "./state.js";
import { unsentPosts } from "./unsent.js";
import { back, empty, failed, h, heading } from "./view.js";

const PAGE = 100; // replies
const WHOLE = 100; // replies; a tree of fewer is whole, one of more the server may have cut

export function threadView(id, writing) {
  const element = h("div", { class: "view thread" }, heading("Post", back()), h("p", { class: "loading" }, "Loading…"));
  const replies = h("div", { class: "items" });
  const more = h("button", { class: "more", type: "button", hidden: true, onclick: loadMore }, "More replies");
  const unsent = unsentPosts(id);
  const shown = new Set(); // ids of replies, of those to replies, too
  let reply = null;
  let large = null;
  const answers = new Set(); // of them those to the post itself
  let cursor = null; // of the page of replies that was read last
  let whole = true; // whether the tree holds all
  let deleted = false;

  async function begin() {
    let thread;
    try {
      thread = await client.post.thread({ id });
    } catch (error) {
      element.querySelector(".loading").replaceWith(empty("No such post", error.message), unsent.element);
      return;
    }
    reply = composer({ label: "Write a reply", button: "Reply", replyTo: id });
    large = card(thread.post, { context: false, large: true });
    element.querySelector(".loading").replaceWith(
      h("div", { class: "items ancestors" }, thread.ancestors.map((post) => card(post, { context: false }))),
      large, reply.form, unsent.element, replies, more);
    take(thread);
    reply.look();
    if (writing) reply.area.focus();
    else if (element.querySelector(".ancestors").firstChild) large.scrollIntoView();
  }

  function take({ replies: tree }) {
    whole = tree.length < WHOLE;
    tree.forEach(show);
    drawMore();
  }

  function show(post) {
    if (shown.has(post.id)) return changed(post);
    shown.add(post.id);
    if (post.reply_to === id) answers.add(post.id);
    replies.append(card(post, { context: post.reply_to !== id }));
  }

  function drawMore() {
    more.hidden = deleted || whole || answers.size >= (store.posts.get(id)?.replies_count ?? 0);
    tell("drawn");
  }

  // The tree that came first holds the oldest; then replies to the post itself, page by page.
  async function loadMore() {
    more.disabled = true;
    try {
      const before = shown.size;
      let end = false;
      while (!end && shown.size === before) end = await readOn();
      if (end && shown.size === before) whole = true; // the others are kept from me
      drawMore();
    } catch (error) {
      failed(error);
    }
    more.disabled = false;
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
      if (error.status === 404 && !deleted) lost();
      return; // or with the next event
    }
    changed(thread.post);
    if (more.hidden) take(thread);
    else drawMore();
  }

  function lost() {
    deleted = true;
    const kept = reply?.area.value ? " What you were writing is kept below for you to copy: it cannot be sent any more." : "";
    const notice = h("div", { class: "notice gone", role: "status" }, h("p", {}, h("strong", {}, "This post has been deleted.")), kept && h("p", {}, kept));
    (large ?? element.querySelector(".loading"))?.remove();
    if (!reply) return element.append(notice);
    reply.form.before(notice);
    reply.close();
    if (!kept) reply.form.remove();
    drawMore();
  }

  let caughtUp = false;
  function watched() {
    if (!reply || caughtUp) return;
    caughtUp = true;
    catchUp();
  }

  begin();
  return {
    title: "Post",
    element,
    hear: (name, data) => {
      if (name === "post.counts" && data.post_id === id && reply && data.replies_count > answers.size) catchUp();
      else if (name === "session.ready" && reply) catchUp();
      else if (name === "post.deleted" && data.post_id === id && !deleted) lost();
      else if (name === "post.deleted" && shown.delete(data.post_id)) answers.delete(data.post_id);
    },
    posted: (post) => {
      if (!reply || (post.reply_to !== id && !shown.has(post.reply_to))) return;
      show(post);
      drawMore();
    },
    drawUnsent: unsent.draw,
    watched, // from now on events tell of it: what happened before they did not
  };
}
