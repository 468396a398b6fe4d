// Keeping somebody away: mute, block, report. The server tells of what changes, not of what was so
// before: that is undone whether it was or not.

import { api } from "./api.js";
import { ask, choose } from "./dialog.js";
import { state, tell } from "./state.js";
import { h, icon, toast } from "./view.js";

// {blocked, muted}, as far as it is known.
export const standing = (id) => state.apart.get(id) ?? {};

export function setStanding(id, known) {
  const { blocked = false, muted = false } = standing(id);
  state.apart.set(id, { ...standing(id), ...known });
  if ((known.blocked ?? blocked) !== blocked || (known.muted ?? muted) !== muted) tell("apart");
}

export function moreButton(user) {
  if (user.id === state.me.id) return null;
  const label = `More about ${user.display_name}`;
  return h("button", { class: "icon-button more-about", type: "button", "aria-label": label, title: "More", onclick: () => menu(user) }, icon("more"));
}

function menu(user) {
  const { blocked, muted } = standing(user.id);
  const name = user.display_name;
  const set = (verb, known, said) => async () => {
    await api[verb](user.id);
    setStanding(user.id, known);
    toast(said);
  };
  const unmute = set("unmute", { muted: false }, `${name} is muted no longer.`);
  const unblock = set("unblock", { blocked: false }, `${name} is blocked no longer.`);
  choose(name, [
    muted
      ? { label: "Unmute", act: unmute }
      : { label: "Mute", note: "Out of your feed and notifications. They do not learn of it.", act: set("mute", { muted: true }, `${name} is muted.`) },
    blocked
      ? { label: "Unblock", act: unblock }
      : { label: "Block", note: "Neither of you can follow, answer or write to the other.", danger: true, act: set("block", { blocked: true }, `${name} is blocked.`) },
    { label: "Report", note: "Tell the admins.", act: () => report({ user_id: user.id }, name) },
    muted === undefined && { label: "Undo an earlier mute or block", act: () => unmute().then(unblock) },
  ]);
}

export function report(subject, of) {
  ask({
    title: `Report ${of}`,
    fields: [{ label: "What is wrong?", name: "reason", long: true, maxlength: "1000" }],
    button: "Report",
    act: async ({ reason }) => {
      await api.report({ ...subject, reason });
      toast("Thank you. The admins will look at it.");
    },
  });
}
