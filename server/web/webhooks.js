// Webhooks: where events of mine are sent, and what came of each; and URLs by which programs write for me.

import { client } from "./client.js";
import { exactly, when } from "./dates.js";
import { ask, show } from "./dialog.js";
import { t, tr } from "./i18n.js";
import { html, nothing } from "./lit.js";
import { listed, Pages } from "./list.js";
import { openMenu } from "./menu.js";
import { sheet } from "./sheets.js";
import { state } from "./state.js";
import { heading, icon, mount } from "./ui.js";
import { failed, h, toast } from "./view.js";

await sheet("settings.css");

// What one chooses, and the events that it is.
const KINDS = [
  { label: "webhooks.notifications", events: ["notification.created"] },
  { label: "webhooks.messages", events: ["message.created", "message.updated", "message.deleted"] },
  { label: "webhooks.requests", events: ["message_request.received"] },
  { label: "webhooks.groups", events: ["conversation.created", "conversation.updated", "conversation.member_changed", "invitation.created", "join_request.created"] },
];
const LOOK_MS = [500, 1000, 2000, 4000, 8000]; // after something was sent, until it is known what came of it
const URL_FIELD = { name: "url", type: "url", dir: "ltr", maxlength: "2000", spellcheck: "false", autocapitalize: "none", placeholder: "https://" };
const ERRORS = {
  address: { label: "webhooks.error_address" }, connection: { label: "webhooks.error_connection" }, tls: { label: "webhooks.error_tls" },
  timeout: { label: "webhooks.error_timeout" }, protocol: { label: "webhooks.error_protocol" }, disabled: { label: "webhooks.error_disabled" },
};
const STATUSES = {
  waiting: { label: "webhooks.waiting" }, delivered: { label: "webhooks.delivered" }, failed: { label: "webhooks.given_up" }, withdrawn: { label: "webhooks.withdrawn" },
};
const BECAUSE = {
  owner: { label: "webhooks.off" }, gone: { label: "webhooks.off_gone" }, failing: { label: "webhooks.off_failing" }, overflow: { label: "webhooks.off_overflow" },
};

export async function webhooksView() {
  const logs = new Map(); // of those that are looked at, by their webhook
  const view = mount(h("div", { class: "view settings" }), () => html`
    ${heading(t("webhooks.title"), { parent: "/settings" })}
    <section class="setting"><h2>${t("webhooks.outgoing")}</h2><p class="quiet">${t("webhooks.words")}</p>
      ${listed(hooks, row, () => nothing, { bones: 1 })}
      <button type="button" @click=${make}>${icon("link")}${t("webhooks.make")}</button></section>
    <section class="setting"><h2>${t("webhooks.incoming")}</h2><p class="quiet">${t("webhooks.incoming_words")}</p>
      ${listed(urls, url, () => nothing, { bones: 1 })}
      <button type="button" @click=${makeUrl}>${icon("link")}${t("webhooks.incoming_make")}</button></section>`);
  const hooks = new Pages((cursor) => client.webhook.list({ cursor }), view.soon);

  const urls = new Pages((cursor) => client.incoming_webhook.list({ cursor }), view.soon);

  const url = ({ id, name, conversation_id: conversation, last_used_at: used }) => html`<div class="entry"><div><p class="name" dir="auto">${name}</p>
      <p class="quiet">${conversation ? html`<a href=${`/messages/${conversation}`}>${t("webhooks.writes")}</a>` : t("webhooks.posts")} · ${used ? tr("webhooks.used", { when: when(used) }) : t("webhooks.unused")}</p></div>
    <button class="icon-button danger-text" type="button" aria-label=${t("webhooks.revoke_named", { name })} title=${t("webhooks.revoke_named", { name })} @click=${() => revoke(id, name)}>${icon("trash")}</button></div>`;

  // Where it writes is chosen among the conversations that were active last.
  async function makeUrl() {
    try {
      const { results } = await client.conversation.list({ limit: 100 });
      const place = h("select", { name: "place" }, h("option", { value: "" }, t("webhooks.posts")),
        results.map(({ id, title, participants }) => h("option", { value: String(id) }, title || participants.filter(({ id: one }) => one !== state.me.id).map((one) => one.display_name).join(", ") || `${id}`)));
      ask({
        title: t("webhooks.incoming_make"),
        fields: [{ label: t("webhooks.name"), name: "name", limit: "title" }],
        parts: [h("label", {}, t("webhooks.place"), place)],
        button: t("webhooks.do_make"),
        act: async (values) => {
          const { url: address, ...made } = await client.incoming_webhook.create({ name: values.name, conversation_id: values.place ? Number(values.place) : null });
          urls.add(made);
          show(t("webhooks.address"), h("p", {}, t("webhooks.address_words")), h("pre", { class: "codes address", dir: "ltr", tabindex: "0" }, address));
        },
      });
    } catch (error) {
      failed(error);
    }
  }

  const revoke = (id, name) => ask({
    title: t("webhooks.revoke_named", { name }),
    words: [t("webhooks.revoke_words")],
    button: t("webhooks.revoke"),
    danger: true,
    act: async () => {
      await client.incoming_webhook.revoke({ id });
      urls.remove((one) => one.id === id);
    },
  });

  const row = (hook) => {
    const log = logs.get(hook.id);
    const named = hook.name || new URL(hook.url).host;
    return html`<div class="webhook"><div class="entry"><div><p class="name"><bdi>${named}</bdi>${standing(hook)}</p>
        <p class="quiet"><span dir="ltr">${hook.url}</span></p>
        <p class="quiet">${hook.disabled_because ? `${t(BECAUSE[hook.disabled_because].label)} ` : nothing}${hook.last_success_at ? tr("webhooks.last", { when: when(hook.last_success_at) }) : t("webhooks.never")}</p></div>
      <div class="entry-do beside"><button type="button" @click=${() => test(hook)}>${t("webhooks.test")}</button>
        <button class="icon-button" type="button" aria-haspopup="menu" aria-label=${t("webhooks.more", { name: named })} title=${t("webhooks.more", { name: named })} @click=${({ currentTarget }) => openMenu(currentTarget, choices(hook, named), named)}>${icon("more")}</button></div></div>
      <button class="link" type="button" aria-expanded=${String(Boolean(log))} @click=${() => toggle(hook)}>${t("webhooks.log")}</button>
      ${log ? html`<div class="deliveries">${listed(log, (one) => delivery(hook, one), () => html`<p class="quiet">${t("webhooks.nothing")}</p>`, { bones: 1 })}</div>` : nothing}</div>`;
  };

  const delivery = (hook, one) => html`<div class="entry"><div><p><code dir="ltr">${one.event}</code>
      <span class=${one.status === "failed" || one.error ? "tag danger-text" : "tag"}>${t(STATUSES[one.status].label)}</span></p>
    <p class="quiet">${exactly(one.attempted_at ?? one.at)}${one.attempts ? html` · ${t("webhooks.attempts", { count: one.attempts })}` : nothing}${one.response_status ? html` · <span dir="ltr">${one.response_status}</span>` : nothing}${
      one.duration_ms === null ? nothing : html` · ${t("webhooks.took", { ms: one.duration_ms })}`}${ERRORS[one.error] ? html` · ${t(ERRORS[one.error].label)}` : nothing}</p>
    ${one.status === "waiting" && one.attempts ? html`<p class="quiet">${tr("webhooks.next", { when: exactly(one.next_attempt_at) })}</p>` : nothing}</div>
    <button type="button" @click=${() => again(hook, one)}>${t("webhooks.again")}</button></div>`;

  const choices = (hook, named) => [
    { label: t("webhooks.edit"), symbol: "edit", act: () => edit(hook) },
    { label: t(hook.enabled ? "webhooks.turn_off" : "webhooks.turn_on"), symbol: hook.enabled ? "mute" : "check", act: () => change({ id: hook.id, enabled: !hook.enabled }) },
    { label: t("webhooks.rotate"), symbol: "clock", act: () => rotate(hook) },
    { label: t("webhooks.delete"), symbol: "trash", danger: true, act: () => remove(hook, named) },
  ];

  async function change(values) {
    const changed = await client.webhook.update(values);
    hooks.items = hooks.items.map((one) => (one.id === changed.id ? changed : one));
    view.soon();
  }

  function toggle({ id }) {
    if (!logs.delete(id)) logs.set(id, new Pages((cursor) => client.webhook.deliveries({ id, cursor }), view.soon));
    view.soon();
  }

  async function test(hook) {
    try {
      const { id } = await client.webhook.test({ id: hook.id });
      if (!logs.has(hook.id)) toggle(hook);
      await follow(hook, id);
    } catch (error) {
      failed(error);
    }
  }

  async function again(hook, { id }) {
    try {
      await client.webhook.redeliver({ id: hook.id, delivery_id: id });
      await follow(hook, id);
    } catch (error) {
      failed(error);
    }
  }

  // Look until it is known what came of the attempt.
  async function follow(hook, id) {
    const isOver = () => logs.get(hook.id)?.items.some((one) => one.id === id && (one.attempts > 0 || one.status !== "waiting"));
    for (const ms of LOOK_MS) {
      await new Promise((done) => setTimeout(done, ms));
      await Promise.all([logs.get(hook.id)?.reload(), hooks.reload()]);
      if (!view.element.isConnected || isOver()) return;
    }
  }

  const make = () => ask({
    title: t("webhooks.make"),
    fields: [{ label: t("webhooks.url"), ...URL_FIELD }, { label: t("webhooks.name"), name: "name", limit: "title", note: t("messages.optional") }],
    parts: kinds(new Set(["notification.created"])),
    button: t("webhooks.do_make"),
    act: async (values) => {
      const { secret, ...hook } = await client.webhook.create({ url: values.url, name: values.name, events: chosen(values, []) });
      hooks.add(hook);
      keep(secret);
    },
  });

  const edit = (hook) => ask({
    title: t("webhooks.edit"),
    fields: [{ label: t("webhooks.url"), ...URL_FIELD, value: hook.url }, { label: t("webhooks.name"), name: "name", limit: "title", note: t("messages.optional"), value: hook.name }],
    parts: kinds(new Set(hook.events)),
    button: t("dialog.save"),
    act: (values) => change({ id: hook.id, url: values.url, name: values.name, events: chosen(values, hook.events) }),
  });

  const rotate = ({ id }) => ask({
    title: t("webhooks.rotate"),
    words: [t("webhooks.rotate_words")],
    button: t("webhooks.rotate"),
    act: async () => keep((await client.webhook.rotate_secret({ id })).secret),
  });

  const remove = ({ id }, named) => ask({
    title: t("webhooks.delete_title", { name: named }),
    words: [t("webhooks.delete_words")],
    button: t("webhooks.delete"),
    danger: true,
    act: async () => {
      await client.webhook.delete({ id });
      logs.delete(id);
      hooks.remove((one) => one.id === id);
      toast(t("webhooks.deleted"));
    },
  });

  await Promise.all([hooks.ready, urls.ready]); // what stands below a list is not pushed away by it
  view.draw();
  return { title: t("webhooks.title"), element: view.element, keep: true, redraw: view.soon, shown: view.draw };
}

const standing = ({ enabled, failing_since: failing }) => (enabled
  ? (failing ? html`<span class="tag danger-text">${t("webhooks.failing")}</span>` : nothing)
  : html`<span class="tag">${t("webhooks.is_off")}</span>`);

const kinds = (events) => h("fieldset", { class: "reach" }, h("legend", {}, t("webhooks.which")), KINDS.map(({ label, events: [first] }, index) =>
  h("label", { class: "tick" }, h("input", { type: "checkbox", name: `kind${index}`, checked: events.has(first) }), t(label))));

// Events that were chosen elsewhere, and that no kind here has, stay.
function chosen(values, before) {
  const known = new Set(KINDS.flatMap(({ events }) => events));
  return [...KINDS.filter((kind, index) => values[`kind${index}`] !== undefined).flatMap(({ events }) => events), ...before.filter((one) => !known.has(one))];
}

// It is shown this once.
function keep(secret) {
  show(t("webhooks.secret"), h("p", {}, t("webhooks.secret_words")), h("pre", { class: "codes", dir: "ltr", tabindex: "0" }, secret));
}
