// For admins: accounts, reports, and what admins did.

import { person, personById, postById } from "./addresses.js";
import { client } from "./client.js";
import { when } from "./dates.js";
import { ask } from "./dialog.js";
import { gallery } from "./gallery.js";
import { t, tr } from "./i18n.js";
import { html, ifDefined, nothing } from "./lit.js";
import { listed, Pages } from "./list.js";
import { moreMenu } from "./menu.js";
import { sheet } from "./sheets.js";
import { state } from "./state.js";
import { avatar, empty, handle, heading, mount, nameLink } from "./ui.js";
import { failed, h } from "./view.js";

await sheet("settings.css");

const PARTS = {
  accounts: { label: "admin.accounts", href: "/admin", make: accounts },
  reports: { label: "admin.reports", href: "/admin/reports", make: reports },
  log: { label: "admin.log", href: "/admin/log", make: log },
};
const SEARCH_PAUSE_MS = 250;

export function adminView(part = "accounts") {
  const view = mount(h("div", { class: "view" }), () => html`${heading(t("nav.admin"), { parent: "/" })}
    <nav class="tabs" aria-label=${t("nav.admin")}>${Object.entries(PARTS).map(([name, { label, href }]) => html`<a href=${href} aria-current=${ifDefined(name === part ? "page" : undefined)}>${t(label)}</a>`)}</nav>
    ${content()}`);
  const content = PARTS[part].make(view.soon);
  view.draw();
  return { title: `${t(PARTS[part].label)} · ${t("nav.admin")}`, element: view.element, keep: true, redraw: view.soon, shown: view.draw };
}

function accounts(redraw) {
  let words = "", suspended = false, timer = null;
  const find = () => new Pages((cursor) => client.admin.user.list({ search: words || undefined, suspended: suspended || undefined, cursor }), redraw);
  let pages = find();
  const look = (changes) => {
    changes();
    pages = find();
    redraw();
  };
  const soon = ({ target }) => {
    clearTimeout(timer);
    timer = setTimeout(() => look(() => (words = target.value.trim())), SEARCH_PAUSE_MS);
  };
  const change = (user) => {
    pages.items = pages.items.map((one) => (one.id === user.id ? user : one));
    redraw();
  };
  return () => html`<form class="sift" role="search" @submit=${(event) => event.preventDefault()}>
      <input type="search" placeholder=${t("admin.name_or_address")} aria-label=${t("admin.search")} autocomplete="off" maxlength="100" @input=${soon}>
      <label class="tick"><input type="checkbox" @change=${({ target }) => look(() => (suspended = target.checked))}>${t("admin.only_suspended")}</label></form>
    ${listed(pages, (user) => account(user, change), () => empty(t("admin.nobody")))}`;
}

function account(user, change) {
  const { email, is_admin: admin, suspended_at: suspended, last_seen_at: seen, created_at: created } = user;
  const name = handle(user);
  const act = suspended
    ? html`<button type="button" aria-label=${t("admin.restore_named", { name })} @click=${() => restore(user, change)}>${t("admin.restore")}</button>`
    : html`<button class="danger-text" type="button" aria-label=${t("admin.suspend_named", { name })} @click=${() => suspend(user, change)}>${t("admin.suspend")}</button>`;
  return html`<div class="entry account">${avatar({ ...user, avatar: null })}
    <div><p>${nameLink(user)} <span class="handle" dir="ltr">${name}</span>${admin ? html`<span class="tag">${t("admin.is_admin")}</span>` : nothing}${suspended ? html`<span class="tag">${t("admin.is_suspended")}</span>` : nothing}</p>
      <p class="quiet" dir="ltr">${email}</p>
      <p class="quiet">${user.email_verified_at ? nothing : html`${t("admin.not_confirmed")} · `}${tr("admin.since", { when: when(created) })}${seen ? html` · ${tr("admin.last_seen", { when: when(seen) })}` : nothing}</p></div>
    ${user.id === state.me.id ? nothing : html`${act}${suspended ? nothing : moreMenu(t("person.more", { name }), () => [admin
      ? { label: t("admin.revoke_admin"), symbol: "shield", danger: true, act: () => ordain(user, "revoke_admin", t("admin.revoke_admin"), change) }
      : { label: t("admin.make_admin"), symbol: "shield", act: () => ordain(user, "make_admin", t("admin.make_admin"), change) }])}`}</div>`;
}

// Make somebody an admin, or no admin any more.
function ordain(user, verb, title, change) {
  ask({
    title: `${title}: ${user.display_name}`,
    fields: [{ label: t("admin.reason"), name: "reason", limit: "reason" }],
    button: title,
    danger: verb === "revoke_admin",
    act: async ({ reason }) => change(await client.admin.user[verb]({ id: user.id, reason: reason || null })),
  });
}

function suspend(user, change) {
  ask({
    title: t("admin.suspend_title", { name: user.display_name }),
    words: [t("admin.suspend_words")],
    fields: [{ label: t("admin.reason"), name: "reason", limit: "reason" }],
    button: t("admin.suspend"),
    danger: true,
    act: async ({ reason }) => change(await client.admin.user.suspend({ id: user.id, reason: reason || null })),
  });
}

async function restore(user, change) {
  try {
    change(await client.admin.user.restore({ id: user.id }));
  } catch (error) {
    failed(error);
  }
}

function reports(redraw) {
  const pages = new Pages((cursor) => client.admin.report.list({ status: "open", cursor }), redraw);
  return () => listed(pages, (one) => report(one, pages), () => empty(t("admin.no_reports")));
}

function report({ id, reporter, user_id: user, post_id: post, message_id: message, reason, reported, created_at: created }, pages) {
  const close = (status) => async () => {
    try {
      await client.admin.report.close({ id, status });
      pages.remove((one) => one.id === id);
    } catch (error) {
      failed(error);
    }
  };
  const what = post ? html`<a href=${postById(post)}>${t("admin.a_post")}</a>`
    : message ? t("admin.a_message", { id: message })
    : reported ? t("admin.a_deleted_post") : t("admin.an_account");
  const who = user ? html`<a href=${personById(user)}><bdi>${reported ? handle(reported.author) : t("admin.this_person")}</bdi></a>` : t("admin.gone");
  return html`<div class="entry"><div>
      <p class="content" dir="auto">${reason}</p>
      ${reported ? html`<blockquote class="content quiet" dir="auto">${reported.content || (reported.media?.length ? "" : t("admin.deleted_before"))}</blockquote>${gallery(reported.media ?? [], t("messages.some_pictures"), { sensitive: true, key: `report ${id}` })}` : nothing}
      <p class="quiet">${tr("admin.about", { what, who })} · ${tr("admin.reported_by", { who: html`<a href=${person(reporter)} dir="ltr">${handle(reporter)}</a>` })} ${when(created)}</p></div>
    <div class="entry-do"><button type="button" @click=${close("resolved")}>${t("admin.resolved")}</button>
      <button type="button" @click=${close("dismissed")}>${t("admin.dismiss")}</button></div></div>`;
}

function log(redraw) {
  const pages = new Pages((cursor) => client.admin.audit.list({ cursor }), redraw);
  return () => listed(pages, line, () => empty(t("admin.no_log")));
}

function line({ admin, action, target_kind: kind, target_id: target, detail, created_at: created }) {
  const { reason } = JSON.parse(detail);
  const where = { user: personById, post: postById }[kind]?.(target);
  const what = `${kind} ${target}`;
  return html`<div class="entry"><div>
      <p>${admin ? html`<a class="name" href=${person(admin)} dir="ltr">${handle(admin)}</a>` : t("admin.console")} <code dir="ltr">${action}</code> ${where ? html`<a href=${where} dir="ltr">${what}</a>` : html`<span dir="ltr">${what}</span>`}</p>
      ${reason ? html`<p class="quiet" dir="auto">${reason}</p>` : nothing}</div>${when(created)}</div>`;
}
