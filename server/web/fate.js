// What becomes of what waits in the outbox, and what one can do about it.

import { client, outbox } from "./client.js";
import { t } from "./i18n.js";
import { html, ifDefined, nothing } from "./lit.js";
import { failed } from "./view.js";

// What an entry says, also where that was changed since it was tried.
export const contentOf = ({ input, changes }) => changes?.content ?? input.content;

function says(entry, refused, tried) {
  if (refused) return t("unsent.refused", { why: entry.problem.detail || entry.problem.title });
  if (!client.live) return t("unsent.waiting");
  return tried ? t("unsent.again") : t("unsent.sending");
}

// edit() lets one change what it says. There is nothing to do while it is just being sent.
export function fateOf(entry, edit) {
  const refused = entry.state === "refused";
  const tried = entry.state === "waiting" && entry.triedAt !== null;
  const button = (label, act) => html`<button class="link" type="button" @click=${async () => act()?.catch?.(failed)}>${label}</button>`;
  return html`<div class=${refused ? "fate refused" : "fate"} role=${ifDefined(refused ? "alert" : undefined)}><span>${says(entry, refused, tried)}</span>${refused || tried || !client.live
    ? html`<span class="fate-do">${button(t("unsent.retry"), () => (refused ? outbox.retry(entry.id, entry.problem.errors?.reply_to_id && { reply_to_id: null }) : outbox.flush()))}
      ${button(t("unsent.edit"), edit)} ${button(t("unsent.discard"), () => outbox.discard(entry.id))}</span>` : nothing}</div>`;
}
