// Finds messages in all conversations by their words, and leads to where one was said.

import { talkAddress } from "./addresses.js";
import { client, store } from "./client.js";
import { find, titleOf } from "./conversations.js";
import { when } from "./dates.js";
import { t } from "./i18n.js";
import { html, nothing } from "./lit.js";
import { state } from "./state.js";
import { avatar } from "./ui.js";
import { failed } from "./view.js";

const PAGE = 20;
const LOOKS = 20; // answers in a row that find nothing; the server looks at so much for each
const BEFORE = 12; // signs of an excerpt before what was found

const wanted = new Map(); // conversation -> the id of a message to go to when it opens
const open = new Map(); // conversation -> how to go to one in what is open

export class FoundMessages {
  #changed;
  #words = "";
  #found = []; #next = null; #isLoading = false;
  #asked = 0;

  // changed() is called when something else is to be shown.
  constructor(changed) {
    this.#changed = changed;
  }

  async look(words) {
    this.#words = words;
    this.#found = [];
    this.#next = null;
    this.#asked += 1;
    this.#isLoading = false;
    if (words) await this.#more();
  }

  async #more() {
    if (this.#isLoading) return;
    this.#isLoading = true;
    const asked = this.#asked;
    const before = this.#found.length;
    try {
      for (let look = 0; look < LOOKS && this.#found.length === before; look += 1) {
        const { results, next } = await client.message.search({ q: this.#words, limit: PAGE, ...(this.#next && { cursor: this.#next }) });
        await Promise.all([...new Set(results.map((message) => message.conversation_id))].map((id) => find(id).catch(() => {})));
        if (asked !== this.#asked) return;
        this.#found.push(...results);
        this.#next = next;
        if (!next) break;
      }
    } catch (error) {
      if (asked === this.#asked && error.status !== 422) failed(error); // an operator that is still being typed
    }
    if (asked !== this.#asked) return;
    this.#isLoading = false;
    this.#changed();
  }

  get some() {
    return this.#found.length > 0;
  }

  draw() {
    if (!this.#found.length && !this.#next) return nothing;
    return html`<h2 class="section">${t("messages.title")}</h2>${this.#found.map((message) => this.#row(message))}
      ${this.#next ? html`<button class="more" type="button" @click=${() => this.#more()}>${t("messages.show_more")}</button>` : nothing}`;
  }

  #row(message) {
    const { conversation_id: id, sender } = message;
    const conversation = store.conversations.get(id);
    const isMine = sender.id === state.me.id;
    const name = isMine ? t("messages.mine") : sender.display_name;
    const place = conversation && (isMine || conversation.kind === "group") ? html` · <bdi>${titleOf(conversation)}</bdi>` : nothing;
    return html`<a class="conversation said" href=${talkAddress(id)} @click=${(event) => goTo(event, message)}><span class="face">${avatar(sender)}</span>
      <span class="conversation-body"><span class="name" dir="auto">${name}${place}</span>
        <span class="excerpt" dir="auto">${excerpt(message.content, this.#words)}</span></span>
      <span class="conversation-side">${when(message.created_at)}</span></a>`;
  }
}

// What was said around the first of the words, which stands out.
function excerpt(text, asked) {
  const words = asked.toLocaleLowerCase().replace(/(?:from|in|before|after):(?:"[^"]*"?|\S*)/g, " ").match(/[\p{L}\p{N}\p{M}]+/gu) ?? [];
  const low = text.toLocaleLowerCase();
  if (low.length !== text.length) return text;
  const [at, word] = words.map((one) => [low.indexOf(one), one]).filter(([place]) => place >= 0).sort(([one], [other]) => one - other)[0] ?? [];
  if (word === undefined) return text;
  const from = at > BEFORE ? at - BEFORE : 0;
  return html`${from ? "…" : ""}${text.slice(from, at)}<b>${text.slice(at, at + word.length)}</b>${text.slice(at + word.length)}`;
}

// By the link to the conversation: in the one that is open, without opening it again.
function goTo(event, { id, conversation_id: conversation }) {
  const go = open.get(conversation);
  if (!go) return wanted.set(conversation, id);
  event.preventDefault();
  go(id);
}

// Have messages of a conversation be gone to while it is open, by go(id); returns what ends that.
export function seekable(conversation, go) {
  open.set(conversation, go);
  return () => open.get(conversation) === go && open.delete(conversation);
}

// When its first page stands there.
export function seekWanted(conversation) {
  const id = wanted.get(conversation);
  wanted.delete(conversation);
  if (id) open.get(conversation)?.(id);
}
