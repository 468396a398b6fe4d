// Words that I mute, in the settings: which, where, how, for how long.

import { client } from "./client.js";
import { exactly } from "./dates.js";
import { listed as series, t } from "./i18n.js";
import { html, nothing } from "./lit.js";
import { state } from "./state.js";
import { failed, toast } from "./view.js";

const CONTEXTS = [
  { value: "feed", label: "muted.in_feed" },
  { value: "notifications", label: "muted.in_notifications" },
  { value: "threads", label: "muted.in_threads" },
  { value: "public", label: "muted.in_public" },
];
const ACTIONS = [{ value: "warn", label: "muted.warn" }, { value: "hide", label: "muted.hide" }];
const LASTS = [
  { value: "", label: "muted.for_ever" },
  { value: "86400", label: "muted.for_a_day" },
  { value: "604800", label: "muted.for_a_week" },
  { value: "2592000", label: "muted.for_a_month" },
];

// `changed` is called when the list is another.
export function mutedWords(changed) {
  let words = null;

  async function load() {
    words = (await client.muted_word.list()).results;
    state.me.has_muted_words = words.length > 0;
    changed();
  }

  async function add(event) {
    event.preventDefault();
    const form = event.target;
    const given = new FormData(form);
    const { text, action, lasts } = Object.fromEntries(given);
    try {
      await client.muted_word.add({ text, action, contexts: given.getAll("contexts"), expires_in: lasts ? Number(lasts) : null });
      form.reset();
      await load();
    } catch (error) {
      failed(error);
    }
  }

  async function remove({ id, text }) {
    try {
      await client.muted_word.remove({ id });
      toast(t("muted.is_off", { word: text }));
      await load();
    } catch (error) {
      failed(error);
    }
  }

  const options = (choices) => choices.map(({ value, label }) => html`<option value=${value}>${t(label)}</option>`);
  const said = ({ contexts, action, expires_at: end }) => html`${t(ACTIONS.find(({ value }) => value === action).label)} ·
    ${series(contexts.map((one) => t(CONTEXTS.find(({ value }) => value === one).label)))}${end ? html` · ${t("muted.until")} ${exactly(end)}` : nothing}`;

  load().catch(failed);
  return () => html`<form class="muting" @submit=${add}>
      <label>${t("muted.word")}<input name="text" dir="auto" required maxlength="2048" autocomplete="off"></label>
      <fieldset><legend class="unseen">${t("muted.where")}</legend>${CONTEXTS.map(({ value, label }) => html`<label><input type="checkbox" name="contexts" value=${value} checked>${t(label)}</label>`)}</fieldset>
      <div class="row"><label>${t("muted.how")}<select name="action">${options(ACTIONS)}</select></label>
        <label>${t("muted.how_long")}<select name="lasts">${options(LASTS)}</select></label>
        <button class="primary small" type="submit">${t("muted.add")}</button></div></form>
    ${words?.map((word) => html`<div class="entry" data-muted=${word.id}><div><p><strong dir="auto">${word.text}</strong></p><p class="quiet">${said(word)}</p></div>
      <button type="button" aria-label=${t("muted.free_named", { word: word.text })} @click=${() => remove(word)}>${t("muted.free")}</button></div>`) ?? nothing}`;
}
