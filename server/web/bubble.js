// A message as it is shown, and what one can do with it.

import { client, outbox, store } from "./client.js";
import { clock } from "./dates.js";
import { ask } from "./dialog.js";
import { gallery, waitingGallery } from "./gallery.js";
import { t } from "./i18n.js";
import { html, nothing } from "./lit.js";
import { openMenu } from "./menu.js";
import { excerptOfId, quote } from "./answered.js";
import { reactionItems, reactionsOf } from "./reacting.js";
import { report } from "./away.js";
import { state } from "./state.js";
import { face, linked, tint } from "./ui.js";
import { contentOf, fateOf } from "./fate.js";
import { toast } from "./view.js";

// A waiting message in the form of one that is stored, with its entry of the outbox.
export const waitingMessage = (entry) => ({
  id: null, client_id: entry.id, content: contentOf(entry), media: [], sender: state.me, reply_to: excerptOfId(entry.input.reply_to_id),
  created_at: new Date(entry.createdAt).toISOString(), entry,
});

// `first`: the one before is by somebody else. edit(message) is what "Edit" does.
export function bubble(message, first, { inGroup, edit }) {
  const { entry, sender } = message;
  const mine = sender.id === state.me.id;
  const named = inGroup && !mine && first;
  const classes = ["bubble", mine && "mine", first && "first", entry && "waiting"].filter(Boolean).join(" ");
  return html`<div class=${classes} role="article" tabindex="-1" data-message=${message.id ?? message.client_id}>${named
    ? html`${face(sender, "tiny")}<p class="name ink-${tint(sender)}" aria-hidden="true" dir="auto">${sender.display_name}</p>` : nothing}<span
    class="unseen">${mine ? t("messages.you_said") : t("messages.said", { name: sender.display_name })} </span>${message.deleted
    ? html`<p class="deleted">${t("messages.deleted")}</p>` : html`${quote(message.reply_to)}${pictures(message)}${message.content ? html`<p class="content" dir="auto">${linked(message.content)}</p>` : nothing}`}<time
    datetime=${message.created_at}>${clock(message.created_at)}${message.edited_at && !message.deleted ? ` ${t("messages.edited")}` : ""}</time>${entry
    ? fateOf(entry, () => edit(message)) : nothing}${message.id && !message.deleted
    ? html`<button class="bubble-more" type="button" tabindex="-1" aria-haspopup="menu" aria-label=${mine
      ? t("messages.more_about_mine") : t("messages.more_about", { name: sender.display_name })}></button>` : nothing}${message.deleted ? nothing : reactionsOf(message)}</div>`;
}

const pictures = ({ entry, media = [], sender }) =>
  entry ? waitingGallery(entry.input.pictures) : gallery(media, t("messages.picture_of", { name: sender.display_name }));

// At the button of the message. Of what one can do with it, edit(message) and answer(message) are the caller's;
// answer is null where one cannot write. changed() is called when it has other reactions,
// null where there are none to be; more items follow then.
export function messageMenu(message, button, { edit, answer, changed, more }) {
  const mine = message.sender.id === state.me.id;
  openMenu(button, [
    answer && { label: t("messages.reply"), symbol: "reply", act: () => answer(message) },
    ...(answer && changed ? [...reactionItems(message, button, changed), ...more] : []),
    mine && { label: t("messages.edit"), symbol: "edit", act: () => edit(message) },
    message.content && { label: t("messages.copy"), symbol: "copy", act: () => copy(message) },
    mine ? { label: t("messages.delete"), symbol: "trash", danger: true, act: () => remove(message) }
      : { label: t("messages.report"), symbol: "flag", danger: true, act: () => report({ message_id: message.id }, t("messages.this_message")) },
  ], mine ? t("messages.mine") : t("messages.message_by", { name: message.sender.display_name }));
}

async function copy({ content }) {
  await navigator.clipboard.writeText(content);
  toast(t("messages.copied"));
}

function remove({ id, conversation_id: conversation }) {
  ask({
    title: t("messages.delete_title"),
    words: [t("messages.delete_words")],
    button: t("messages.delete"),
    danger: true,
    act: async () => {
      await client.message.delete({ conversation_id: conversation, id });
      store.apply("message.deleted", { conversation_id: conversation, message_id: id });
    },
  });
}

// Save what a message says now: in the outbox where it still waits there.
export async function saveEdit(message, content) {
  if (message.entry && (await outbox.edit(message.entry.id, { content }))) return;
  const stored = message.id ? message : [...store.messages.values()].findLast((one) => one.client_id === message.client_id);
  await client.message.update({ conversation_id: stored.conversation_id, id: stored.id, content });
}
