// The messages of a conversation on the page, in chunks: only those that something has changed in are drawn,
// and those out of sight are neither laid out nor painted (`content-visibility`, talk.css). What stands
// there stays as it is, with what is selected and focused in it.

import { day } from "./dates.js";
import { t } from "./i18n.js";
import { html, nothing, render, repeat } from "./lit.js";
import { h } from "./view.js";

const CHUNK = 40; // messages, unless later ones come in between
const END = Number.MAX_SAFE_INTEGER;

// What has no id yet stands last.
const comesAfter = (a, b) => (a.id ?? END) - (b.id ?? END) || (a.created_at < b.created_at ? -1 : 1);

export class Log {
  #chunks = []; // {element, entries}, the oldest first; an entry is {message, chunk, day, ...what was drawn}
  #byId = new Map(); #byClientId = new Map();
  #changed = new Set(); // chunks to draw
  #place; #draw;
  #newFrom = null; // the id of the message above which "New" stands

  // The chunks stand in `place`; draw(message, first) gives the template of a message, `first` when the one
  // before is by somebody else or of another day.
  constructor(place, draw) {
    this.#place = place;
    this.#draw = draw;
  }

  get last() {
    return this.#chunks.at(-1)?.entries.at(-1).message ?? null;
  }

  has(message) {
    return this.#byId.get(message.id)?.message === message;
  }

  // The last message that passes, or null.
  find(test) {
    for (const message of this.#backwards()) if (test(message)) return message;
    return null;
  }

  *#backwards() {
    for (let chunk = this.#chunks.length; chunk--;) {
      const { entries } = this.#chunks[chunk];
      for (let place = entries.length; place--;) yield entries[place].message;
    }
  }

  // The message that an element within the log belongs to.
  messageOf(element) {
    const key = element.closest("[data-message]")?.dataset.message;
    return (this.#byId.get(Number(key)) ?? this.#byClientId.get(key))?.message ?? null;
  }

  elementOf(id) {
    return this.#byId.get(id)?.chunk.element.querySelector(`[data-message="${id}"]`) ?? null;
  }

  // Take a message, or what has changed of it; returns whether it is a new one. With the client_id of one
  // that waited it takes its place. One that is stored waits no more, though its ack is on its way.
  put(message) {
    const known = this.#byId.get(message.id) ?? this.#byClientId.get(message.client_id);
    if (known?.message.id && !message.id) return false;
    const entry = known ?? { message, chunk: null };
    const moves = !known || known.message.id !== message.id;
    entry.message = message;
    entry.day = day(message.created_at);
    if (message.id) this.#byId.set(message.id, entry);
    if (message.client_id) this.#byClientId.set(message.client_id, entry);
    if (moves) this.#settle(entry);
    else this.#touch(entry.chunk);
    return !known;
  }

  // Take away what waited under this client_id and is not going to be stored.
  remove(clientId) {
    const entry = this.#byClientId.get(clientId);
    if (!entry || entry.message.id) return;
    this.#byClientId.delete(clientId);
    this.#takeOut(entry);
  }

  clear() {
    this.#chunks = [];
    this.#byId.clear();
    this.#byClientId.clear();
    this.#changed.clear();
    this.#place.replaceChildren();
  }

  // Have "New" stand above this message, or nowhere.
  setNew(id) {
    for (const one of [this.#newFrom, id]) if (this.#byId.has(one)) this.#touch(this.#byId.get(one).chunk);
    this.#newFrom = id;
  }

  // All of what is drawn depends on something that has changed.
  redraw() {
    for (const chunk of this.#chunks) {
      for (const entry of chunk.entries) entry.drawn = null;
      this.#touch(chunk);
    }
  }

  // Draw what has changed.
  draw() {
    for (const chunk of this.#changed) this.#drawChunk(chunk);
    this.#changed.clear();
  }

  // The first message of which something is to be seen at or below this height, with its element.
  at(top) {
    const chunk = this.#chunks.find(({ element }) => element.getBoundingClientRect().bottom > top);
    return chunk ? elements(chunk).find((one) => one.getBoundingClientRect().bottom > top) ?? null : null;
  }

  // The id of the last message that is to be seen whole above this height.
  lastAbove(bottom) {
    const chunk = this.#chunks.findLast(({ element }) => element.getBoundingClientRect().top < bottom);
    const seen = chunk && elements(chunk).findLast((one) => one.getBoundingClientRect().bottom <= bottom + 1);
    return Number(seen?.dataset.message) || 0;
  }

  // The element of the message before or after, by `step`; from nowhere the last one.
  neighbour(element, step) {
    const chunk = this.#chunks.findIndex((one) => one.element.contains(element));
    if (chunk < 0) return elements(this.#chunks.at(-1)).at(-1);
    const all = elements(this.#chunks[chunk]);
    return all[all.indexOf(element) + step] ?? elements(this.#chunks[chunk + step]).at(step < 0 ? -1 : 0);
  }

  #touch(chunk) {
    if (chunk) this.#changed.add(chunk);
  }

  // Into its place: most often the end.
  #settle(entry) {
    if (entry.chunk && this.#isInOrder(entry)) return this.#touch(entry.chunk);
    if (entry.chunk) this.#takeOut(entry);
    const { message } = entry;
    const found = this.#chunks.findLastIndex(({ entries }) => comesAfter(message, entries[0].message) > 0);
    const chunk = found < 0 ? this.#firstChunk() : this.#chunkAfter(found, message);
    const place = chunk.entries.findLastIndex((other) => comesAfter(message, other.message) > 0) + 1;
    chunk.entries.splice(place, 0, entry);
    entry.chunk = chunk;
    this.#touch(chunk);
    if (place === chunk.entries.length - 1) this.#touch(this.#chunks[this.#chunks.indexOf(chunk) + 1]);
  }

  #isInOrder({ chunk, message }) {
    const { entries } = chunk;
    const [index, place] = [this.#chunks.indexOf(chunk), entries.findIndex((one) => one.message === message)];
    const before = entries[place - 1] ?? this.#chunks[index - 1]?.entries.at(-1);
    const after = entries[place + 1] ?? this.#chunks[index + 1]?.entries[0];
    return (!before || comesAfter(message, before.message) > 0) && (!after || comesAfter(after.message, message) > 0);
  }

  #firstChunk() {
    const [first] = this.#chunks;
    return first && first.entries.length < CHUNK ? first : this.#newChunk(0);
  }

  #chunkAfter(index, message) {
    const chunk = this.#chunks[index];
    const isFull = chunk.entries.length >= CHUNK && comesAfter(message, chunk.entries.at(-1).message) > 0;
    if (!isFull) return chunk;
    const next = this.#chunks[index + 1];
    return next && next.entries.length < CHUNK ? next : this.#newChunk(index + 1);
  }

  #newChunk(index) {
    const element = h("div", { class: "chunk" });
    this.#place.insertBefore(element, this.#chunks[index]?.element ?? null);
    const chunk = { element, entries: [] };
    this.#chunks.splice(index, 0, chunk);
    // Once it was laid out its height is known, also when it is out of sight.
    requestAnimationFrame(() => requestAnimationFrame(() => element.classList.add("measured")));
    return chunk;
  }

  #takeOut(entry) {
    const { chunk } = entry;
    const index = this.#chunks.indexOf(chunk);
    chunk.entries.splice(chunk.entries.indexOf(entry), 1);
    entry.chunk = null;
    this.#touch(this.#chunks[index + 1]);
    if (chunk.entries.length) return this.#touch(chunk);
    this.#chunks.splice(index, 1);
    this.#changed.delete(chunk);
    chunk.element.remove();
  }

  #drawChunk({ element, entries }) {
    let before = this.#chunks[this.#chunks.findIndex((one) => one.element === element) - 1]?.entries.at(-1);
    for (const entry of entries) {
      this.#prepare(entry, before);
      before = entry;
    }
    render(repeat(entries, (entry) => entry, ({ drawn }) => drawn), element);
  }

  // Its template, made anew where it says something else.
  #prepare(entry, before) {
    const { message } = entry;
    const begins = before?.day !== entry.day;
    const isNew = message.id !== null && message.id === this.#newFrom;
    const first = begins || isNew || before.message.sender.id !== message.sender.id;
    if (entry.drawn && entry.of === message && entry.begins === begins && entry.isNew === isNew && entry.first === first) return;
    Object.assign(entry, { of: message, begins, isNew, first });
    entry.drawn = html`${begins ? html`<p class="day"><span>${entry.day}</span></p>` : nothing}${isNew
      ? html`<p class="new-line" role="separator"><span>${t("messages.new")}</span></p>` : nothing}${this.#draw(message, first)}`;
  }
}

const elements = (chunk) => [...(chunk?.element.querySelectorAll(".bubble") ?? [])];
