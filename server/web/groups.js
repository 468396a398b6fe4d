// Groups: making one, who may do what in it, whom to add, leaving.

import { talkAddress } from "./addresses.js";
import { client } from "./client.js";
import { titleOf } from "./conversations.js";
import { ask } from "./dialog.js";
import { listed, t } from "./i18n.js";
import { html, nothing } from "./lit.js";
import { go } from "./router.js";
import { state } from "./state.js";
import { avatar, handle, mount } from "./ui.js";
import { h, toast } from "./view.js";

const SEARCH_PAUSE_MS = 250;

const titleField = (more) => ({ label: t("messages.group_title"), name: "title", limit: "title", ...more });

export function newGroup() {
  const people = picker(new Set([state.me.id]));
  ask({
    title: t("messages.new_group"),
    fields: [titleField({ note: t("messages.optional") })],
    parts: people.element,
    button: t("messages.begin"),
    act: async ({ title }) => {
      const conversation = await client.conversation.create({ participants: people.chosen(), title: title.trim() || null });
      if (conversation.kind === "group") sayWhoDecides(people, conversation);
      go(talkAddress(conversation.id));
    },
  });
}

export const roleOf = ({ roles }, id) => roles.find(({ user_id: user }) => user === id)?.role ?? "member";
export const isStaff = (conversation) => roleOf(conversation, state.me.id) !== "member";

// Whether I may do what `who` may: members or admins.
export const mayI = (conversation, who) => who === "members" || isStaff(conversation);

const change = ({ id }, fields) => client.conversation.update({ conversation_id: id, ...fields });

// done() is called when somebody has been added or invited.
export function addPeople(conversation, done) {
  const people = picker(new Set(conversation.participants.map((user) => user.id)));
  ask({
    title: t("messages.add_people"),
    words: [t("messages.add_words")],
    parts: people.element,
    button: t("messages.add"),
    act: async () => {
      const chosen = people.chosen();
      sayWhoDecides(people, await change(conversation, { add: chosen })) || toast(t("messages.added"));
      done();
    },
  });
}

// Who cannot be put into it without being asked is invited.
function sayWhoDecides(people, { participants }) {
  const asked = people.users().filter(({ id }) => !participants.some((user) => user.id === id));
  if (asked.length) toast(t("groups.are_invited", { count: asked.length, names: listed(asked.map((user) => user.display_name)) }));
  return asked.length > 0;
}

export function rename(conversation) {
  ask({
    title: t("messages.change_title"),
    fields: [titleField({ value: conversation.title ?? "" })],
    button: t("messages.save"),
    act: ({ title }) => change(conversation, { title }),
  });
}

export const setRight = (conversation, right, on) => change(conversation, { [right]: on ? "members" : "admins" });

export function leave(conversation) {
  const owns = roleOf(conversation, state.me.id) === "owner" && conversation.participants.length > 1;
  ask({
    title: t("messages.leave_title", { title: titleOf(conversation) }),
    words: [t("messages.leave_words"), ...(owns ? [t("groups.leave_owner")] : [])],
    button: t("messages.leave"),
    danger: true,
    act: async () => {
      await change(conversation, { leave: true });
      go("/messages", { replace: true });
    },
  });
}

// Finds people by name and collects those who are ticked.
function picker(without) {
  const chosen = new Map(); // id -> UserRef
  let found = [];
  let timer = null;
  let asked = 0;
  const { element, draw } = mount(h("div", { class: "pick" }), () => html`<label>${t("messages.people")}
      <input type="search" autocomplete="off" maxlength="100" dir="auto" @input=${soon} @keydown=${(event) => event.key === "Enter" && event.preventDefault()}></label>
    <div class="choices picker" role="group" aria-label=${t("messages.people")}>${users().map(row)}${users().length ? nothing : html`<p class="quiet">${t("messages.nobody_found")}</p>`}</div>`);
  const users = () => [...chosen.values(), ...found.filter(({ id }) => !without.has(id) && !chosen.has(id))];

  function soon({ target }) {
    clearTimeout(timer);
    timer = setTimeout(look, SEARCH_PAUSE_MS, target.value);
  }

  async function look(words) {
    const number = ++asked;
    const { results } = await client.profile.list({ search: words.trim() || undefined, limit: 8 }).catch(() => ({ results: [] }));
    if (number !== asked) return;
    found = results.map(({ user }) => user);
    draw();
  }

  function row(user) {
    return html`<label class="tick"><input type="checkbox" .checked=${chosen.has(user.id)} @change=${({ target }) => (target.checked ? chosen.set(user.id, user) : chosen.delete(user.id))}>
      ${avatar(user, "small")}<span class="name" dir="auto">${user.display_name}</span><span class="handle" dir="ltr">${handle(user)}</span></label>`;
  }

  look("");
  function ids() {
    if (!chosen.size) throw new Error(t("messages.choose_somebody"));
    return [...chosen.keys()];
  }
  return { element, chosen: ids, users: () => [...chosen.values()] };
}
