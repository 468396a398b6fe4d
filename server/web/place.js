// Where in its log one is: at the end, which is followed, or further up, where what is in sight stays there.

import { state } from "./state.js";
import { gently } from "./ui.js";
import { oncePerFrame } from "./view.js";

const NEAR_END = 80; // pixels from the end, within which what comes is scrolled to
const FAR = 3; // windows, beyond which one jumps instead of gliding
const ABOVE_NEW = 72; // pixels of what is read above "New"

const left = new Map(); // account and conversation -> {id, offset}: the message at the top, and where it stood
const keyOf = (conversation) => `${state.me?.id} ${conversation}`;

export class LogPlace {
  atEnd = true;
  #element; #log; #watch;

  // moved() is called when one is elsewhere.
  constructor(element, log, { moved }) {
    this.#element = element;
    this.#log = log;
    element.addEventListener("scroll", oncePerFrame(() => {
      this.#look();
      moved();
    }), { passive: true });
    // As when the box below grows, or a keyboard comes up.
    this.#watch = new ResizeObserver(() => this.atEnd && this.#scrollTo(element.scrollHeight));
    this.#watch.observe(element);
  }

  // Change what stands there by work(), and stay where one is; or go to the end.
  keep(work, { toEnd = false } = {}) {
    const follow = toEnd || this.atEnd;
    const anchor = follow ? null : this.#log.at(this.#top);
    const before = anchor?.getBoundingClientRect().top;
    work();
    if (follow) return this.toEnd();
    const by = anchor?.isConnected ? anchor.getBoundingClientRect().top - before : 0;
    if (by) this.#element.scrollTop += by; // not for nothing: it would end a glide
  }

  toEnd({ glide = false } = {}) {
    const { scrollHeight, scrollTop, clientHeight } = this.#element;
    const isNear = scrollHeight - scrollTop < FAR * clientHeight;
    this.#scrollTo(scrollHeight, glide && isNear ? gently() : "instant");
    if (!glide || !isNear) this.#look();
  }

  // To where this conversation was left, or to what is new in it.
  restore(conversation) {
    const { id, offset } = left.get(keyOf(conversation)) ?? {};
    const known = this.#log.elementOf(id);
    const line = this.#element.querySelector(".new-line");
    const target = known ?? line;
    if (!target) return;
    const by = target.getBoundingClientRect().top - this.#top - (known ? offset : ABOVE_NEW);
    if (known || by < 0) this.#scrollTo(this.#element.scrollTop + by);
    this.#look();
  }

  // The id of the last message that is in sight.
  lowestSeen() {
    return this.#log.lastAbove(this.#element.getBoundingClientRect().bottom);
  }

  close(conversation) {
    this.#watch.disconnect();
    const first = !this.atEnd && this.#element.isConnected ? this.#log.at(this.#top) : null;
    if (first) left.set(keyOf(conversation), { id: Number(first.dataset.message), offset: first.getBoundingClientRect().top - this.#top });
    else left.delete(keyOf(conversation));
  }

  get #top() {
    return this.#element.getBoundingClientRect().top;
  }

  #look() {
    const { scrollHeight, scrollTop, clientHeight } = this.#element;
    this.atEnd = scrollHeight - scrollTop - clientHeight < NEAR_END;
  }

  #scrollTo(top, behavior = "instant") {
    this.#element.scrollTo({ top, behavior });
  }
}
