// A post as it is seen everywhere, and the box to write one in.

import { client, outbox, store } from "./client.js";
import { time } from "./dates.js";
import { ask } from "./dialog.js";
import { draft, keepDraft } from "./drafts.js";
import { report } from "./relation.js";
import { shrunk } from "./shrink.js";
import { state } from "./state.js";
import { isBlank, room } from "./text.js";
import {
  announce, avatar, count, failed, grow, h, handle, icon, linked, person, toast, webAddress,
} from "./view.js";

const NEAR_END = 40; // characters left from which on the counter is shown

// Without HEIC, of which iPhones then send a JPEG.
export const IMAGES = "image/jpeg,image/png,image/gif,image/webp,image/avif";

const ACTIONS = {
  retweet: { mark: "retweeted", count: "retweets_count", off: "unretweet", label: "Retweet" },
  like: { mark: "liked", count: "likes_count", off: "unlike", label: "Like" },
  bookmark: { mark: "bookmarked", off: "unbookmark", label: "Bookmark" },
};
const SYMBOLS = { retweet: "retweet", like: "heart", bookmark: "bookmark" };

// Feeds that are kept while another view is shown, with the cards in them.
export const kept = new Set();

export function card(given, { context = true, large = false } = {}) {
  const retweeter = given.retweeted_by;
  const { id } = given;
  keep(given);
  const element = h("article", {
    class: large ? "post large" : "post",
    "data-post": id,
    onclick: (event) => open(event, id, large),
  });
  element.redraw = () => {
    const post = store.posts.get(id);
    if (!post) return; // it is deleted
    const focused = element.contains(document.activeElement) && document.activeElement.dataset.action;
    element.replaceChildren(...parts(post, { retweeter, context, large }));
    element.setAttribute("aria-label", `${post.author.display_name}: ${post.content}`);
    if (focused) element.querySelector(`[data-action="${focused}"]`)?.focus();
  };
  element.redraw();
  return element;
}

function parts(post, { retweeter, context, large }) {
  const { author } = post;
  const image = webAddress(post.image);
  return [
    retweeter && h("p", { class: "by" }, icon("retweet"), h("a", { href: person(retweeter) }, retweeter.display_name), " retweeted"),
    h("a", { class: "face", href: person(author), tabindex: "-1", "aria-hidden": "true" }, avatar(author)),
    h("div", { class: "post-body" },
      h("p", { class: "byline" },
        h("a", { class: "name", href: person(author) }, author.display_name), " ",
        h("span", { class: "handle" }, handle(author)), " ",
        h("a", { class: "when", href: `#/post/${post.id}` }, time(post.created_at)),
        post.edited_at && h("span", { class: "when" }, " edited")),
      context && post.reply_to && h("p", { class: "context" }, "In reply to ", h("a", { href: `#/post/${post.reply_to}` }, "a post")),
      h("p", { class: "content", dir: "auto" }, linked(post.content, post.mentions)),
      image && h("img", { class: "picture", src: image, alt: `Image posted by ${author.display_name}`, loading: "lazy" }),
      h("div", { class: "actions" },
        h("a", { class: "action", href: `#/post/${post.id}/reply`, "data-action": "reply", "aria-label": `Reply, ${post.replies_count} so far` },
          icon("reply"), number(post.replies_count)),
        Object.keys(ACTIONS).map((name) => action(post, name)),
        large && state.me && own(post))),
  ].filter(Boolean);
}

// What only its author may do with it, or an admin; others may report it.
function own(post) {
  const mine = post.author.id === state.me.id;
  const button = (name, symbol, label, act) =>
    h("button", { class: "action", type: "button", "data-action": name, "aria-label": label, title: label, onclick: () => act(post) }, icon(symbol));
  return [
    mine && button("edit", "edit", "Edit this post", edit),
    (mine || state.me.is_admin) && button("delete", "trash", "Delete this post", remove),
    !mine && button("report", "flag", "Report this post", () => report({ post_id: post.id }, "this post")),
  ].filter(Boolean);
}

const number = (value) => h("span", { class: "number" }, value ? count(value) : "");

function action(post, name) {
  const { mark, count: counted, label } = ACTIONS[name];
  return h("button", {
    class: `action ${name}`, type: "button", "data-action": name,
    "aria-pressed": String(Boolean(post[mark])),
    "aria-label": counted ? `${label}, ${post[counted]} so far` : label,
    onclick: () => toggle(post.id, name),
  }, icon(SYMBOLS[name]), counted ? number(post[counted]) : null);
}

// At once, and back if the server says no.
async function toggle(id, name) {
  const { mark, count: counted, off } = ACTIONS[name];
  const post = store.posts.get(id);
  const on = !post[mark];
  const before = { [mark]: post[mark] };
  const guess = { [mark]: on };
  if (counted) {
    before[counted] = post[counted];
    guess[counted] = Math.max(0, post[counted] + (on ? 1 : -1));
  }
  change(id, guess);
  try {
    changed(await client.post[on ? name : off]({ id }));
  } catch (error) {
    change(id, before);
    failed(error);
  }
}

// What a post's retweeter saw is no part of it; what I did with it, that is not said, stays as it was.
function keep({ retweeted_by: _, ...post }) {
  store.take("Post", post);
}

function change(id, fields) {
  if (store.posts.has(id)) changed({ ...store.posts.get(id), ...fields });
}

export function changed(post) {
  keep(post);
  redraw(post.id);
}

// The store knows it as it is now.
export function redraw(id) {
  for (const element of cards(id)) element.redraw();
}

export function gone(id) {
  for (const element of cards(id)) element.remove();
}

function cards(id) {
  const within = [document, ...kept].flatMap((root) => [...root.querySelectorAll(`[data-post="${id}"]`)]);
  return new Set(within);
}

function edit(post) {
  ask({
    title: "Edit your post",
    fields: [{ label: "Text", name: "content", long: true, value: post.content, limit: "post" }],
    button: "Save",
    act: async ({ content }) => changed(await client.post.update({ id: post.id, content })),
  });
}

function remove(post) {
  ask({
    title: "Delete this post?",
    words: ["It is gone for good, with its likes. Replies to it stay."],
    button: "Delete",
    danger: true,
    act: async () => {
      await client.post.delete({ id: post.id });
      gone(post.id);
      toast("The post is deleted.");
      history.back();
    },
  });
}

// A click on what is no link or button opens the post, unless text is being selected.
function open(event, id, large) {
  if (large || event.target.closest("a, button, img.picture") || String(getSelection())) return;
  location.hash = `#/post/${id}`;
}

// Where to write a post. It goes by the outbox, so that the box is empty at once.
export function composer({ label = "What is going on?", button = "Post", replyTo = null } = {}) {
  const place = replyTo ? `reply ${replyTo}` : "post";
  let file = null;
  const area = h("textarea", { name: "content", rows: "1", placeholder: label, "aria-label": label, dir: "auto" });
  const left = h("span", { class: "left", "aria-hidden": "true" });
  const picker = h("input", { type: "file", accept: IMAGES, hidden: true, onchange: pick });
  const pickButton = h("button", {
    class: "quiet-button accent", type: "button", "aria-label": "Add an image", title: "Add an image", onclick: () => picker.click(),
  }, icon("image"));
  const picked = h("div", { class: "picked", hidden: true });
  const submit = h("button", { class: "primary small", type: "submit", disabled: true }, button);
  const form = h("form", { class: "composer", onsubmit: send },
    avatar(state.me),
    h("div", { class: "composer-body" }, area, picked,
      h("div", { class: "composer-foot" }, picker, pickButton, left, submit)));

  function pick() {
    hold(picker.files[0] ?? null);
    picker.value = "";
  }

  function hold(image) {
    file = image;
    picked.hidden = !file;
    if (!file) return picked.replaceChildren();
    shrunk(file); // while the text is being written
    const reader = new FileReader(); // a data: URL, which the policy of this page lets through
    reader.onload = () => picked.replaceChildren(
      h("img", { src: reader.result, alt: `Chosen image: ${file.name}` }),
      h("button", { type: "button", "aria-label": "Remove the image", onclick: drop }, icon("close")));
    reader.readAsDataURL(file);
  }

  function drop() {
    hold(null);
    area.focus();
  }

  function look() {
    const space = room(area.value, "post");
    left.textContent = area.value ? String(space) : "";
    left.classList.toggle("near", space <= NEAR_END);
    left.classList.toggle("over", space < 0);
    if (space === NEAR_END || space === 0) announce(`${space} characters left`);
    if (space < 0) area.setAttribute("aria-invalid", "true");
    else area.removeAttribute("aria-invalid");
    submit.disabled = space < 0 || isBlank(area.value);
    grow(area);
  }

  area.addEventListener("input", () => {
    keepDraft(place, area.value);
    look();
  });
  area.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !submit.disabled) form.requestSubmit();
  });

  async function send(event) {
    event.preventDefault();
    if (submit.disabled) return;
    const content = area.value;
    const image = file;
    area.value = "";
    hold(null);
    look();
    try {
      await outbox.send("post.create", { content, ...(replyTo && { reply_to: replyTo }), ...(image && { image: await shrunk(image) }) });
    } catch (error) {
      area.value = content + area.value; // it is not kept: here it stays
      if (image && !file) hold(image);
      failed(error);
    }
    keepDraft(place, area.value);
    look();
  }

  // What it replies to is gone: what was written can be taken elsewhere.
  function close() {
    area.readOnly = true;
    for (const control of [submit, pickButton]) control.hidden = true;
  }

  area.value = draft(place);
  look();
  return { form, area, look, close };
}
