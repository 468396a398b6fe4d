// What needs an account: done at once by whoever has one, by others after they have logged in.

import { t } from "./i18n.js";
import { html } from "./lit.js";
import { state, tell } from "./state.js";

export const asMe = (act) => (state.me ? act() : tell("log in", { act }));

// Where somebody with an account would write.
export const invitation = (words) => html`<div class="invitation"><p>${words}</p>
  <button class="primary small" type="button" @click=${() => tell("log in", { form: "login" })}>${t("session.log_in")}</button>
  <button class="small" type="button" @click=${() => tell("log in", { form: "register" })}>${t("session.register")}</button></div>`;
