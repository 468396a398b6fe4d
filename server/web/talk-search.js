// Finds conversations by their titles and people, people to begin one with, and messages.

import { client, store } from "./client.js";
import { hasMore, loadConversations, others, titleOf } from "./conversations.js";
import { t } from "./i18n.js";
import { html, nothing } from "./lit.js";
import { FoundMessages } from "./message-search.js";
import { writeTo } from "./away.js";
import { state } from "./state.js";
import { avatar, handle, icon } from "./ui.js";
import { failed } from "./view.js";

const PAUSE_MS = 250;
const PEOPLE = 6;
const PAGES = 10; // of the list, that are looked through beyond what was loaded

// Without accents and case, as far as names go.
const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase();

export class TalkSearch {
  words = "";
  messages;
  #changed; #timer = null; #asked = 0;
  #found = []; // users

  // changed() is called when something else is to be shown.
  constructor(changed) {
    this.#changed = changed;
    this.messages = new FoundMessages(changed);
  }

  box() {
    return html`<div class="search" role="search">${icon("search")}<input type="search" autocomplete="off" maxlength="200" dir="auto" aria-label=${t("messages.search")}
      placeholder=${t("messages.search")} .value=${this.words} @input=${({ target }) => this.#look(target.value)}
      @keydown=${(event) => event.key === "Escape" && this.words && (event.preventDefault(), this.#look(""))}></div>`;
  }

  finds(conversation) {
    const text = fold([titleOf(conversation), ...others(conversation).map((user) => `${user.display_name} ${handle(user)}`)].join(" "));
    return fold(this.words).split(/\s+/).every((word) => text.includes(word));
  }

  // Those with whom there is no conversation yet.
  people() {
    if (!this.words || !this.#found.length) return nothing;
    return html`<h2 class="section">${t("messages.people")}</h2>${this.#found.map((user) => html`<button class="conversation begin" type="button" @click=${() => writeTo(user).catch(failed)}>
      <span class="face">${avatar(user)}</span><span class="conversation-body"><span class="name" dir="auto">${user.display_name}</span><span class="handle" dir="ltr">${handle(user)}</span></span></button>`)}`;
  }

  #look(words) {
    this.words = words.trimStart();
    this.#found = [];
    this.messages.look("");
    clearTimeout(this.#timer);
    const number = ++this.#asked;
    this.#timer = setTimeout(() => this.#find(number).catch(() => {}), PAUSE_MS);
    this.#changed();
  }

  async #find(number) {
    if (!this.words.trim()) return;
    this.messages.look(this.words.trim());
    for (let page = 0; page < PAGES && hasMore(); page += 1) {
      await loadConversations(true);
      if (number !== this.#asked) return;
    }
    const { results } = await client.profile.list({ search: this.words.trim(), limit: 2 * PEOPLE });
    if (number !== this.#asked) return;
    const known = new Set([...store.conversations.values()].filter(({ kind }) => kind === "direct").flatMap(others).map(({ id }) => id));
    this.#found = results.map(({ user }) => user).filter(({ id }) => id !== state.me.id && !known.has(id)).slice(0, PEOPLE);
    this.#changed();
  }
}
