// The groups that I am invited to, above my conversations: each waits for my answer.

import { talkAddress } from "./addresses.js";
import { client } from "./client.js";
import { t, tr } from "./i18n.js";
import { html, nothing, repeat } from "./lit.js";
import { Pages } from "./list.js";
import { go } from "./router.js";
import { avatar } from "./ui.js";
import { failed } from "./view.js";

export class Invitations {
  #pages;

  // changed() is called when there is something else to draw.
  constructor(changed) {
    this.#pages = new Pages((cursor) => client.invitation.list({ ...(cursor && { cursor }) }), changed, (one) => one.conversation_id);
  }

  draw() {
    const { items, next, isLoaded } = this.#pages;
    if (!items.length) return nothing;
    return html`<section class="invitations" aria-label=${t("groups.invitations")}><h2 class="section">${t("groups.invitations")}</h2>
      ${repeat(items, this.#pages.key, (one) => this.#row(one))}
      ${isLoaded && next !== null ? html`<button class="more" type="button" @click=${() => this.#pages.more()}>${t("list.more")}</button>` : nothing}</section>`;
  }

  hear(name, data) {
    if (name === "invitation.created") this.#pages.add(data.invitation);
    else if (name === "invitation.ended") this.#remove(data.conversation_id);
  }

  #row(one) {
    const { participants_count: count, inviter } = one;
    const named = titleOf(one);
    return html`<div class="entry">${avatar(inviter, "small")}<div><p class="name" dir="auto">${named}</p>
        <p class="quiet">${tr("groups.invites_you", { name: html`<bdi>${inviter.display_name}</bdi>` })} · ${t("messages.members", { count })}</p>
        <div class="entry-below"><button class="primary small" type="button" aria-label=${t("groups.accept_named", { title: named })} @click=${() => this.#accept(one)}>${t("groups.accept")}</button>
          <button class="small" type="button" aria-label=${t("groups.decline_named", { title: named })} @click=${() => this.#decline(one)}>${t("groups.decline")}</button></div></div></div>`;
  }

  async #accept({ conversation_id: id }) {
    try {
      await client.invitation.accept({ conversation_id: id });
      this.#remove(id);
      go(talkAddress(id));
    } catch (error) {
      this.#refused(id, error);
    }
  }

  async #decline({ conversation_id: id }) {
    try {
      await client.invitation.decline({ conversation_id: id });
      this.#remove(id);
    } catch (error) {
      this.#refused(id, error);
    }
  }

  // What is not there any more was answered elsewhere, or taken back.
  #refused(id, error) {
    if (error.status === 404) this.#remove(id);
    else failed(error);
  }

  #remove(id) {
    this.#pages.remove((one) => one.conversation_id === id);
  }
}

const titleOf = ({ title }) => title ?? t("groups.without_title");
