// New posts of a stream, held back above a list until one asks for them.

import { client, store } from "./client.js";
import { t } from "./i18n.js";
import { html, nothing } from "./lit.js";
import { keep } from "./post.js";
import { state } from "./state.js";
import { gently } from "./ui.js";

// What a view of a list has besides: `pill()` to draw, `shown` and `hidden`; changed() draws.
export function livePosts(stream, pages, changed) {
  let waiting = [], offs = [], name = null, cursor = null;
  let listens = false; // and goes on by itself after a lost connection

  function arrived({ post, ...from }) {
    if (from.stream !== name) return;
    ({ cursor } = from);
    if (isListed(post) || waiting.some(({ id }) => id === post.id)) return;
    keep(post);
    if (post.author.id === state.me?.id) pages().add(post);
    else waiting.push(post);
    changed();
  }

  const isListed = ({ id }) => pages().items.some((one) => one.id === id);

  // What came between the list and the stream, or more than the stream has again, the list has.
  async function subscribed(answer) {
    if (answer.stream !== name || (answer.status === "resumed" && !answer.more)) return;
    await pages().ready;
    await pages().reload();
    waiting = waiting.filter((post) => !isListed(post));
    changed();
  }

  function show() {
    for (const post of waiting.filter(({ id }) => store.posts.has(id))) pages().add(post);
    waiting = [];
    changed();
    scrollTo({ top: 0, behavior: gently() });
  }

  async function listen() {
    if (!client.live) return;
    name ??= stream; // until the answer says how the server spells it
    const answer = await client.stream.subscribe({ stream, cursor }).catch(() => null);
    if (!answer || !offs.length) return;
    listens = true;
    ({ stream: name, cursor } = answer);
    subscribed(answer);
  }

  return {
    pill: () => html`<div class="pill-place" aria-live="polite">${waiting.length ? html`<button class="pill" type="button" @click=${show}>${t("posts.new", { count: waiting.length })}</button>` : nothing}</div>`,
    shown() {
      offs = [
        client.on("stream.post", arrived),
        client.on("stream.subscribed", subscribed),
        client.on("post.deleted", ({ post_id: id }) => (waiting = waiting.filter((post) => post.id !== id)) && changed()),
        client.on("state", (now) => now === "live" && !listens && listen()),
      ];
      listen();
    },
    hidden() {
      offs.forEach((off) => off());
      offs = [];
      listens = false;
      if (client.live) client.stream.unsubscribe({ stream }).catch(() => {});
    },
  };
}
