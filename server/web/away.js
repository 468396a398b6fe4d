// What one can do with somebody by a menu: keep them away, report them, write to them.

import { talkAddress } from "./addresses.js";
import { client } from "./client.js";
import { t } from "./i18n.js";
import { learn, setStanding, standing } from "./relation.js";
import { go } from "./router.js";
import { state } from "./state.js";
import { ask, toast } from "./view.js";

// By one of the verbs, after which we stand as is `known`.
export async function setApart(user, verb, known, said) {
  await client.user[verb]({ id: user.id });
  setStanding(user.id, known);
  toast(said);
}

// Asks first; done() follows once we are apart.
export const block = (user, done = () => {}) => ask({
  title: t("block.title", { name: user.display_name }),
  words: [t("block.words")],
  button: t("block.do"),
  danger: true,
  act: async () => {
    await setApart(user, "block", { blocked: true }, t("block.is_on", { name: user.display_name }));
    await done();
  },
});

// What a menu offers to keep somebody away.
export async function keepingAway(user) {
  if (!state.apart.has(user.id)) learn(await client.user.get({ id: user.id }));
  const { blocked, muted } = standing(user.id);
  const name = user.display_name;
  const set = (...how) => () => setApart(user, ...how);
  return [
    muted
      ? { label: t("mute.off", { name }), symbol: "mute", act: set("unmute", { muted: false }, t("mute.is_off", { name })) }
      : { label: t("mute.on", { name }), symbol: "mute", note: t("mute.note"), act: set("mute", { muted: true }, t("mute.is_on", { name })) },
    blocked
      ? { label: t("block.off", { name }), symbol: "block", act: set("unblock", { blocked: false }, t("block.is_off", { name })) }
      : { label: t("block.on", { name }), symbol: "block", note: t("block.note"), danger: true, act: () => block(user) },
  ];
}

// The conversation of the two of us, which this begins if there is none.
export async function writeTo(user) {
  const { id } = await client.conversation.create({ participants: [user.id] });
  go(talkAddress(id));
}

export function report(subject, of) {
  ask({
    title: t("report.title", { of }),
    fields: [{ label: t("report.reason"), name: "reason", long: true, limit: "reason" }],
    button: t("report.send"),
    act: async ({ reason }) => {
      await client.report.create({ ...subject, reason });
      toast(t("report.thanks"));
    },
  });
}
