// The messages of a conversation on the page, each drawn when it comes or changes: what stands there
// stays as it is, with what is selected and focused in it.

import { day } from "./dates.js";
import { h } from "./view.js";

const END = Number.MAX_SAFE_INTEGER;

// What has no id yet stands last.
const comesAfter = (a, b) => (a.id ?? END) - (b.id ?? END) || (a.created_at < b.created_at ? -1 : 1);

export class Log {
  #entries = []; // {message, element, first, day}, the oldest first
  #byId = new Map(); #byClientId = new Map();
  #tail; #draw;

  // Messages stand before `tail`; draw(element, message, first) fills the element of a message, `first`
  // when the one before is by somebody else.
  constructor(tail, draw) {
    this.#tail = tail;
    this.#draw = draw;
  }

  get last() {
    return this.#entries.at(-1)?.message ?? null;
  }

  // Show a message, or what has changed of it; returns whether it is a new one. With the client_id of one
  // that waited it takes its place. One that is stored waits no more, though its ack is on its way.
  put(message) {
    const known = this.#byId.get(message.id) ?? this.#byClientId.get(message.client_id);
    if (known?.message.id && !message.id) return false;
    const entry = known ?? { element: h("div"), first: null, day: null };
    const moves = !known || known.message.id !== message.id;
    entry.message = message;
    if (message.id) this.#byId.set(message.id, entry);
    if (message.client_id) this.#byClientId.set(message.client_id, entry);
    if (moves) this.#place(entry);
    else this.#redraw(entry);
    return !known;
  }

  // Take away what waited under this client_id and is not going to be stored.
  remove(clientId) {
    const entry = this.#byClientId.get(clientId);
    if (!entry || entry.message.id) return;
    this.#byClientId.delete(clientId);
    const place = this.#entries.indexOf(entry);
    this.#entries.splice(place, 1);
    entry.day?.remove();
    entry.element.remove();
    this.#settle(place);
  }

  #place(entry) {
    const before = this.#entries.indexOf(entry);
    if (before >= 0) this.#entries.splice(before, 1);
    const place = this.#find(entry.message);
    this.#entries.splice(place, 0, entry);
    if (place !== before) {
      const next = this.#entries[place + 1];
      (next ? next.day ?? next.element : this.#tail).before(...[entry.day, entry.element].filter(Boolean));
    }
    entry.first = null;
    this.#settle(place);
    this.#settle(place + 1);
    if (before >= 0 && place !== before) this.#settle(before + (before > place));
  }

  // The place where it belongs: most often the end.
  #find(message) {
    let low = 0, high = this.#entries.length;
    if (high && comesAfter(message, this.#entries[high - 1].message) > 0) return high;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (comesAfter(message, this.#entries[middle].message) > 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  // What depends on the message before.
  #settle(place) {
    const entry = this.#entries[place];
    if (!entry) return;
    const before = this.#entries[place - 1]?.message;
    const today = day(entry.message.created_at);
    const begins = !before || day(before.created_at) !== today;
    if (begins && !entry.day) entry.element.before((entry.day = h("p", { class: "day" }, today)));
    if (!begins && entry.day) {
      entry.day.remove();
      entry.day = null;
    }
    const first = before?.sender.id !== entry.message.sender.id;
    if (entry.first === first) return;
    entry.first = first;
    this.#redraw(entry);
  }

  #redraw({ element, message, first }) {
    const focused = element.contains(document.activeElement) && document.activeElement.className;
    this.#draw(element, message, first);
    if (focused) [...element.querySelectorAll("button")].find((one) => one.className === focused)?.focus();
  }
}
