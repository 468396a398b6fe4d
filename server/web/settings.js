// My account: mails, password, sessions, data, and its end.

import { client, outbox } from "./client.js";
import { time } from "./dates.js";
import { ask } from "./dialog.js";
import { field, submits } from "./forms.js";
import { setStanding } from "./relation.js";
import { state, tell } from "./state.js";
import { fate } from "./unsent.js";
import { avatar, back, empty, failed, h, handle, heading, list, person, toast } from "./view.js";

const EXPORT_MS = 120_000;

export function settingsView() {
  const unsent = h("div", {});
  drawUnsent(unsent);
  const sessions = list((cursor) => client.session.list({ cursor }), session, () => empty("No sessions"));
  const element = h("div", { class: "view settings" },
    heading("Settings", back(), h("button", { class: "quiet-button text", type: "button", onclick: () => tell("leave") }, "Log out")),
    state.me.is_admin && section("Admin", h("p", {}, h("a", { href: "#/admin" }, "Accounts, reports and the audit log"))),
    unsent,
    section("Mail", address(), mails()),
    section("Password", password(sessions)),
    section("Your data", h("p", { class: "quiet" }, "All that is stored of you, as one JSON file."),
      h("button", { type: "button", onclick: download }, "Export my data")),
    section("Delete your account", h("p", { class: "quiet" }, "At once and for good."),
      h("button", { class: "danger-text", type: "button", onclick: remove }, "Delete my account")),
    section("Where you are logged in", sessions.element),
    section("Blocked people", apart("block", "unblock", "Unblock", { blocked: false })),
    section("Muted people", apart("mute", "unmute", "Unmute", { muted: false })));
  return { title: "Settings", element, drawUnsent: () => drawUnsent(unsent) };
}

const section = (title, ...parts) => h("section", { class: "setting" }, h("h2", {}, title), parts);

// Whatever waits, also for a conversation or a post that is there no longer.
function drawUnsent(place) {
  const { entries } = outbox;
  place.hidden = !entries.length;
  place.replaceChildren(section("Not sent yet", entries.map((entry) => h("div", { class: "entry" },
    h("div", {}, h("p", { class: "content", dir: "auto" }, entry.input.content),
      h("p", { class: "quiet" }, entry.operation === "post.create" ? "Post" : "Message", ", written ", time(new Date(entry.createdAt).toISOString())),
      fate(entry))))));
}

// Those whom I keep away in this way, and how to let them in again.
function apart(kind, verb, label, standing) {
  const nobody = () => h("p", { class: "quiet" }, "Nobody.");
  const { element, items } = list((cursor) => client[kind].list({ cursor }), row, nobody);
  function row(user) {
    const free = async () => {
      button.disabled = true;
      try {
        await client.user[verb]({ id: user.id });
        setStanding(user.id, standing);
        entry.remove();
        if (!items.firstChild) items.append(nobody());
        toast(`${user.display_name} is ${kind === "block" ? "blocked" : "muted"} no longer.`);
      } catch (error) {
        button.disabled = false;
        failed(error);
      }
    };
    const button = h("button", { type: "button", "aria-label": `${label} ${handle(user)}`, onclick: free }, label);
    const entry = h("div", { class: "entry" }, h("a", { class: "face", href: person(user), tabindex: "-1", "aria-hidden": "true" }, avatar(user)),
      h("div", {}, h("a", { class: "name", href: person(user) }, user.display_name), h("p", { class: "handle" }, handle(user))), button);
    return entry;
  }
  return element;
}

function address() {
  const { email, email_verified: verified } = state.me;
  return h("p", {}, email, " ", h("span", { class: "tag" }, verified ? "Confirmed" : "Not confirmed"),
    !verified && [" ", h("button", { class: "link", type: "button", onclick: again }, "Send the link again")]);
}

async function again(event) {
  const button = event.currentTarget;
  button.disabled = true;
  try {
    await client.email.verify_again();
    toast(`A link is on its way to ${state.me.email}.`);
  } catch (error) {
    failed(error);
    button.disabled = false;
  }
}

function mails() {
  const box = h("input", { type: "checkbox", checked: state.me.digest_mails, onchange: set });
  async function set() {
    try {
      state.me = await client.user.configure({ digest_mails: box.checked });
      toast(box.checked ? "You will be mailed." : "No more of these mails.");
    } catch (error) {
      box.checked = !box.checked;
      failed(error);
    }
  }
  return h("label", { class: "tick" }, box, "Mail me of new followers and of what I have not read");
}

function password(sessions) {
  const form = h("form", { method: "post", novalidate: true },
    h("p", { class: "form-error", role: "alert" }),
    h("input", { name: "username", value: state.me.username, autocomplete: "username", hidden: true }),
    field({ label: "Current password", name: "current_password", type: "password", autocomplete: "current-password", maxlength: "1024" }),
    field({ label: "New password", note: "8 characters or more. Your other sessions end.", name: "new_password", type: "password", autocomplete: "new-password", maxlength: "1024" }),
    h("button", { type: "submit" }, "Change password"));
  submits(form, async ({ current_password, new_password }) => {
    await client.password.change({ current_password, new_password });
    form.reset();
    toast("Your password is changed.");
    sessions.reload();
  });
  return form;
}

const BROWSERS = [["Edg", "Edge"], ["OPR", "Opera"], ["Firefox"], ["Chrome"], ["Safari"]];
const SYSTEMS = [["Android"], ["iPhone"], ["iPad"], ["Windows"], ["Mac OS", "macOS"], ["Linux"]];

function program(agent) {
  const [browser, system] = [BROWSERS, SYSTEMS].map((names) => names.find(([mark]) => agent.includes(mark))?.at(-1));
  return browser && system ? `${browser} on ${system}` : agent || "Unknown program";
}

function session({ id, created_at: began, last_used_at: used, user_agent: agent, address: from, current }) {
  const end = async () => {
    try {
      await client.session.end({ id });
      row.remove();
      toast("That session is over.");
    } catch (error) {
      failed(error);
    }
  };
  const row = h("div", { class: "entry" },
    h("div", {}, h("p", { class: "name", title: agent }, program(agent), current && h("span", { class: "tag" }, "This one")),
      h("p", { class: "quiet" }, from && `${from} · `, "since ", time(began), ", last used ", time(used))),
    !current && h("button", { type: "button", onclick: end, "aria-label": `End the session of ${program(agent)}` }, "End"));
  return row;
}

async function download(event) {
  const button = event.currentTarget;
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
    title: "Delete your account?",
    words: [
      "Your profile, posts, likes and follows are gone for good. What you wrote to others stays with them, by a “Deleted user”. Your name is free for anybody.",
      "There is no way back. You may want to export your data first.",
    ],
    fields: [{ label: "Your password", name: "password", type: "password", autocomplete: "current-password", maxlength: "1024" }],
    button: "Delete for good",
    danger: true,
    act: async ({ password: given }) => {
      await client.user.delete({ password: given });
      tell("deleted");
    },
  });
}
