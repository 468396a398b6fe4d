// The menu of a post, loaded when somebody opens one.

import { postAddress } from "./addresses.js";
import { keepingAway, report } from "./away.js";
import { client, store } from "./client.js";
import { copyLink } from "./clipboard.js";
import { asMe } from "./gate.js";
import { t } from "./i18n.js";
import { changed, gone } from "./post.js";
import { go, path, up } from "./router.js";
import { state, tell } from "./state.js";
import { ask, toast } from "./view.js";

export async function menuItems(post) {
  const { author } = post;
  const mine = author.id === state.me?.id;
  const address = postAddress(post);
  return [
    { label: t("post.copy_link"), symbol: "link", act: () => copyLink(address) },
    mine && { label: t("post.edit"), symbol: "edit", act: () => edit(post) },
    mine && post.media?.length && { label: t("post.describe"), symbol: "image", act: () => describe(post) },
    post.edited_at && { label: t("post.history"), symbol: "clock", act: () => go(`${address}/history`) },
    { label: t("post.who_likes"), symbol: "heart", act: () => go(`${address}/likes`) },
    { label: t("post.who_retweeted"), symbol: "retweet", act: () => go(`${address}/retweets`) },
    ...(state.me ? await ofMine(post) : []),
    ...(mine || !state.me ? [] : await keepingAway(author)),
    !mine && { label: t("post.report"), symbol: "flag", act: () => asMe(() => report({ post_id: post.id }, t("report.this_post"))) },
    (mine || state.me?.is_admin) && { label: t("post.delete"), symbol: "trash", danger: true, act: () => remove(post) },
  ];
}

function describe(post) {
  ask({
    title: t("post.describe"),
    words: [t("composer.describe_words")],
    fields: post.media.map(({ id, alt }, place) => ({ label: t("post.describe_nth", { count: place + 1 }), name: String(id), long: true, value: alt, limit: "alt" })),
    button: t("dialog.save"),
    act: async (values) => {
      const media = await Promise.all(post.media.map((one) => (values[one.id] === one.alt ? one : client.media.update({ id: one.id, alt: values[one.id] }))));
      changed({ ...store.posts.get(post.id), media });
    },
  });
}

function edit(post) {
  ask({
    title: t("post.edit_title"),
    fields: [{ label: t("post.text"), name: "content", long: true, value: post.content, limit: "post" }],
    button: t("dialog.save"),
    act: async ({ content }) => changed(await client.post.update({ id: post.id, content })),
  });
}

function remove(post) {
  ask({
    title: t("post.delete_title"),
    words: [t("post.delete_words")],
    button: t("dialog.delete"),
    danger: true,
    act: async () => {
      await client.post.delete({ id: post.id });
      const isOpen = path().startsWith(postAddress(post));
      gone(post.id);
      toast(t("post.deleted"));
      if (isOpen) up("/");
    },
  });
}

// A post of mine can be pinned; one that quotes mine, have it no longer.
async function ofMine(post) {
  const { id } = state.me;
  const { pinned_post_id: pinned } = post.author.id === id ? await client.profile.get({ id }) : {};
  return [
    pinned !== undefined && (pinned === post.id
      ? { label: t("post.unpin"), symbol: "bookmark", act: () => pin(post, "unpin") }
      : { label: t("post.pin"), symbol: "bookmark", act: () => pin(post, "pin") }),
    post.quoted?.post?.author.id === id && { label: t("quote.withdraw"), symbol: "block", danger: true, act: () => withdraw(post) },
  ];
}

async function pin({ id }, verb) {
  await client.post[verb]({ id });
  toast(t("reach.saved"));
  tell("followed", state.me); // my profile looks again
}

function withdraw({ id }) {
  ask({
    title: t("quote.withdraw"),
    words: [t("quote.withdraw_words")],
    button: t("quote.withdraw"),
    danger: true,
    act: async () => {
      await client.post.revoke_quote({ id });
      changed({ ...store.posts.get(id), quoted: { state: "revoked", post_id: null, post: null } });
    },
  });
}
