// What waits in the outbox, as it is shown: what becomes of it, and what one can do about it.

import { client, outbox } from "./client.js";
import { state } from "./state.js";
import { avatar, failed, h, linked } from "./view.js";

// What becomes of an entry, with "Retry" and "Discard" unless it is just being sent.
export function fate(entry) {
  const refused = entry.state === "refused";
  const tried = entry.state === "waiting" && entry.triedAt !== null;
  const says = refused ? `Not sent. ${entry.problem.detail || entry.problem.title}`
    : !client.live ? "Waiting for the connection…"
    : tried ? "Not sent yet, trying again…"
    : "Sending…";
  const button = (label, act) => h("button", { class: "link", type: "button", onclick: () => act().catch(failed) }, label);
  return h("div", { class: refused ? "fate refused" : "fate", role: refused && "alert" }, h("span", {}, says),
    (refused || tried || !client.live) && h("span", { class: "fate-do" },
      button("Retry", () => (refused ? outbox.retry(entry.id) : outbox.flush())),
      button("Discard", () => outbox.discard(entry.id))));
}

const isPostFor = (replyTo) => ({ operation, input }) => operation === "post.create" && (replyTo === null || input.reply_to === replyTo);

// Posts on their way, or only replies to one; draw() is to be called when the outbox or the connection changes.
export function unsentPosts(replyTo = null) {
  const element = h("div", { class: "unsent" });
  const cards = new Map(); // id of an entry -> its card
  function draw() {
    const entries = outbox.entries.filter(isPostFor(replyTo));
    const ids = new Set(entries.map(({ id }) => id));
    for (const [id, card] of cards) if (!ids.has(id) && cards.delete(id)) card.remove();
    for (const entry of entries) {
      if (!cards.has(entry.id)) element.append(cards.set(entry.id, post(entry)).get(entry.id));
      cards.get(entry.id).querySelector(".fate").replaceWith(fate(entry));
    }
  }
  draw();
  return { element, draw };
}

function post(entry) {
  const { content, image } = entry.input;
  const picture = image && h("img", { class: "picture", alt: "The image that you chose" });
  if (image) {
    const reader = new FileReader(); // a data: URL, which the policy of this page lets through
    reader.onload = () => (picture.src = reader.result);
    reader.readAsDataURL(image);
  }
  return h("article", { class: "post waiting", "data-unsent": entry.id, "aria-label": `Not sent yet: ${content}` },
    h("span", { class: "face" }, avatar(state.me)),
    h("div", { class: "post-body" },
      h("p", { class: "byline" }, h("span", { class: "name" }, state.me.display_name)),
      entry.input.reply_to && h("p", { class: "context" }, "In reply to ", h("a", { href: `#/post/${entry.input.reply_to}` }, "a post")),
      h("p", { class: "content", dir: "auto" }, linked(content, [])), picture, h("div", { class: "fate" })));
}
