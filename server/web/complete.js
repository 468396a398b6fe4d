// Completion of @names and #tags while one writes, by the combobox pattern of WAI-ARIA: the focus stays in
// the text, the arrows move within the list, Enter or Tab takes, Escape closes. A box of several lines may
// not have the role itself (ARIA in HTML), so how many there are is announced.

import { client } from "./client.js";
import { compact, t } from "./i18n.js";
import { html, nothing, render } from "./lit.js";
import { avatar, handle } from "./ui.js";
import { announce, h } from "./view.js";

const PAUSE_MS = 150;
const SHOWN = 6;
const BEFORE = /(?:^|[^\p{L}\p{M}\p{N}_@＠#＃/&])([@＠][A-Za-z0-9_]{1,30}|[#＃][\p{L}\p{M}\p{N}_]{1,50})$/u;

let lists = 0;

// Give a textarea completion, as long as it lives.
export function complete(area) {
  const id = `completions-${lists++}`;
  const list = h("ul", { id, class: "completions", role: "listbox", "aria-label": t("complete.label"), hidden: true });
  let found = []; // {key, text, drawn}
  let at = 0;
  let asked = 0;
  let timer = null;

  area.setAttribute("aria-autocomplete", "list");
  area.setAttribute("aria-haspopup", "listbox");

  const word = () => (area.selectionStart === area.selectionEnd ? BEFORE.exec(area.value.slice(0, area.selectionStart))?.[1] ?? null : null);

  function soon() {
    clearTimeout(timer);
    asked += 1;
    const written = word();
    if (!written) return close();
    if (found.length) show(found, written); // what is written whole is not offered until the answer is there
    timer = setTimeout(look, PAUSE_MS);
  }

  function show(results, written) {
    const isWhole = results.some(({ text }) => text === written);
    found = results.filter(({ text }) => text !== written).slice(0, SHOWN);
    at = isWhole ? -1 : 0; // nothing need be taken: Enter and Tab do what they do
    if (found.length) draw();
    else close();
  }

  async function look() {
    const written = word();
    const number = ++asked;
    if (!written) return close();
    const results = await (written[0] === "@" || written[0] === "＠" ? people : tags)(written.slice(1)).catch(() => []);
    if (number !== asked || word() !== written || document.activeElement !== area) return;
    show(results, written);
    if (found.length) announce(t("complete.found", { count: found.length }));
  }

  function draw() {
    if (!list.isConnected) area.after(list);
    list.hidden = false;
    area.setAttribute("aria-controls", id);
    if (at < 0) area.removeAttribute("aria-activedescendant");
    else area.setAttribute("aria-activedescendant", `${id}-${at}`);
    render(found.map(({ drawn }, place) => html`<li id=${`${id}-${place}`} role="option" aria-selected=${String(place === at)}
      @mousedown=${(event) => event.preventDefault()} @click=${() => take(place)}>${drawn}</li>`), list);
  }

  function close() {
    found = [];
    list.hidden = true;
    area.removeAttribute("aria-controls");
    area.removeAttribute("aria-activedescendant");
    render(nothing, list);
  }

  function take(place) {
    const { text } = found[place];
    const end = area.selectionStart, start = end - word().length;
    area.setRangeText(`${text} `, start, end, "end");
    close();
    area.focus();
    area.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }

  area.addEventListener("input", soon);
  area.addEventListener("blur", close);
  // Before the box itself sees Enter.
  area.addEventListener("keydown", (event) => {
    if (list.hidden || event.isComposing) return;
    if (event.key === "Enter" && (at < 0 || event.ctrlKey || event.metaKey)) return close(); // it is sent
    if (event.ctrlKey || event.metaKey) return;
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (move) {
      at = at < 0 && move < 0 ? found.length - 1 : (at + move + found.length) % found.length;
      draw();
    } else if (event.key === "Escape") close();
    else if (event.key === "Enter" || (event.key === "Tab" && at >= 0)) take(at);
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, { capture: true });
  soon(); // what was written until this script was there
  return { close };
}

async function people(beginning) {
  const { results } = await client.search({ type: "users", q: beginning, limit: SHOWN + 1 });
  return results.map((user) => ({ text: handle(user), drawn: html`${avatar(user, "small")}<span class="name" dir="auto">${user.display_name}</span> <span class="handle" dir="ltr">${handle(user)}</span>` }));
}

async function tags(beginning) {
  const { results } = await client.search({ type: "hashtags", q: beginning, limit: SHOWN + 1 });
  return results.map(({ tag, posts_count: count }) => ({ text: `#${tag}`, drawn: html`<span class="name" dir="auto">#${tag}</span> <span class="quiet">${t("posts.count", { count, shown: compact(count) })}</span>` }));
}
