// Posts that wait in the outbox, as they are shown.

import { postById } from "./addresses.js";
import { outbox } from "./client.js";
import { contentOf, fateOf } from "./fate.js";
import { waitingGallery } from "./gallery.js";
import { t } from "./i18n.js";
import { html, nothing, repeat } from "./lit.js";
import { state } from "./state.js";
import { avatar, linked } from "./ui.js";
import { ask, failed } from "./view.js";

function edit(entry) {
  ask({
    title: t("unsent.edit_title"),
    words: entry.problem ? [entry.problem.detail || entry.problem.title] : [],
    fields: [{ label: t("post.text"), name: "content", long: true, value: contentOf(entry), limit: entry.operation === "post.create" ? "post" : "message" }],
    button: t("unsent.send"),
    act: ({ content }) => outbox.edit(entry.id, { content }),
  }).catch(failed);
}

// What becomes of an entry, where its text is changed in a dialog.
export const fateWithDialog = (entry) => fateOf(entry, () => edit(entry));

const isPostFor = (replyTo) => ({ operation, input }) => operation === "post.create" && (replyTo === null || input.reply_to === replyTo);

// Posts on their way, or only replies to one.
export const unsentPosts = (replyTo = null) =>
  html`<div class="unsent">${state.me ? repeat(outbox.entries.filter(isPostFor(replyTo)), ({ id }) => id, post) : nothing}</div>`;

function post(entry) {
  const content = contentOf(entry);
  const { image, pictures, reply_to: replyTo } = entry.input;
  return html`<article class="post waiting" data-unsent=${entry.id} aria-label=${t("unsent.label", { text: content })}>
    <span class="face">${avatar(state.me)}</span>
    <div class="post-body">
      <div class="byline"><span class="name" dir="auto">${state.me.display_name}</span></div>
      ${replyTo ? html`<p class="context"><a href=${postById(replyTo)}>${t("post.replying")}</a></p>` : nothing}
      ${content ? html`<p class="content" dir="auto">${linked(content, [])}</p>` : nothing}
      ${waitingGallery(pictures ?? (image && [{ file: image }]))}
      ${fateWithDialog(entry)}
    </div></article>`;
}
