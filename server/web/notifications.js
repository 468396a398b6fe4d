// What others did that concerns me; what many did with one post is one line.

import { person, postAddress, postById, talkAddress } from "./addresses.js";
import { client } from "./client.js";
import { when } from "./dates.js";
import { compact, listed as series, t, tr } from "./i18n.js";
import { html, nothing } from "./lit.js";
import { listed, Pages } from "./list.js";
import { load, veiledExcerpt } from "./muted.js";
import { on, state } from "./state.js";
import { avatar, empty, heading, icon, mount } from "./ui.js";
import { announce, failed, h, oncePerFrame } from "./view.js";

const KINDS = {
  like: { text: "notified.like", symbol: "heart" },
  follow: { text: "notified.follow", symbol: "user" },
  retweet: { text: "notified.retweet", symbol: "retweet" },
  reply: { text: "notified.reply", symbol: "reply" },
  mention: { text: "notified.mention", symbol: "mail" },
  message_mention: { text: "notified.message_mention", symbol: "mail" },
  quote: { text: "notified.quote", symbol: "edit" },
  poll: { text: "notified.poll", symbol: "poll" },
};
const OTHER = { text: "notified.other", symbol: "bell" }; // of a kind that this page does not know
const TOGETHER = new Set(["like", "retweet", "follow"]); // what several did at once, as it were
const NAMED = 2; // of several
const FACES = 6;
const READ_MAX = 100; // ids in one command
const PAGE = 60;

// A name in a script of the other direction keeps to itself.
const apart = (name) => `\u2068${name}\u2069`;

// Names of who did it: "Ann, Bob and 9 others".
function named(actors) {
  const names = actors.slice(0, NAMED).map((actor) => actor.display_name);
  const others = actors.length - names.length;
  return series((others ? [...names, t("notified.others", { count: others })] : names).map(apart));
}

// One line for a post and kind, where its latest stands; followers of one day likewise.
function grouped(notifications) {
  const lines = new Map();
  for (const one of notifications) {
    const what = one.kind === "follow" ? one.created_at.slice(0, 10) : one.post_id;
    const key = TOGETHER.has(one.kind) ? `${one.kind} ${what}` : String(one.id);
    if (!lines.has(key)) lines.set(key, { ...one, key, actors: [], ids: [] });
    const line = lines.get(key);
    if (!line.actors.some(({ id }) => id === one.actor.id)) line.actors.push(one.actor);
    line.ids.push(one.id);
    line.read &&= one.read;
  }
  return [...lines.values()];
}

export function notificationsView() {
  const seen = new Set(); // ids of those that this look has read; they stay marked as long as it lasts
  const unmarked = new Set();
  const look = oncePerFrame(read);
  const view = mount(h("div", { class: "view" }), () => html`
    ${heading(t("nav.notifications"), { more: html`<button class="quiet-button text" type="button" @click=${readAll}>${t("notified.read_all")}</button>` })}
    ${listed(shownPages(), line, () => empty(t("notified.none"), t("notified.none_why")))}`);
  const pages = new Pages((cursor) => client.notification.list({ cursor, limit: PAGE }), () => {
    view.soon();
    look();
  });

  // The list as it is drawn: by its lines.
  const shownPages = () => Object.assign(Object.create(pages), { items: grouped(pages.items), key: ({ key }) => key, more: () => pages.more() });

  function line({ key, kind, actors, ids, read: isRead, post_id: postId, post, message, conversation_id: talk, created_at: at }) {
    const isUnread = !isRead && !ids.every((id) => unmarked.has(id));
    const { text, symbol } = KINDS[kind] ?? OTHER;
    const address = message ? talkAddress(talk) : post ? postAddress(post) : postId ? postById(postId) : person(actors[0]);
    const who = html`<strong>${named(actors)}</strong>`;
    return html`<a class="notification" href=${address} data-notification=${key} ?data-unread=${isUnread}>
      <span class="kind" data-kind=${kind}>${icon(symbol)}</span>
      <span class="said"><span class="faces">${actors.slice(0, FACES).map((actor) => avatar(actor, "small"))}${actors.length > FACES ? html`<span class="quiet">+${compact(actors.length - FACES)}</span>` : nothing}</span>
        ${isUnread ? html`<span class="unseen">${t("notified.unread")} </span>` : nothing}<span>${tr(text, { count: actors.length, who })}</span>
        ${post ?? message ? html`<span class="excerpt" dir="auto">${(post && veiledExcerpt(post)) ?? (post ?? message).content}</span>` : nothing}</span>
      ${when(at)}</a>`;
  }

  // What is looked at is read.
  async function read() {
    if (document.hidden || !view.element.isConnected) return;
    const ids = pages.items.filter((one) => !one.read).map(({ id }) => id).filter((id) => !seen.has(id)).slice(0, READ_MAX);
    if (!ids.length) return;
    for (const id of ids) seen.add(id);
    try {
      await client.notification.read({ ids });
      look();
    } catch {
      for (const id of ids) seen.delete(id); // it is tried again with the next that comes
    }
  }

  async function readAll() {
    try {
      await client.notification.read();
      for (const { id } of pages.items) unmarked.add(id);
      view.soon();
    } catch (error) {
      failed(error);
    }
  }

  document.addEventListener("visibilitychange", look);
  if (state.me.has_muted_words) load().then(view.soon, () => {});
  view.draw();
  return {
    title: t("nav.notifications"),
    element: view.element,
    keep: true,
    redraw: view.soon,
    // Whoever comes back to it has seen what was marked when it was left.
    shown: () => {
      for (const id of seen) unmarked.add(id);
      view.draw();
      look();
    },
    hear: (name, data) => {
      if (name === "notification.created") pages.add(data.notification);
      else if (name === "notification.deleted") pages.remove(({ id }) => data.ids.includes(id));
      else if (name === "session.ready") look();
    },
    close: () => document.removeEventListener("visibilitychange", look),
  };
}

on("event", ({ name, data }) => {
  if (name !== "notification.created") return;
  const { actor, kind } = data.notification;
  announce(t((KINDS[kind] ?? OTHER).text, { count: 1, who: actor.display_name }));
});
