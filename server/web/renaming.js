// What an account is called, and where its mail goes.

import { client } from "./client.js";
import { ask } from "./dialog.js";
import { t } from "./i18n.js";
import { html, nothing } from "./lit.js";
import { state, tell } from "./state.js";
import { failed, toast } from "./view.js";

function became(me) {
  state.me = me;
  tell("me");
}

function rename() {
  ask({
    title: t("name.change"),
    words: [t("name.change_words")],
    fields: [{ label: t("welcome.username"), name: "username", value: state.me.username, autocomplete: "username", maxlength: "30", dir: "ltr", spellcheck: "false", autocapitalize: "none" }],
    button: t("dialog.save"),
    act: async (values) => {
      became(await client.user.rename(values));
      toast(t("name.changed", { name: `@${state.me.username}` }));
    },
  });
}

function move() {
  ask({
    title: t("address.change"),
    words: [t("address.change_words")],
    fields: [
      { label: t("address.new"), name: "email", type: "email", autocomplete: "email", dir: "ltr" },
      { label: t("password.yours"), name: "password", type: "password", autocomplete: "current-password", maxlength: "1024" },
    ],
    button: t("links.send"),
    act: async (values) => {
      became(await client.email.change(values));
      toast(t("settings.link_sent", { email: state.me.pending_email }));
    },
  });
}

async function stay() {
  try {
    became(await client.email.cancel_change());
  } catch (error) {
    failed(error);
  }
}

export const name = () => html`<p><span dir="ltr">@${state.me.username}</span> <button class="link" type="button" @click=${rename}>${t("name.change")}</button></p>`;

export const newAddress = () => html`${state.me.pending_email ? html`<p>${t("address.pending", { email: state.me.pending_email })}
    <button class="link" type="button" @click=${stay}>${t("address.stay")}</button></p>` : nothing}
  <p><button class="link" type="button" @click=${move}>${t("address.change")}</button></p>`;
