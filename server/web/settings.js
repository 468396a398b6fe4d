// My account: mails, password, sessions, data, and its end.

import { api } from "./api.js";
import { ask } from "./dialog.js";
import { field, submits } from "./forms.js";
import { state, tell } from "./state.js";
import { back, empty, failed, h, heading, list, time, toast } from "./view.js";

export function settingsView() {
  const sessions = list(api.sessions, session, () => empty("No sessions"), api.page);
  const element = h("div", { class: "view settings" },
    heading("Settings", back(), h("button", { class: "quiet-button text", type: "button", onclick: () => tell("leave") }, "Log out")),
    state.me.is_admin && section("Admin", h("p", {}, h("a", { href: "#/admin" }, "Accounts, reports and the audit log"))),
    section("Mail", address(), mails()),
    section("Password", password(sessions)),
    section("Your data", h("p", { class: "quiet" }, "All that is stored of you, as one JSON file."),
      h("button", { type: "button", onclick: download }, "Export my data")),
    section("Delete your account", h("p", { class: "quiet" }, "At once and for good."),
      h("button", { class: "danger-text", type: "button", onclick: remove }, "Delete my account")),
    section("Where you are logged in", sessions.element));
  return { title: "Settings", element };
}

const section = (title, ...parts) => h("section", { class: "setting" }, h("h2", {}, title), parts);

function address() {
  const { email, email_verified: verified } = state.me;
  return h("p", {}, email, " ", h("span", { class: "tag" }, verified ? "Confirmed" : "Not confirmed"),
    !verified && [" ", h("button", { class: "link", type: "button", onclick: again }, "Send the link again")]);
}

async function again(event) {
  const button = event.currentTarget;
  button.disabled = true;
  try {
    await api.verifyAgain();
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
      state.me = await api.configure({ digest_mails: box.checked });
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
    await api.changePassword({ current_password, new_password });
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
      await api.endSession(id);
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
    const { name, blob } = await api.exported();
    const url = URL.createObjectURL(blob);
    h("a", { href: url, download: name }).click();
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
      await api.deleteAccount(given);
      tell("deleted");
    },
  });
}
