// Keeping somebody away: mute, block, report.

import { client } from "./client.js";
import { ask, choose } from "./dialog.js";
import { state, tell } from "./state.js";
import { failed, h, icon, toast } from "./view.js";

// {blocked, muted}, once somebody has been looked at or the server has told of a change.
export const standing = (id) => state.apart.get(id) ?? {};

export function setStanding(id, known) {
  const { blocked = false, muted = false } = standing(id);
  state.apart.set(id, { ...standing(id), ...known });
  if ((known.blocked ?? blocked) !== blocked || (known.muted ?? muted) !== muted) tell("apart");
}

// From a User. Nothing has changed by it.
export const learn = ({ id, blocked, muted }) => state.apart.set(id, { blocked, muted });

export function moreButton(user) {
  if (user.id === state.me.id) return null;
  const label = `More about ${user.display_name}`;
  return h("button", { class: "icon-button more-about", type: "button", "aria-label": label, title: "More", onclick: () => menu(user) }, icon("more"));
}

async function menu(user) {
  if (!state.apart.has(user.id)) {
    try {
      learn(await client.user.get({ id: user.id }));
    } catch (error) {
      return failed(error);
    }
  }
  const { blocked, muted } = standing(user.id);
  const name = user.display_name;
  const set = (verb, known, said) => async () => {
    await client.user[verb]({ id: user.id });
    setStanding(user.id, known);
    toast(said);
  };
  choose(name, [
    muted
      ? { label: "Unmute", act: set("unmute", { muted: false }, `${name} is muted no longer.`) }
      : { label: "Mute", note: "Out of your feed and notifications. They do not learn of it.", act: set("mute", { muted: true }, `${name} is muted.`) },
    blocked
      ? { label: "Unblock", act: set("unblock", { blocked: false }, `${name} is blocked no longer.`) }
      : { label: "Block", note: "Neither of you can follow, answer or write to the other.", danger: true, act: set("block", { blocked: true }, `${name} is blocked.`) },
    { label: "Report", note: "Tell the admins.", act: () => report({ user_id: user.id }, name) },
  ]);
}

export function report(subject, of) {
  ask({
    title: `Report ${of}`,
    fields: [{ label: "What is wrong?", name: "reason", long: true, limit: "reason" }],
    button: "Report",
    act: async ({ reason }) => {
      await client.report.create({ ...subject, reason });
      toast("Thank you. The admins will look at it.");
    },
  });
}
