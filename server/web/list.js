// A list that loads its next page when its end comes near.

import { t } from "./i18n.js";
import { html, nothing, ref, repeat } from "./lit.js";
import { empty, skeleton } from "./ui.js";

const FROM_START = ""; // in place of the next page's cursor

export class Pages {
  items = []; next = null; isLoading = false; isLoaded = false; error = null;
  #load; #changed; #observer = null; #end = null;
  #added = []; #removed = []; // since the page that is being loaded was asked for: items; tests of items

  // load(cursor) gives a page {results, next}, the first without a cursor; changed() is called when there
  // is something else to draw. Items are told apart by key(item).
  constructor(load, changed, key = ({ id }) => id) {
    this.#load = load;
    this.#changed = changed;
    this.key = key;
    this.ready = this.more();
  }

  // Take in the next page; `anew`, the first in place of all.
  async more(anew = false) {
    if (this.isLoading) return;
    this.isLoading = true;
    this.#added = [];
    this.#removed = [];
    this.#changed();
    try {
      let page = await this.#load((!anew && this.next) || undefined);
      const stays = () => (anew ? this.#added : this.items);
      const fresh = () => {
        const known = new Set(stays().map(this.key));
        return page.results.filter((item) => !known.has(this.key(item)) && !this.#removed.some((test) => test(item)));
      };
      while (stays().length && page.next && !fresh().length) page = await this.#load(page.next); // all of it is here
      this.items = [...stays(), ...fresh()];
      this.next = page.next ?? null;
      this.isLoaded = true;
      this.error = null;
    } catch (error) {
      this.error = error;
    }
    this.isLoading = false;
    this.#changed();
    this.#lookAgain();
  }

  reload = () => this.more(true);

  add(item) {
    const before = (items) => [item, ...items.filter((one) => this.key(one) !== this.key(item))];
    this.items = before(this.items);
    this.#added = before(this.#added);
    this.#changed();
  }

  // Leave out what stands furthest down. What follows is found from the beginning, as it has no cursor.
  trim(most) {
    if (this.isLoading || this.items.length <= most) return;
    this.items = this.items.slice(0, most);
    this.next = FROM_START;
    this.#changed();
  }

  remove(test) {
    const without = (items) => items.filter((item) => !test(item));
    this.items = without(this.items);
    this.#added = without(this.#added);
    this.#removed.push(test);
    this.#changed();
  }

  // The end of the list as it stands in the page: where it comes near, there is more to load.
  watch = (element) => {
    this.#observer?.disconnect();
    this.#end = element ?? null;
    if (!element) return;
    this.#observer = new IntersectionObserver((seen) => seen.at(-1).isIntersecting && !this.error && this.more(), { rootMargin: "600px" });
    this.#observer.observe(element);
  };

  #lookAgain() {
    if (!this.#end) return;
    this.#observer.unobserve(this.#end);
    this.#observer.observe(this.#end);
  }
}

// nobody() is drawn where there is nothing.
export const listed = (pages, row, nobody, { bones = 4 } = {}) => html`<div class="list" aria-busy=${String(pages.isLoading)}>
  <div class="items">${repeat(pages.items, pages.key, row)}${pages.isLoaded && !pages.items.length && pages.next === null ? nobody() : nothing}</div>
  ${pages.isLoading ? skeleton(pages.items.length ? 1 : bones) : nothing}
  ${pages.error ? html`${pages.items.length ? nothing : empty(t("list.failed"), pages.error.message)}<button class="more" type="button" @click=${() => pages.more()}>${t("list.again")}</button>` : nothing}
  ${pages.next !== null && pages.isLoaded && !pages.isLoading && !pages.error ? html`<button class="more" type="button" data-more ${ref(pages.watch)} @click=${() => pages.more()}>${t("list.more")}</button>` : nothing}
</div>`;
