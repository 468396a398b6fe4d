// Changing what one's profile says.

import { client } from "./client.js";
import { t } from "./i18n.js";
import { shrunk } from "./shrink.js";
import { state, tell } from "./state.js";
import { ask, IMAGES, toast } from "./view.js";

const FIELDS = [
  { name: "display_name", label: "profile.name", limit: "display_name" },
  { name: "bio", label: "profile.bio", limit: "bio", long: true },
  { name: "location", label: "profile.location", limit: "location" },
  { name: "website", label: "profile.website", maxlength: 200, type: "url" },
  { name: "avatar", label: "profile.avatar", type: "file", accept: IMAGES },
  { name: "banner", label: "profile.banner", type: "file", accept: IMAGES },
];
const PICTURES = ["avatar", "banner"];

export function edit(profile, done) {
  ask({
    title: t("profile.edit_title"),
    fields: FIELDS.map((one) => ({ ...one, label: t(one.label), ...(one.type === "file" ? {} : { value: profile[one.name] ?? "" }) })),
    button: t("dialog.save"),
    act: async (fields) => {
      for (const name of PICTURES) {
        if (fields[name].name) fields[name] = await shrunk(fields[name]);
        else delete fields[name];
      }
      await client.profile.update(fields);
      state.me = await client.user.me();
      tell("me");
      toast(t("profile.saved"));
      done();
    },
  });
}
