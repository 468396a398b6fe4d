// Settings of mine: who reaches me at once, who has to ask, who does not reach me, and who sees what I have read.

import { client } from "./client.js";
import { t } from "./i18n.js";
import { html, live } from "./lit.js";
import { state } from "./state.js";
import { failed, toast } from "./view.js";

const SETTINGS = [
  { field: "who_may_write_to_me", label: "reach.write", choices: [
    { value: "everybody", label: "reach.everybody" },
    { value: "requests", label: "reach.write_requests" },
    { value: "followed", label: "reach.write_followed" },
    { value: "nobody", label: "reach.write_nobody" },
  ] },
  { field: "who_may_add_me", label: "reach.add", choices: [
    { value: "everybody", label: "reach.everybody" },
    { value: "followed", label: "reach.add_followed" },
    { value: "nobody", label: "reach.add_nobody" },
  ] },
  { field: "who_may_quote_me", label: "reach.quote", choices: [
    { value: "everybody", label: "reach.everybody" },
    { value: "followers", label: "reach.quote_followers" },
    { value: "nobody", label: "reach.quote_nobody" },
  ] },
];

// A label with its choices for each.
export const reach = () => [SETTINGS.map(({ field, label, choices }) => html`<label>${t(label)}
  <select name=${field} @change=${({ target }) => save(target)}>${choices.map((one) => html`<option value=${one.value} ?selected=${state.me[field] === one.value}>${t(one.label)}</option>`)}</select></label>`),
html`<label class="tick"><input name="send_read_receipts" type="checkbox" .checked=${live(state.me.send_read_receipts)} @change=${({ target }) => save(target)}>${t("reach.receipts")}</label>`];

// Store what somebody has set: shown at once, and as it was where the server says no.
export async function save(target, said = () => t("reach.saved")) {
  const { name } = target, key = target.type === "checkbox" ? "checked" : "value";
  const before = state.me[name], value = target[key];
  state.me = { ...state.me, [name]: value }; // so that whatever draws it meanwhile leaves it as it is
  try {
    state.me = await client.user.configure({ [name]: value });
    toast(said(value));
  } catch (error) {
    state.me = { ...state.me, [name]: before };
    target[key] = before;
    failed(error);
  }
}
