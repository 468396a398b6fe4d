// Asking by a poll, below the text of a post: what one can choose, for how long.

import { duration } from "./dates.js";
import { t } from "./i18n.js";
import { isBlank, room } from "./text.js";
import { icon } from "./ui.js";
import { h } from "./view.js";

const OPTIONS_MIN = 2, OPTIONS_MAX = 4;
const HOUR = 3600, DAY = 86_400;
const LASTS = [300, 1800, HOUR, 6 * HOUR, DAY, 3 * DAY, 7 * DAY, 30 * DAY]; // seconds

// `element` is to stand where it is written; looked() is called whenever something is changed, closed() when
// no poll is wanted any more. `kept` is what draft() gave before.
export function pollWriter(looked, closed, kept = null) {
  const options = h("div", { class: "options" });
  const add = h("button", { class: "quiet-button text", type: "button", onclick: addNext }, t("poll.add_option"));
  const lasts = h("select", { "aria-label": t("poll.lasts"), onchange: looked }, ...LASTS.map((seconds) => h("option", { value: String(seconds), selected: seconds === (kept?.lasts ?? DAY) }, duration(seconds))));
  const box = (label, checked = false) => {
    const input = h("input", { type: "checkbox", checked, onchange: looked });
    return { input, label: h("label", {}, input, label) };
  };
  const multiple = box(t("poll.multiple"), kept?.multiple), hidden = box(t("poll.hide_totals"), kept?.hidden);
  const element = h("fieldset", { class: "poll-writer" }, h("legend", { class: "unseen" }, t("poll.label")), options,
    h("div", { class: "terms" }, add, lasts, multiple.label, hidden.label,
      h("button", { class: "quiet-button text", type: "button", onclick: closed }, icon("close"), t("poll.remove"))));

  const inputs = () => [...options.querySelectorAll("input")];
  const titles = () => inputs().map(({ value }) => value).filter((title) => !isBlank(title));

  function addOption(title = "") {
    const count = inputs().length + 1;
    const input = h("input", { type: "text", value: title, dir: "auto", placeholder: t("poll.option", { count }), "aria-label": t("poll.option", { count }), oninput: look });
    options.append(h("div", { class: "option" }, input));
    return input;
  }

  function addNext() {
    const input = addOption();
    look();
    input.focus();
  }

  function show() {
    for (const input of inputs()) input.toggleAttribute("aria-invalid", room(input.value, "poll_option") < 0);
    add.hidden = inputs().length >= OPTIONS_MAX;
  }

  function look() {
    show();
    looked();
  }

  // All that is written and chosen so far.
  const chosen = () => ({ titles: inputs().map(({ value: title }) => title), lasts: Number(lasts.value), multiple: multiple.input.checked, hidden: hidden.input.checked });

  // As post.create takes it; null while it is not complete.
  function value() {
    const given = titles();
    const isWhole = given.length >= OPTIONS_MIN && given.every((title) => room(title, "poll_option") >= 0)
      && new Set(given.map((title) => title.trim().toLowerCase())).size === given.length;
    return isWhole ? { options: given, expires_in: Number(lasts.value), multiple: multiple.input.checked, hide_totals: hidden.input.checked } : null;
  }

  for (const title of kept?.titles ?? Array(OPTIONS_MIN).fill("")) addOption(title);
  show();
  return { element, value, draft: chosen, focus: () => inputs()[0].focus() };
}
