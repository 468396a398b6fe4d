// Programs that act as me: their tokens, and bots, which are accounts of programs.

import { client } from "./client.js";
import { when } from "./dates.js";
import { ask, show } from "./dialog.js";
import { locale, t, tr } from "./i18n.js";
import { html, nothing } from "./lit.js";
import { listed, Pages } from "./list.js";
import { CODE } from "./second-factor.js";
import { state } from "./state.js";
import { face, handle, nameLink } from "./ui.js";
import { failed, h, toast } from "./view.js";

const SCOPES = [
  "account:read", "account:write", "users:read", "relationships:read", "relationships:write", "posts:read", "posts:write",
  "media:write", "messages:read", "messages:write", "notifications:read", "notifications:write", "reports:write",
  "webhooks:write",
];
const day = new Intl.DateTimeFormat(locale, { dateStyle: "medium" });
const PASSWORD = () => ({ label: t("password.yours"), name: "password", type: "password", autocomplete: "current-password", maxlength: "1024" });

// Two lists of the settings; takesCode() tells whether my logins take a code, soon() draws them again.
export function programs(takesCode, soon) {
  const tokens = new Pages((cursor) => client.token.list({ cursor }), soon);
  const bots = new Pages((cursor) => client.bot.list({ cursor }), soon);
  return {
    tokens: () => html`<p class="quiet">${t("programs.words")}</p>
      ${listed(tokens, (one) => token(one, tokens), () => nothing, { bones: 1 })}
      <button type="button" @click=${() => makeToken(tokens, takesCode())}>${t("programs.make_token")}</button>`,
    bots: () => html`<p class="quiet">${t("programs.bots_words")}</p>
      ${listed(bots, (one) => bot(one, bots, tokens, takesCode), () => nothing, { bones: 1 })}
      <button type="button" @click=${() => makeBot(bots)}>${t("programs.make_bot")}</button>`,
  };
}

function token({ id, user, name, scopes, hint, expires_at: ends, last_used_at: used }, tokens) {
  const revoke = async () => {
    try {
      await client.token.revoke({ id });
      tokens.remove((one) => one.id === id);
      toast(t("programs.revoked"));
    } catch (error) {
      failed(error);
    }
  };
  return html`<div class="entry"><div><p class="name"><bdi>${name}</bdi>${user.id === state.me.id ? nothing : html`<span class="tag" dir="ltr">${handle(user)}</span>`}</p>
      <p class="quiet"><span dir="ltr">…${hint} · ${scopes.join(", ")}</span></p>
      <p class="quiet">${used ? tr("programs.used", { when: when(used) }) : t("programs.unused")}${ends ? html` · ${t("programs.until", { when: day.format(new Date(ends)) })}` : nothing}</p></div>
    <button type="button" aria-label=${t("programs.revoke_named", { name })} @click=${revoke}>${t("programs.revoke")}</button></div>`;
}

const bot = (user, bots, tokens, takesCode) => html`<div class="entry">${face(user)}
  <div>${nameLink(user)}<p class="handle" dir="ltr">${handle(user)}</p>
  <p class="entry-below"><button type="button" aria-label=${t("programs.make_token_named", { name: handle(user) })} @click=${() => makeToken(tokens, takesCode(), user)}>${t("programs.make_token")}</button>
  <button class="danger-text" type="button" aria-label=${t("programs.delete_named", { name: handle(user) })} @click=${() => remove(user, bots, tokens)}>${t("programs.delete")}</button></p></div></div>`;

function makeToken(tokens, takesCode, as = null) {
  const ticks = SCOPES.map((scope) => h("label", { class: "tick" }, h("input", { type: "checkbox", name: `scope ${scope}` }), h("code", { dir: "ltr" }, scope)));
  ask({
    title: as ? t("programs.make_token_named", { name: handle(as) }) : t("programs.make_token"),
    fields: [
      { label: t("programs.name"), name: "name", maxlength: "50" },
      { label: t("programs.days"), note: t("programs.days_note"), name: "expires_in_days", type: "number", min: "1", max: "366", dir: "ltr" },
      PASSWORD(), ...(takesCode ? [CODE()] : []),
    ],
    parts: [h("fieldset", {}, h("legend", {}, t("programs.scopes")), ticks)],
    button: t("programs.make_token"),
    act: async ({ name, expires_in_days: days, password, code }) => {
      const scopes = SCOPES.filter((_, index) => ticks[index].querySelector("input").checked);
      const made = await client.token.create({
        name, scopes, password, ...(days ? { expires_in_days: Number(days) } : {}), ...(code ? { code } : {}), ...(as ? { bot_id: as.id } : {}),
      });
      tokens.reload();
      once(made.token);
    },
  });
}

// It is shown this once.
function once(secret) {
  const copy = async () => {
    await navigator.clipboard.writeText(secret);
    toast(t("programs.copied"));
  };
  show(t("programs.keep"), h("p", {}, t("programs.keep_words")), h("pre", { class: "codes", dir: "ltr", tabindex: "0" }, secret),
    h("p", {}, h("button", { type: "button", onclick: () => copy().catch(failed) }, t("programs.copy"))));
}

function makeBot(bots) {
  ask({
    title: t("programs.make_bot"),
    fields: [{ label: t("welcome.username"), name: "username", maxlength: "30", dir: "ltr", spellcheck: "false", autocapitalize: "none" }],
    button: t("programs.make_bot"),
    act: async (values) => {
      await client.bot.create(values);
      bots.reload();
    },
  });
}

function remove(user, bots, tokens) {
  ask({
    title: t("programs.delete_named", { name: handle(user) }),
    words: [t("settings.delete_no_way_back")],
    fields: [PASSWORD()],
    button: t("settings.delete_for_good"),
    danger: true,
    act: async ({ password }) => {
      await client.bot.delete({ id: user.id, password });
      bots.remove(({ id }) => id === user.id);
      tokens.reload();
    },
  });
}
