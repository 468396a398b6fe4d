// A link into a group, as whoever opens it sees it: which group that is, and the way in.

import { talkAddress } from "./addresses.js";
import { client } from "./client.js";
import { asMe } from "./gate.js";
import { t } from "./i18n.js";
import { html, nothing } from "./lit.js";
import { go } from "./router.js";
import { sheet } from "./sheets.js";
import { state, tell } from "./state.js";
import { empty, heading, icon, mount, skeleton } from "./ui.js";
import { failed, h } from "./view.js";

await sheet("messages.css");

const asked = new Set(); // account and token of whom an admin is to let in
const keyOf = (token) => `${state.me?.id} ${token}`;

const WHY = {
  403: { label: "groups.you_are_banned", text: "groups.banned_words" },
  404: { label: "groups.no_link", text: "groups.no_link_words" },
};

export function joinView(token) {
  let group = null;
  let wrong = null;
  const { element, draw, soon } = mount(h("div", { class: "view join" }), () => html`${heading(t("groups.into"), { parent: "/" })}
    ${wrong ? why() : group ? card() : skeleton(1)}`);

  function why() {
    const known = WHY[wrong.status];
    if (known) return empty(t(known.label), t(known.text));
    return html`${empty(t("list.failed"), wrong.message)}<button class="more" type="button" @click=${look}>${t("list.again")}</button>`;
  }

  function card() {
    const { title, participants_count: count, needs_approval: asks, joined } = group;
    const waits = asked.has(keyOf(token)) && !joined;
    return html`<div class="empty">${icon("people")}<h2 dir="auto">${title ?? t("groups.without_title")}</h2>
      <p>${t("messages.members", { count })}</p>
      ${joined ? html`<p>${t("groups.in_it")}</p>` : waits ? html`<p role="status">${t("groups.asked")}</p>` : asks ? html`<p>${t("groups.asks_first")}</p>` : nothing}
      ${waits ? nothing : html`<button class="primary" type="button" @click=${() => asMe(join)}>${t(joined ? "groups.open" : asks ? "groups.ask_to_join" : "groups.join")}</button>`}
      ${state.me ? nothing : html`<p class="quiet">${t("groups.log_in_first")}</p>`}</div>`;
  }

  async function join() {
    try {
      const { status, conversation } = await client.group_link.join({ token });
      if (status === "joined") return go(talkAddress(conversation.id), { replace: true });
      asked.add(keyOf(token));
      tell("changed");
    } catch (error) {
      failed(error);
    }
  }

  async function look() {
    try {
      group = await client.group_link.preview({ token });
      wrong = null;
      view.title = group.title ?? t("groups.into");
      tell("titled");
    } catch (error) {
      wrong = error;
    }
    soon();
  }

  const view = {
    title: t("groups.into"), element, redraw: soon,
    hear: (name) => name === "conversation.created" && look(), // an admin may have let me in
  };
  draw();
  look();
  return view;
}
