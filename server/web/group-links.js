// The links into a group: made, given to others, revoked.

import { joinAddress } from "./addresses.js";
import { client } from "./client.js";
import { copyLink } from "./clipboard.js";
import { exactly } from "./dates.js";
import { ask } from "./dialog.js";
import { field } from "./forms.js";
import { t, tr } from "./i18n.js";
import { html, nothing, repeat } from "./lit.js";
import { Pages } from "./list.js";
import { icon } from "./ui.js";
import { failed, h, toast } from "./view.js";

const HOUR = 3600, DAY = 24 * HOUR;
const ENDS = [
  { seconds: "", label: "groups.ends_never" }, { seconds: HOUR, label: "groups.ends_hour" }, { seconds: DAY, label: "groups.ends_day" },
  { seconds: 7 * DAY, label: "groups.ends_week" }, { seconds: 30 * DAY, label: "groups.ends_month" },
];

export class GroupLinks {
  #group; #pages;

  // changed() is called when there is something else to draw.
  constructor(group, changed) {
    this.#group = group;
    this.#pages = new Pages((cursor) => client.group_link.list({ conversation_id: group, ...(cursor && { cursor }) }), changed);
  }

  get ready() { return this.#pages.ready; }

  reload = () => this.#pages.reload();

  draw() {
    const { items, error, next, isLoaded } = this.#pages;
    return html`<section class="setting"><h2>${t("groups.links")}</h2><p class="quiet">${t("groups.links_words")}</p>
      ${items.length ? html`<div class="list">${repeat(items, this.#pages.key, (link) => this.#row(link))}</div>` : nothing}
      ${error ? html`<p class="quiet">${error.message}</p>` : nothing}
      ${error || (isLoaded && next !== null) ? html`<button class="more" type="button" @click=${() => this.#pages.more()}>${t(error ? "list.again" : "list.more")}</button>` : nothing}
      <button type="button" @click=${() => this.#make()}>${icon("link")}${t("groups.link_make")}</button></section>`;
  }

  #row(link) {
    const { token, name, needs_approval: asks, creator } = link;
    const address = joinAddress(token);
    const named = name || t("groups.link");
    return html`<div class="entry link-row"><div><p class="name"><bdi>${named}</bdi>${asks ? html`<span class="tag">${t("groups.needs_approval")}</span>` : nothing}</p>
        <p class="quiet address" dir="ltr">${new URL(address, location.origin).href}</p>
        <p class="quiet">${t("groups.link_by", { name: creator.display_name })} · ${used(link)}${link.expires_at ? html` · ${tr("groups.link_ends", { when: exactly(link.expires_at) })}` : nothing}</p></div>
      <div class="entry-do beside"><button class="icon-button" type="button" aria-label=${t("groups.link_copy", { name: named })} title=${t("groups.link_copy", { name: named })} @click=${() => copyLink(address).catch(failed)}>${icon("copy")}</button>
        <button class="icon-button danger-text" type="button" aria-label=${t("groups.link_revoke", { name: named })} title=${t("groups.link_revoke", { name: named })} @click=${() => this.#revoke(link)}>${icon("trash")}</button></div></div>`;
  }

  #revoke({ id, name }) {
    ask({
      title: t("groups.link_revoke_title", { name: name || t("groups.link") }),
      words: [t("groups.link_revoke_words")],
      button: t("groups.link_revoke_button"),
      danger: true,
      act: async () => {
        await client.group_link.revoke({ conversation_id: this.#group, id });
        this.#pages.remove((one) => one.id === id);
      },
    });
  }

  #make() {
    const ends = h("select", { name: "ends" }, ENDS.map(({ seconds, label }) => h("option", { value: String(seconds) }, t(label))));
    ask({
      title: t("groups.link_make"),
      fields: [{ label: t("groups.link_name"), name: "name", limit: "title", note: t("groups.link_name_note") }],
      parts: [h("label", {}, t("groups.link_until"), ends),
        field({ label: t("groups.link_most"), name: "max_uses", type: "number", min: "1", inputmode: "numeric", note: t("messages.optional") }),
        h("label", { class: "tick" }, h("input", { type: "checkbox", name: "needs_approval" }), t("groups.link_asks"))],
      button: t("groups.link_do_make"),
      act: async ({ name, ends: seconds, max_uses: most, needs_approval: asks }) => {
        const link = await client.group_link.create({
          conversation_id: this.#group, name, needs_approval: asks !== undefined,
          max_uses: most ? Number(most) : null, expires_in: seconds ? Number(seconds) : null,
        });
        this.#pages.add(link);
        toast(t("groups.link_made"));
      },
    });
  }
}

const used = ({ uses, max_uses: most }) => (most === null ? t("groups.link_used", { count: uses }) : t("groups.link_used_of", { count: uses, most }));
