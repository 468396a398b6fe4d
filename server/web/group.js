// A group: who is in it, what they may do, who is invited, asks, is banned, and the links into it.

import { person, talkAddress } from "./addresses.js";
import { client, store } from "./client.js";
import { faceOf, find, isDeleted, titleOf } from "./conversations.js";
import { GroupLinks } from "./group-links.js";
import { addPeople, isStaff, leave, mayI, rename, roleOf, setRight } from "./groups.js";
import { t } from "./i18n.js";
import { html, live, nothing, repeat } from "./lit.js";
import { Pages } from "./list.js";
import { moreMenu } from "./menu.js";
import { writeTo } from "./away.js";
import { sheet } from "./sheets.js";
import { state, tell } from "./state.js";
import { avatar, empty, handle, heading, icon, mount, nameLink, skeleton } from "./ui.js";
import { ask, failed, h } from "./view.js";

await Promise.all(["messages.css", "settings.css"].map(sheet));

const ROLES = { owner: { label: "groups.owner" }, admin: { label: "groups.admin" } };
const RIGHTS = { who_may_add: { label: "groups.may_add" }, who_may_rename: { label: "groups.may_rename" }, who_may_pin: { label: "groups.may_pin" } };

export function groupView(id) {
  let members = 0; // how many there were
  let missing = null; // why it cannot be shown
  let lists = {}; // invited, requests, bans, links: those after the first only for its staff
  let isThere = false; // what the lists begin with: what is drawn before is not pushed away by it
  const known = () => [store.conversations.get(id)].find((conversation) => conversation?.kind === "group");
  const { element, draw, soon } = mount(h("div", { class: "view settings" }), () => {
    const conversation = known();
    const title = conversation ? titleOf(conversation) : t("messages.this_group");
    return html`${heading(title, { parent: talkAddress(id) })}
      ${conversation && isThere ? whole(conversation) : missing ? empty(t("messages.not_there"), missing) : skeleton()}`;
  });

  function whole(conversation) {
    return html`<div class="group-top">${faceOf(conversation, "big")}<div>
        <p class="profile-name" dir="auto">${titleOf(conversation)}</p><p class="quiet">${t("messages.members", { count: conversation.participants.length })}</p></div></div>
      <div class="group-do">
        ${mayI(conversation, conversation.who_may_add) ? html`<button type="button" @click=${() => addPeople(conversation, () => lists.invited.reload())}>${icon("people")}${t("messages.add_people")}</button>` : nothing}
        ${mayI(conversation, conversation.who_may_rename) ? html`<button type="button" @click=${() => rename(conversation)}>${icon("edit")}${t("messages.change_title")}</button>` : nothing}
        <button class="danger-text" type="button" @click=${() => leave(conversation)}>${icon("leave")}${t("messages.leave")}</button></div>
      ${listOf(t("groups.asking"), lists.requests, request)}
      ${section(t("groups.members"), html`<ul class="members">${repeat(inOrder(conversation), (user) => user.id, (user) => member(conversation, user))}</ul>`)}
      ${listOf(t("groups.invited"), lists.invited, (one) => invited(conversation, one))}
      ${isStaff(conversation) ? html`${lists.links?.draw() ?? nothing}${section(t("groups.rights"), Object.keys(RIGHTS).map((right) => switchOf(conversation, right)))}` : nothing}
      ${listOf(t("groups.banned"), lists.bans, banned)}`;
  }

  // What waits in a list, if anything does.
  function listOf(title, pages, row) {
    if (!pages || (!pages.items.length && !pages.error)) return nothing;
    return section(title, html`<div class="list">${repeat(pages.items, pages.key, row)}${pages.error ? html`<p class="quiet">${pages.error.message}</p>` : nothing}
      ${pages.error || (pages.next !== null && pages.isLoaded) ? html`<button class="more" type="button" @click=${() => pages.more()}>${t(pages.error ? "list.again" : "list.more")}</button>` : nothing}</div>`);
  }

  const request = ({ user, link }) => entry(user, link ? html`<p class="quiet">${t("groups.by_link", { link })}</p>` : nothing, html`
    <button class="primary small" type="button" aria-label=${t("groups.let_in_named", { name: user.display_name })} @click=${() => answer("approve", user)}>${t("groups.let_in")}</button>
    <button class="small" type="button" aria-label=${t("groups.refuse_named", { name: user.display_name })} @click=${() => answer("refuse", user)}>${t("groups.refuse")}</button>`);

  const invited = (conversation, { user, inviter }) => entry(user, html`<p class="quiet">${t("groups.invited_by", { name: inviter.display_name })}</p>`,
    inviter.id === state.me.id || isStaff(conversation) ? html`<button class="small" type="button" aria-label=${t("groups.uninvite_named", { name: user.display_name })} @click=${() => answer("uninvite", user, lists.invited)}>${t("groups.uninvite")}</button>` : nothing);

  const banned = (user) => entry(user, nothing,
    html`<button class="small" type="button" aria-label=${t("groups.unban_named", { name: user.display_name })} @click=${() => answer("unban", user)}>${t("groups.unban")}</button>`);

  async function answer(verb, user, pages = { unban: lists.bans }[verb] ?? lists.requests) {
    try {
      await client.conversation[verb]({ conversation_id: id, user_id: user.id });
    } catch (error) {
      if (error.status !== 404) return failed(error);
    }
    pages?.remove((one) => (one.user ?? one).id === user.id);
  }

  const wanted = {}; // rights that are being set
  function switchOf(conversation, right) {
    return html`<label class="tick"><input type="checkbox" .checked=${live(wanted[right] ?? conversation[right] === "members")} @change=${async ({ target }) => {
      wanted[right] = target.checked;
      try {
        await setRight(conversation, right, target.checked);
      } catch (error) {
        failed(error);
      }
      delete wanted[right];
      soon();
    }}>${t(RIGHTS[right].label)}</label>`;
  }

  const pages = (verb) => new Pages((cursor) => client.conversation[verb]({ conversation_id: id, ...(cursor && { cursor }) }), soon, (one) => (one.user ?? one).id);

  // The lists that I may see, as my role is now.
  function furnish(conversation) {
    const invited = lists.invited ?? pages("invitations");
    if (!isStaff(conversation)) lists = { invited };
    else if (!lists.links) lists = { invited, requests: pages("join_requests"), bans: pages("bans"), links: new GroupLinks(id, soon) };
  }

  function changed() {
    const conversation = known();
    if (conversation) {
      furnish(conversation);
      const { participants } = conversation;
      if (lists.invited.items.length) lists.invited.remove(({ user }) => participants.some((one) => one.id === user.id));
      if (members && participants.length > members) lists.links?.reload(); // one may have been used
      members = participants.length;
    } else missing ??= t("messages.not_in_it");
    view.title = conversation ? titleOf(conversation) : t("messages.this_group");
    tell("titled");
    soon();
  }

  async function begin() {
    try {
      await find(id);
    } catch (error) {
      missing = error.status === 404 ? t("messages.not_in_it") : error.message;
    }
    changed();
    await Promise.all(Object.values(lists).map(({ ready }) => ready));
    isThere = true;
    soon();
  }

  const off = store.subscribe(`conversation ${id}`, changed);
  const view = {
    title: t("messages.this_group"), element, keep: true, redraw: soon, shown: draw, close: off,
    hear(name, data) {
      if ((data?.conversation_id ?? data?.request?.conversation_id) !== id) return;
      if (name === "join_request.created") lists.requests?.add(data.request);
      else if (name === "join_request.ended") lists.requests?.remove(({ user }) => user.id === data.user_id);
      else if (name === "conversation.member_changed" && data.change === "banned") lists.bans?.reload();
      else if (name === "conversation.member_changed" && data.change === "unbanned") lists.bans?.remove((user) => user.id === data.user_id);
      else if (name === "conversation.member_changed") lists.links?.reload(); // those of who is staff no longer have ended
    },
  };
  draw();
  begin();
  return view;
}

const section = (title, ...parts) => html`<section class="setting"><h2>${title}</h2>${parts}</section>`;

const entry = (user, more, buttons) => html`<div class="entry about-person">${avatar(user, "small")}<div>${nameLink(user)}
  <p class="handle" dir="ltr">${handle(user)}</p>${more}</div><div class="entry-do beside">${buttons}</div></div>`;

// The owner, the admins, and then who came first.
function inOrder({ participants, roles }) {
  const place = new Map(roles.map(({ user_id: user }, index) => [user, index]));
  return [...participants].sort((a, b) => (place.get(a.id) ?? roles.length) - (place.get(b.id) ?? roles.length));
}

function member(conversation, user) {
  const role = ROLES[roleOf(conversation, user.id)];
  const names = html`${avatar(user, "small")}<span class="conversation-body"><span class="name" dir="auto">${user.display_name}</span><span class="handle" dir="ltr">${handle(user)}</span></span>
    ${user.id === state.me.id ? html`<span class="quiet">${t("messages.you")}</span>` : nothing}${role ? html`<span class="tag">${t(role.label)}</span>` : nothing}`;
  if (isDeleted(user)) return html`<li class="member-row"><span class="member">${names}</span></li>`;
  const menu = does(conversation, user);
  return html`<li class="member-row"><a class="member" href=${person(user)}>${names}</a>
    ${menu.length ? moreMenu(t("person.more", { name: user.display_name }), () => menu) : nothing}</li>`;
}

// What I may do with a member: the owner with all, an admin with those who are neither, and everybody
// less with themselves.
function does(conversation, user) {
  const { id, display_name: name } = user;
  const [mine, theirs] = [roleOf(conversation, state.me.id), roleOf(conversation, id)];
  const call = (verb, more) => client.conversation[verb]({ conversation_id: conversation.id, user_id: id, ...more });
  const give = (role) => () => call("set_role", { role });
  const asked = (title, words, button, act, danger = true) => ({ label: button, danger, act: () => ask({ title, words: [words], button, danger, act }) });
  if (id === state.me.id) return mine === "admin" ? [asked(t("groups.step_down_title"), t("groups.step_down_words"), t("groups.step_down"), give("member"), false)] : [];
  const owns = mine === "owner";
  const isBelow = owns || (mine === "admin" && theirs === "member");
  return [
    { label: t("profile.write_to", { name }), symbol: "mail", act: () => writeTo(user) },
    owns && theirs === "member" && { label: t("groups.make_admin"), symbol: "shield", act: give("admin") },
    owns && theirs === "admin" && { label: t("groups.make_member"), symbol: "user", act: give("member") },
    owns && { ...asked(t("groups.hand_over_title", { name }), t("groups.hand_over_words"), t("groups.hand_over"), give("owner"), false), symbol: "people" },
    isBelow && { ...asked(t("groups.remove_title", { name }), t("groups.remove_words"), t("groups.remove"), () => call("remove")), symbol: "leave" },
    isBelow && { ...asked(t("groups.ban_title", { name }), t("groups.ban_words"), t("groups.ban"), () => call("ban")), symbol: "block" },
  ].filter(Boolean);
}
