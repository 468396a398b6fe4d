// A post as it is seen everywhere, and the box to write one in.

import { api, clientId } from "./api.js";
import { ask } from "./dialog.js";
import { report } from "./relation.js";
import { keepPost, state, tell } from "./state.js";
import {
  announce, avatar, count, failed, grow, h, handle, icon, linked, person, time, toast, webAddress,
} from "./view.js";
import { isBlank, room } from "./text.js";

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
  const id = keepPost(given).id;
  const element = h("article", {
    class: large ? "post large" : "post",
    "data-post": id,
    onclick: (event) => open(event, id, large),
  });
  element.redraw = () => {
    const post = state.posts.get(id);
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
    "aria-pressed": String(post[mark]),
    "aria-label": counted ? `${label}, ${post[counted]} so far` : label,
    onclick: () => toggle(post.id, name),
  }, icon(SYMBOLS[name]), counted ? number(post[counted]) : null);
}

// At once, and back if the server says no.
async function toggle(id, name) {
  const { mark, count: counted, off } = ACTIONS[name];
  const post = state.posts.get(id);
  const on = !post[mark];
  const before = { [mark]: post[mark] };
  const guess = { [mark]: on };
  if (counted) {
    before[counted] = post[counted];
    guess[counted] = Math.max(0, post[counted] + (on ? 1 : -1));
  }
  change(id, guess);
  try {
    changed(await api[on ? name : off](id));
  } catch (error) {
    change(id, before);
    failed(error);
  }
}

export function change(id, fields) {
  const post = state.posts.get(id);
  if (!post) return;
  state.posts.set(id, { ...post, ...fields });
  for (const element of cards(id)) element.redraw();
}

export function changed(post) {
  const { retweeted_by: _, ...rest } = keepPost(post);
  change(post.id, rest);
}

export function gone(id) {
  state.posts.delete(id);
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
    act: async ({ content }) => changed(await api.editPost(post.id, content)),
  });
}

function remove(post) {
  ask({
    title: "Delete this post?",
    words: ["It is gone for good, with its likes. Replies to it stay."],
    button: "Delete",
    danger: true,
    act: async () => {
      await api.deletePost(post.id);
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

// Where to write a post; done(post) when it is stored. A retry after a lost answer is the same post.
export function composer({ label = "What is going on?", button = "Post", replyTo = null, done = () => {} } = {}) {
  let key = clientId();
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
    const [file] = picker.files;
    key = clientId();
    picked.hidden = !file;
    if (!file) return picked.replaceChildren();
    const reader = new FileReader(); // a data: URL, which the policy of this page lets through
    reader.onload = () => picked.replaceChildren(
      h("img", { src: reader.result, alt: `Chosen image: ${file.name}` }),
      h("button", { type: "button", "aria-label": "Remove the image", onclick: drop }, icon("close")));
    reader.readAsDataURL(file);
  }

  function drop() {
    picker.value = "";
    pick();
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
    key = clientId();
    look();
  });
  area.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !submit.disabled) form.requestSubmit();
  });

  async function send(event) {
    event.preventDefault();
    if (submit.disabled) return;
    submit.disabled = true;
    try {
      const fields = { content: area.value };
      if (replyTo) fields.reply_to = replyTo;
      if (picker.files[0]) fields.image = picker.files[0];
      const post = await api.createPost(fields, key);
      area.value = picker.value = "";
      pick();
      key = clientId();
      done(keepPost(post));
      tell("posted", post);
      announce("Posted");
    } catch (error) {
      failed(error);
    }
    look();
  }

  return { form, area };
}
