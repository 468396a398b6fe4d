// What is pinned in a conversation: the last of it above the messages, all of it in a dialog.

import { client } from "./client.js";
import { show } from "./dialog.js";
import { mayI } from "./groups.js";
import { t } from "./i18n.js";
import { html, nothing, render } from "./lit.js";
import { wordsOf } from "./answered.js";
import { icon, mount } from "./ui.js";
import { h } from "./view.js";

const PINS = 50; // that a conversation may have

export class Pinned {
  #pins = []; #box; #id; #jump; #loading = false; #again = false;

  // Drawn into `place`; jump(id) leads to a message.
  constructor({ id, pinned_count: count }, place, jump) {
    this.#id = id;
    this.#jump = jump;
    this.#box = mount(place, () => this.#drawn());
    if (count) this.#load();
  }

  has(id) {
    return this.#pins.some(({ message }) => message.id === id);
  }

  // Something was told of a message.
  hear(name, id) {
    if (name === "message.pinned" || (this.has(id) && name !== "message.created")) this.#load();
  }

  // What was told meanwhile may have been missed.
  reload({ pinned_count: count }) {
    if (count || this.#pins.length) this.#load();
  }

  // What a message's menu offers of it, where one may.
  items(conversation, message) {
    if (conversation.kind === "group" && !mayI(conversation, conversation.who_may_pin)) return [];
    const isPinned = this.has(message.id);
    const which = { conversation_id: this.#id, id: message.id };
    return [{ label: t(isPinned ? "messages.unpin" : "messages.pin"), symbol: "pin", act: () => (isPinned ? client.message.unpin(which) : client.message.pin(which)) }];
  }

  // One request at a time: what comes meanwhile is looked for after it.
  async #load() {
    this.#again = this.#loading;
    if (this.#loading) return;
    this.#loading = true;
    try {
      this.#pins = (await client.pin.list({ conversation_id: this.#id, limit: PINS })).results;
      this.#box.draw();
    } catch {
      // It is asked for again with the next that is told of, or when it is opened again.
    }
    this.#loading = false;
    if (this.#again) this.#load();
  }

  #drawn() {
    const [last] = this.#pins;
    if (!last) return nothing;
    return html`<div class="pinned-bar"><button class="pinned-last" type="button" aria-label=${t("messages.show_pinned")} @click=${() => this.#jump(last.message.id)}>${icon("pin")}<span
      class="pinned-words"><strong>${t("messages.pinned")}</strong>${wordsOf(last.message)}</span></button>${this.#pins.length > 1
      ? html`<button class="small" type="button" @click=${() => this.#all()}>${t("messages.all_pinned", { count: this.#pins.length })}</button>` : nothing}</div>`;
  }

  #all() {
    const list = h("ul", { class: "choices" });
    const dialog = show(t("messages.pinned"), list);
    const go = (id) => {
      dialog.close();
      this.#jump(id);
    };
    render(this.#pins.map(({ message }) => html`<li><button type="button" @click=${() => go(message.id)}><bdi>${message.sender.display_name}</bdi><small>${wordsOf(message)}</small></button></li>`), list);
  }
}
