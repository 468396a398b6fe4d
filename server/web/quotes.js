// What a post quotes, and quoting one.

import { postAddress, postById } from "./addresses.js";
import { client, store } from "./client.js";
import { composer } from "./composer.js";
import { when } from "./dates.js";
import { gallery } from "./gallery.js";
import { asMe } from "./gate.js";
import { t } from "./i18n.js";
import { html, nothing, render } from "./lit.js";
import { openMenu } from "./menu.js";
import { changed, isGone, press } from "./post.js";
import { go } from "./router.js";
import { state } from "./state.js";
import { avatar, handle, icon, linked, nameLink } from "./ui.js";
import { failed, h } from "./view.js";

const MARKS = ["content", "media", "sensitive", "edited_at"]; // what an edit changes
const asked = new Set(); // ids of posts of which only the state is known, and that are being read

// Of a post that quotes another.
export function quotedBy({ id, quoted: { state: how, post_id: quotedId, post } }) {
  if (how === "accepted" && !post) return read(id);
  if (!post || isGone(post.id)) return hidden(how, quotedId);
  return card(post);
}

// Told of by an edit alone.
function read(id) {
  if (!asked.has(id)) {
    asked.add(id);
    client.post.get({ id }).then(changed, () => {}).finally(() => asked.delete(id));
  }
  return nothing;
}

const WHY = {
  revoked: { text: "quote.revoked" },
  blocked_account: { text: "quote.blocked" },
  muted_account: { text: "quote.muted" },
};

const hidden = (how, id) => html`<p class="quoted hidden">${t(WHY[how]?.text ?? "quote.unavailable")}${WHY[how] && id ? html` <a href=${postById(id)}>${t("quote.show")}</a>` : nothing}</p>`;

// As it is now, where that is known: an edit of it may have been told.
function card(post) {
  const known = store.posts.get(post.id);
  const now = known ? { ...post, ...Object.fromEntries(MARKS.map((name) => [name, known[name]])) } : post;
  const { author } = post;
  const address = postAddress(post);
  return html`<blockquote class="quoted" cite=${address} @click=${(event) => visit(event, address)}>
    <div class="byline">${avatar(author, "small")}${nameLink(author)} <span class="handle" dir="ltr">${handle(author)}</span>
      <a class="when" href=${address}>${when(post.created_at)}</a>${now.edited_at ? html`<span class="when">${t("post.edited")}</span>` : nothing}</div>
    ${now.content ? html`<p class="content" dir="auto">${linked(now.content, [])}</p>` : nothing}
    ${gallery(now.media, t("post.image_by", { name: author.display_name }), { sensitive: now.sensitive && author.id !== state.me?.id, key: `post ${post.id}` })}
    ${post.has_poll ? html`<p class="quiet">${icon("poll")} <a href=${address}>${t("quote.poll")}</a></p>` : nothing}
  </blockquote>`;
}

// A click on what is no link or button opens the quoted post, and not the one that quotes it.
function visit(event, address) {
  event.stopPropagation();
  if (event.defaultPrevented || event.target.closest("a, button, img.picture") || String(getSelection())) return;
  go(address);
}

export function retweetMenu(button, post) {
  const mayQuote = post.quotable ?? true; // what came live does not say
  openMenu(button, [
    { label: t(post.retweeted ? "post.unretweet" : "post.retweet"), symbol: "retweet", act: async () => press(post.id, "retweet") },
    mayQuote && { label: t("quote.write"), symbol: "edit", act: async () => asMe(() => write(post).catch(failed)) },
    post.quotes_count > 0 && { label: t("quote.all"), symbol: "people", act: async () => go(`${postAddress(post)}/quotes`) },
  ], t("post.retweet"));
}

async function write(post) {
  const { closer, open } = await import("./dialog.js");
  const box = composer({ label: t("quote.label"), button: t("composer.post"), quoting: post.id, sent: () => dialog.close() });
  const shown = h("div");
  render(card({ media: [], ...post }), shown);
  const dialog = open(t("quote.write"), false, box.form, shown, h("div", { class: "dialog-do" }, closer(t("dialog.cancel"))));
  dialog.classList.add("quoting");
  box.look();
  box.area.focus();
}
