// Reactions to messages: below them, chosen from a menu, and whose they are.

import { client } from "./client.js";
import { show } from "./dialog.js";
import { t } from "./i18n.js";
import { html, nothing } from "./lit.js";
import { openMenu } from "./menu.js";
import { failed, h } from "./view.js";

// What one may choose from; another that somebody has used is chosen by a click on it.
const EMOJI = [..."👍👎😂🎉😮😢🙏🔥", "❤️", ..."😀😍🤔👏💯✅👀"];

// Below a message. A click is taken where the whole log's are (talk.js).
export const reactionsOf = ({ reactions }) => (reactions?.length ? html`<div class="reactions">${reactions.map(({ emoji, count, mine }) => html`<button
  class=${mine ? "reaction mine" : "reaction"} type="button" aria-pressed=${String(Boolean(mine))} data-emoji=${emoji}
  aria-label=${t("messages.reaction", { emoji, count })}><span>${emoji}</span> ${count}</button>`)}</div>` : nothing);

// Toggle mine; changed() is called when the server has it.
export async function toggle({ id, conversation_id, reactions = [] }, emoji, changed) {
  const isMine = reactions.some((one) => one.emoji === emoji && one.mine);
  try {
    await client.message[isMine ? "unreact" : "react"]({ conversation_id, id, emoji });
    changed();
  } catch (error) {
    failed(error);
  }
}

// What a message's menu offers.
export const reactionItems = (message, button, changed) => [
  { label: t("messages.react"), symbol: "heart", act: () => choose(message, button, changed) },
  message.reactions?.length && { label: t("messages.who_reacted"), symbol: "people", act: () => whoReacted(message) },
];

// Those that others have used come first.
function choose(message, button, changed) {
  const offered = [...new Set([...(message.reactions ?? []).map(({ emoji }) => emoji), ...EMOJI])];
  openMenu(button, offered.map((emoji) => ({ label: emoji, act: () => toggle(message, emoji, changed) })), t("messages.react"), "menu emoji");
}

async function whoReacted({ id, conversation_id }) {
  const by = new Map();
  for await (const { emoji, user } of client.each("reaction.list", { conversation_id, id, limit: 100 })) {
    by.set(emoji, [...(by.get(emoji) ?? []), user.display_name]);
  }
  show(t("messages.who_reacted"), h("dl", { class: "reactors" }, [...by].map(([emoji, names]) => [h("dt", {}, emoji), h("dd", {}, names.map((name) => h("bdi", {}, name)))])));
}
