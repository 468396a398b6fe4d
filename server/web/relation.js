// How I stand to others: follow, mute, block.

import { client } from "./client.js";
import { asMe } from "./gate.js";
import { t } from "./i18n.js";
import { html, nothing } from "./lit.js";
import { moreMenu } from "./menu.js";
import { state, tell } from "./state.js";
import { failed } from "./view.js";

// What one does with somebody by a menu is loaded when one opens it.
export const away = () => import("./away.js");

const FOLLOWING_MAX = 1000; // of those I follow, as many are known from the start

export async function loadFollowing() {
  const known = new Set();
  for await (const user of client.each("user.following", { id: state.me.id, limit: 100 })) {
    known.add(user.id);
    if (known.size === FOLLOWING_MAX) break;
  }
  state.following = known;
  tell("changed");
}

export function setFollowing(id, on) {
  if (on) state.following.add(id);
  else state.following.delete(id);
  tell("changed");
}

export function followButton(user) {
  if (user.id === state.me?.id) return nothing;
  const on = state.following.has(user.id);
  return html`<button class="follow" type="button" data-follow=${user.id} aria-pressed=${String(on)} @click=${() => (state.me ? toggle(user) : asMe(() => state.following.has(user.id) || toggle(user)))}
    ><span>${t(on ? "follow.on" : "follow.off")}</span><span class="unseen"> ${user.display_name}</span></button>`;
}

async function toggle(user) {
  if (user.id === state.me.id) return;
  const on = !state.following.has(user.id);
  setFollowing(user.id, on);
  try {
    tell("followed", await client.user[on ? "follow" : "unfollow"]({ id: user.id }));
  } catch (error) {
    setFollowing(user.id, !on);
    failed(error);
  }
}

// {blocked, muted}, once somebody has been looked at or the server has told of a change.
export const standing = (id) => state.apart.get(id) ?? {};

export function setStanding(id, known) {
  const { blocked = false, muted = false } = standing(id);
  state.apart.set(id, { ...standing(id), ...known });
  if ((known.blocked ?? blocked) !== blocked || (known.muted ?? muted) !== muted) tell("apart");
  tell("changed");
}

// From a User. Nothing has changed by it.
export const learn = ({ id, blocked, muted }) => state.apart.set(id, { blocked, muted });

export const moreButton = (user) => (user.id === state.me?.id ? nothing : moreMenu(t("person.more", { name: user.display_name }), async () => [
  ...(state.me ? await (await away()).keepingAway(user) : []),
  { label: t("report.person"), symbol: "flag", act: () => asMe(async () => (await away()).report({ user_id: user.id }, user.display_name)) },
]));
