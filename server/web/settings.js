// My account: language, mails, password, sessions, data, and its end.

import { client, outbox } from "./client.js";
import { contents, followReading, part } from "./contents.js";
import { when } from "./dates.js";
import { ask } from "./dialog.js";
import { field, submits } from "./forms.js";
import { choose, language, languages, t, tr } from "./i18n.js";
import { html, live, nothing } from "./lit.js";
import { listed, Pages } from "./list.js";
import { programs } from "./programs.js";
import { mutedWords } from "./muted-settings.js";
import { title } from "./muted-texts.js";
import { name, newAddress } from "./renaming.js";
import { isPushed, mayPush, startPush, stopPush } from "./push.js";
import { reach, save } from "./reach.js";
import { secondFactor } from "./second-factor.js";
import { setApart } from "./away.js";
import { sheet } from "./sheets.js";
import { state, tell } from "./state.js";
import { face, handle, heading, mount, nameLink } from "./ui.js";
import { contentOf } from "./fate.js";
import { fateWithDialog } from "./unsent.js";
import { failed, h, toast } from "./view.js";

await sheet("settings.css");

const ACCOUNT = { label: "settings.account" }, SECURITY = { label: "settings.security" }, PRIVACY = { label: "settings.privacy" }, PROGRAMS = { label: "settings.programs" };
const EXPORT_MS = 120_000;

export function settingsView() {
  let factor = null;
  const look = async () => {
    factor = await client.second_factor.get();
    view.soon();
  };
  const pushSwitch = pushing();
  const words = mutedWords(() => view.soon());
  const passwordForm = password(() => sessions.reload());
  const view = mount(h("div", { class: "view settings" }), () => html`
    ${heading(t("nav.settings"), { parent: "/", more: html`<button class="quiet-button text" type="button" @click=${() => tell("leave")}>${t("session.log_out")}</button>` })}
    ${contents(t("settings.parts"), [ACCOUNT, SECURITY, PRIVACY, PROGRAMS])}
    ${part(ACCOUNT,
      outbox.entries.length ? section(t("unsent.title"), outbox.entries.map(unsent)) : nothing,
      state.me.is_admin ? section(t("nav.admin"), html`<p><a href="/admin">${t("settings.admin")}</a></p>`) : nothing,
      section(t("settings.language"), html`<label class="inline"><span class="unseen">${t("settings.language")}</span><select @change=${({ target }) => speak(target.value)}>
        ${languages.map(({ id, name }) => html`<option value=${id} lang=${id} ?selected=${id === language}>${name}</option>`)}</select></label>`),
      section(t("welcome.username"), name()),
      section(t("settings.mail"), address(), newAddress(), mails()),
      mayPush() ? section(t("settings.push"), pushSwitch) : nothing,
      section(t("settings.data"), html`<p class="quiet">${t("settings.data_words")}</p><button type="button" @click=${download}>${t("settings.export")}</button>`),
      section(t("settings.delete"), html`<p class="quiet">${t("settings.delete_words")}</p><button class="danger-text" type="button" @click=${remove}>${t("settings.delete_button")}</button>`))}
    ${part(SECURITY,
      section(t("settings.password"), passwordForm),
      section(t("code.title"), secondFactor(factor, look)),
      section(t("settings.sessions"), listed(sessions, (one) => session(one, sessions), () => nothing, { bones: 1 })))}
    ${part(PRIVACY,
      section(t("reach.title"), reach()),
      section(title(), words()),
      section(t("settings.blocked"), apart(blocks, BLOCK)),
      section(t("settings.muted"), apart(mutes, MUTE)))}
    ${part(PROGRAMS,
      section(t("programs.tokens"), byPrograms.tokens()),
      section(t("programs.bots"), byPrograms.bots()),
      section(t("webhooks.title"), html`<p class="quiet">${t("settings.webhooks_words")}</p><p><a class="button" href="/settings/webhooks">${t("settings.webhooks")}</a></p>`))}`);
  const byPrograms = programs(() => factor?.enabled, view.soon);
  const sessions = new Pages((cursor) => client.session.list({ cursor }), view.soon);
  const blocks = new Pages((cursor) => client.block.list({ cursor }), view.soon);
  const mutes = new Pages((cursor) => client.mute.list({ cursor }), view.soon);
  view.draw();
  followReading(view.element);
  look().catch(failed);
  return { title: t("nav.settings"), element: view.element, keep: true, redraw: view.soon, shown: view.draw };
}

const section = (title, ...parts) => html`<section class="setting"><h3>${title}</h3>${parts}</section>`;

// In another language everything is said anew.
function speak(id) {
  choose(id);
  location.reload();
}

const isPost = ({ operation }) => operation === "post.create";

// Whatever waits, also for a conversation or a post that is there no longer.
const unsent = (entry) => html`<div class="entry"><div><p class="content" dir="auto">${contentOf(entry)}</p>
  <p class="quiet">${t(isPost(entry) ? "unsent.post" : "unsent.message")}, ${tr("unsent.written", { when: when(new Date(entry.createdAt).toISOString()) })}</p>
  ${fateWithDialog(entry)}</div></div>`;

// Those whom I keep away in one of two ways, and how to let them in again.
const BLOCK = { verb: "unblock", label: "block.free", namedLabel: "block.free_named", standing: { blocked: false } };
const MUTE = { verb: "unmute", label: "mute.free", namedLabel: "mute.free_named", standing: { muted: false } };

const apart = (pages, { verb, label, namedLabel, standing }) => listed(pages, (user) => html`<div class="entry">${face(user)}
  <div>${nameLink(user)}<p class="handle" dir="ltr">${handle(user)}</p></div>
  <button type="button" aria-label=${t(namedLabel, { name: handle(user) })} @click=${() => free(user, pages, verb, standing)}>${t(label)}</button></div>`,
() => html`<p class="quiet">${t("settings.nobody")}</p>`, { bones: 1 });

async function free(user, pages, verb, standing) {
  try {
    await setApart(user, verb, standing, verb === "unblock" ? t("block.is_off", { name: user.display_name }) : t("mute.is_off", { name: user.display_name }));
    pages.remove(({ id }) => id === user.id);
  } catch (error) {
    failed(error);
  }
}

const address = () => html`<p><span dir="ltr">${state.me.email}</span> <span class="tag">${t(state.me.email_verified ? "settings.confirmed" : "settings.not_confirmed")}</span>
  ${state.me.email_verified ? nothing : html` <button class="link" type="button" @click=${again}>${t("settings.link_again")}</button>`}</p>`;

async function again({ currentTarget: button }) {
  button.disabled = true;
  try {
    await client.email.verify_again();
    toast(t("settings.link_sent", { email: state.me.email }));
  } catch (error) {
    failed(error);
    button.disabled = false;
  }
}

const mails = () => html`<label class="tick"><input name="digest_mails" type="checkbox" .checked=${live(state.me.digest_mails)} @change=${({ target }) => save(target, (on) => t(on ? "settings.mails_on" : "settings.mails_off"))}>${t("settings.mails")}</label>`;

// A switch for this browser, which shows how it is once that is known.
function pushing() {
  const box = h("input", { type: "checkbox", disabled: true });
  const look = async () => {
    box.checked = await isPushed();
    box.disabled = false;
  };
  box.addEventListener("change", async () => {
    const wanted = box.checked;
    box.disabled = true;
    try {
      if (!wanted) await stopPush();
      if (wanted && !(await startPush())) toast(t("settings.push_denied"));
      else toast(t(wanted ? "settings.push_on" : "settings.push_off"));
    } catch (error) {
      failed(error);
    }
    look().catch(failed);
  });
  look().catch(() => {}); // it stays as it is where the server is not reached
  return h("label", { class: "tick" }, box, t("settings.push_words"));
}

function password(done) {
  const form = h("form", { method: "post", novalidate: true },
    h("p", { class: "form-error", role: "alert" }),
    h("input", { name: "username", value: state.me.username, autocomplete: "username", hidden: true }),
    field({ label: t("password.current"), name: "current_password", type: "password", autocomplete: "current-password", maxlength: "1024" }),
    field({ label: t("password.new"), note: t("password.new_note"), name: "new_password", type: "password", autocomplete: "new-password", maxlength: "1024" }),
    h("button", { type: "submit" }, t("password.change")));
  submits(form, async ({ current_password, new_password }) => {
    await client.password.change({ current_password, new_password });
    form.reset();
    toast(t("password.changed"));
    done();
  });
  return form;
}

const BROWSERS = [["Edg", "Edge"], ["OPR", "Opera"], ["Firefox"], ["Chrome"], ["Safari"]];
const SYSTEMS = [["Android"], ["iPhone"], ["iPad"], ["Windows"], ["Mac OS", "macOS"], ["Linux"]];

function program(agent) {
  const [browser, system] = [BROWSERS, SYSTEMS].map((names) => names.find(([mark]) => agent.includes(mark))?.at(-1));
  return browser && system ? t("settings.program", { browser, system }) : agent || t("settings.unknown_program");
}

function session({ id, created_at: began, last_used_at: used, user_agent: agent, address: from, current }, pages) {
  const end = async () => {
    try {
      await client.session.end({ id });
      pages.remove((one) => one.id === id);
      toast(t("settings.session_over"));
    } catch (error) {
      failed(error);
    }
  };
  return html`<div class="entry"><div><p class="name" title=${agent}>${program(agent)}${current ? html`<span class="tag">${t("settings.this_one")}</span>` : nothing}</p>
      <p class="quiet">${from ? html`<span dir="ltr">${from}</span> · ` : nothing}${tr("settings.since", { began: when(began), used: when(used) })}</p></div>
    ${current ? nothing : html`<button type="button" aria-label=${t("settings.end_named", { program: program(agent) })} @click=${end}>${t("settings.end")}</button>`}</div>`;
}

async function download({ currentTarget: button }) {
  button.disabled = true;
  try {
    const all = await client.user.export({}, { timeout: EXPORT_MS });
    const url = URL.createObjectURL(new Blob([JSON.stringify(all, null, 2)], { type: "application/json" }));
    h("a", { href: url, download: `mini-twitter-${state.me.username}.json` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  } catch (error) {
    failed(error);
  }
  button.disabled = false;
}

function remove() {
  ask({
    title: t("settings.delete_title"),
    words: [t("settings.delete_what"), t("settings.delete_no_way_back")],
    fields: [{ label: t("password.yours"), name: "password", type: "password", autocomplete: "current-password", maxlength: "1024" }],
    button: t("settings.delete_for_good"),
    danger: true,
    act: async ({ password: given }) => {
      await client.user.delete({ password: given });
      tell("deleted");
    },
  });
}
