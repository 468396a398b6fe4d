// A post as it is seen everywhere, and what one can do with it.

import { person, postAddress, postById } from "./addresses.js";
import { client, store } from "./client.js";
import { age, exactly, when } from "./dates.js";
import { asMe } from "./gate.js";
import { gallery } from "./gallery.js";
import { compact, t, tr } from "./i18n.js";
import { classMap, guard, html, nothing } from "./lit.js";
import { moreMenu } from "./menu.js";
import { current, go, whenShown } from "./router.js";
import { on, state, tell } from "./state.js";
import { face, handle, icon, linked, nameLink } from "./ui.js";
import { failed, isBrowsers } from "./view.js";

const deleted = new Set(); // ids

on("forget", () => deleted.clear());
on("event", ({ name, data }) => name === "post.deleted" && deleted.add(data.post_id));

export const isGone = (id) => deleted.has(id);

// What only some posts need is loaded when one of them is shown, or somebody asks for it.
function later(load) {
  let asked = null; // the last promise of it
  const part = { here: null, get, draw, forget: () => (part.here = asked = null) };

  function get({ anew = false } = {}) {
    if (asked && !anew) return asked;
    const own = (asked = load().then((found) => {
      if (asked !== own) return found;
      part.here = found;
      tell("changed");
      return found;
    }));
    own.catch(() => asked === own && (asked = null)); // it is tried again the next time that it is drawn
    return own;
  }

  // What make() gives with it, nothing until it is there.
  function draw(make) {
    if (part.here) return make(part.here);
    get().catch(() => {});
    return nothing;
  }

  return part;
}

const quotes = later(() => import("./quotes.js"));
const polls = later(() => import("./polls.js"));
// What stands in place of a post that has a word of mine, once I have muted some.
const veiled = later(() => import("./muted.js").then((muted) => muted.load()).catch(() => () => null));

on("event", ({ name, data }) => {
  if (name !== "muted_word.changed") return;
  if (data.word) state.me.has_muted_words = true;
  veiled.get({ anew: true });
});
on("forget", veiled.forget);

const DEEPEST = 4; // levels of replies that are indented

const ACTIONS = {
  retweet: { menu: true, mark: "retweeted", count: "retweets_count", off: "unretweet", label: "post.retweet", countedLabel: "post.retweet_counted", symbol: "retweet" },
  like: { mark: "liked", count: "likes_count", off: "unlike", label: "post.like", countedLabel: "post.like_counted", symbol: "heart" },
  bookmark: { mark: "bookmarked", off: "unbookmark", label: "post.bookmark", symbol: "bookmark" },
};

// context: whether it says what it answers; large: the post that a view is about; depth: how many replies
// up the tree it stands below; line: whether one leads down to the next.
// Drawn again only where something that it shows is another.
export function postCard(given, { context = true, large = false, depth = 0, line = false, fresh = false } = {}) {
  if (deleted.has(given.id)) return nothing;
  if (!store.posts.has(given.id) && given.author) keep(given); // of many, the store has forgotten it
  const post = store.posts.get(given.id);
  if (!post) return nothing;
  if (state.me?.has_muted_words && !large) {
    const veil = veiled.draw((of) => of(post));
    if (veil) return veil;
  }
  const answered = context && post.reply_to ? store.posts.get(post.reply_to)?.author ?? post.replying_to : null;
  const shown = [post, given.retweeted_by, answered, large ? null : age(post.created_at), context, large, depth, line, fresh, quotes.here, ...quotedState(post), post.poll && polls.here?.left(post.poll)];
  return guard(shown, () => card(post, given.retweeted_by, { context, answered, large, depth, line, fresh }));
}

const quotedState = ({ quoted }) => (quoted?.post ? [store.posts.get(quoted.post_id), deleted.has(quoted.post_id)] : []);

function card(post, retweeter, { context, answered, large, depth, line, fresh }) {
  const { author } = post;
  const address = postAddress(post);
  const level = Math.min(depth, DEEPEST);
  return html`<article class=${classMap({ post: true, large, line, fresh, [`depth-${level}`]: level > 0 })} data-post=${post.id} tabindex="-1"
      aria-label=${t("post.by", { name: author.display_name, text: post.content })} @click=${(event) => open(event, address, large)}>
    ${retweeter ? html`<p class="by">${icon("retweet")}<span>${tr("post.retweeted_by", { name: html`<a href=${person(retweeter)}><bdi>${retweeter.display_name}</bdi></a>` })}</span></p>` : nothing}
    ${face(author)}
    <div class="post-body">
      <div class="byline">${nameLink(author)} <span class="handle" dir="ltr">${handle(author)}</span>
        ${large ? nothing : html`<a class="when" href=${address}>${when(post.created_at)}</a>${post.edited_at ? html`<a class="when edited" href=${`${address}/history`}>${t("post.edited")}</a>` : nothing}`}
        ${moreMenu(t("post.more_about", { name: author.display_name }), async () => (await import("./post-menu.js")).menuItems(post))}</div>
      ${context && post.reply_to ? answering(post, answered) : nothing}
      ${post.content ? html`<p class="content" dir="auto">${linked(post.content, post.mentions)}</p>` : nothing}
      ${post.poll ? polls.draw((of) => of.pollOf(post, changed)) : nothing}
      ${gallery(post.media ?? [], t("post.image_by", { name: author.display_name }), { sensitive: post.sensitive && author.id !== state.me?.id, key: `post ${post.id}` })}
      ${post.quoted ? quotes.draw((of) => of.quotedBy(post)) : nothing}
      ${large ? details(post, address) : nothing}
      <div class="actions">
        <a class="action reply" href=${address} data-action="reply" aria-label=${t("post.reply_counted", { count: post.replies_count })}
          @click=${(event) => reply(event, post, large)}>${icon("reply")}${number(post.replies_count)}</a>
        ${Object.keys(ACTIONS).map((name) => action(post, name))}
      </div>
    </div></article>`;
}

function answering({ reply_to: id }, author) {
  const name = author && html`<a href=${postAddress({ id, author })} dir="ltr">${handle(author)}</a>`;
  return html`<p class="context">${author ? tr("post.replying_to", { name }) : html`<a href=${postById(id)}>${t("post.replying")}</a>`}</p>`;
}

// When exactly, and who did what with it.
const details = (post, address) => html`<p class="details">${exactly(post.created_at)}
    ${post.edited_at ? html` · <a href=${`${address}/history`}>${t("post.edited")}</a>` : nothing}
    ${post.likes_count ? html` · <a href=${`${address}/likes`}>${t("post.likes", { count: post.likes_count })}</a>` : nothing}
    ${post.retweets_count ? html` · <a href=${`${address}/retweets`}>${t("post.retweets", { count: post.retweets_count })}</a>` : nothing}
    ${post.quotes_count ? html` · <a href=${`${address}/quotes`}>${t("post.quotes", { count: post.quotes_count })}</a>` : nothing}</p>`;

const number = (value) => html`<span class="number">${value ? compact(value) : ""}</span>`;

function action(post, name) {
  const { menu, mark, count, label, countedLabel, symbol } = ACTIONS[name];
  return html`<button class=${`action ${name}`} type="button" data-action=${name} aria-pressed=${String(Boolean(post[mark]))}
    aria-label=${count ? t(countedLabel, { count: post[count] }) : t(label)} title=${t(label)}
    @click=${({ currentTarget }) => (menu ? quotes.get().then((of) => of.retweetMenu(currentTarget, store.posts.get(post.id))).catch(failed) : press(post.id, name))}>${icon(symbol)}${count ? number(post[count]) : nothing}</button>`;
}

// Who has to log in first wants it on, and finds it so if it was.
export function press(id, name) {
  if (state.me) return toggle(id, name);
  asMe(async () => {
    const post = await client.post.get({ id });
    if (!post[ACTIONS[name].mark]) await toggle(id, name);
  });
}

// At once, and back if the server says no.
async function toggle(id, name) {
  const { mark, count, off } = ACTIONS[name];
  const post = store.posts.get(id);
  const on = !post[mark];
  const before = { [mark]: post[mark] ?? false };
  const guess = { [mark]: on };
  if (count) {
    before[count] = post[count];
    guess[count] = Math.max(0, post[count] + (on ? 1 : -1));
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
export function keep({ retweeted_by: _, ...post }) {
  store.take("Post", post);
}

function change(id, fields) {
  if (store.posts.has(id)) changed({ ...store.posts.get(id), ...fields });
}

export function changed(post) {
  keep(post);
  tell("changed");
}

// It is deleted, wherever it stands.
export function gone(id) {
  deleted.add(id);
  store.apply("post.deleted", { post_id: id });
  tell("gone", id);
  tell("changed");
}

// The box is in the thread; where that is open already, it has the focus.
function reply(event, post, large) {
  if (isBrowsers(event)) return;
  event.preventDefault();
  asMe(() => {
    if (!large) go(postAddress(post));
    whenShown(() => current()?.write?.());
  });
}

// A click on what is no link or button opens the post, unless text is being selected.
function open(event, address, large) {
  if (large || event.defaultPrevented || event.target.closest("a, button, img.picture, [role=menu]") || String(getSelection())) return;
  go(address);
}
