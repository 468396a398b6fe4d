// For admins: accounts, reports, and what admins did.

import { client } from "./client.js";
import { time } from "./dates.js";
import { ask } from "./dialog.js";
import { state } from "./state.js";
import { avatar, back, empty, failed, h, handle, heading, list, person } from "./view.js";

const PARTS = { accounts: ["Accounts", "#/admin"], reports: ["Reports", "#/admin/reports"], log: ["Audit log", "#/admin/log"] };
const SEARCH_PAUSE_MS = 250;

export function adminView(part = "accounts") {
  const tabs = Object.entries(PARTS).map(([name, [label, href]]) =>
    h("a", { class: "button", href, "aria-current": name === part && "page" }, label));
  const content = { accounts, reports, log }[part]();
  return {
    title: "Admin",
    element: h("div", { class: "view" }, heading("Admin", back()), h("nav", { class: "tabs", "aria-label": "Admin" }, tabs), content),
  };
}

const entry = (...parts) => h("div", { class: "entry" }, parts);
const nothing = (title) => () => empty(title);

function accounts() {
  const input = h("input", { type: "search", placeholder: "Name or address", "aria-label": "Search accounts", autocomplete: "off", maxlength: "100", oninput: soon });
  const box = h("input", { type: "checkbox", onchange: look });
  const found = h("div", {});
  let timer = null;
  function soon() {
    clearTimeout(timer);
    timer = setTimeout(look, SEARCH_PAUSE_MS);
  }
  function look() {
    found.replaceChildren(list((cursor) => client.admin.user.list({ search: input.value.trim() || undefined, suspended: box.checked || undefined, cursor }), account, nothing("Nobody found")).element);
  }
  look();
  return [h("form", { class: "sift", role: "search", onsubmit: (event) => event.preventDefault() },
    input, h("label", { class: "tick" }, box, "Only suspended")), found];
}

function account(user) {
  const { email, is_admin: admin, suspended_at: suspended, last_seen_at: seen, created_at: created } = user;
  const act = suspended
    ? h("button", { type: "button", "aria-label": `Restore ${handle(user)}`, onclick: () => restore(user, row) }, "Restore")
    : h("button", { class: "danger-text", type: "button", "aria-label": `Suspend ${handle(user)}`, onclick: () => suspend(user, row) }, "Suspend");
  const row = entry(avatar({ ...user, avatar: null }),
    h("div", {},
      h("p", {}, h("a", { class: "name", href: person(user) }, user.display_name), " ", h("span", { class: "handle" }, handle(user)),
        admin && h("span", { class: "tag" }, "Admin"), suspended && h("span", { class: "tag" }, "Suspended")),
      h("p", { class: "quiet" }, email),
      h("p", { class: "quiet" }, user.email_verified_at ? "" : "not confirmed, ", "since ", time(created), seen && [", last seen ", time(seen)])),
    user.id !== state.me.id && act);
  return row;
}

function suspend(user, row) {
  ask({
    title: `Suspend ${user.display_name}?`,
    words: ["They are logged out at once, and nobody sees their posts until they are restored."],
    fields: [{ label: "Reason, for the audit log", name: "reason", limit: "reason" }],
    button: "Suspend",
    danger: true,
    act: async ({ reason }) => row.replaceWith(account(await client.admin.user.suspend({ id: user.id, reason: reason || null }))),
  });
}

async function restore(user, row) {
  try {
    row.replaceWith(account(await client.admin.user.restore({ id: user.id })));
  } catch (error) {
    failed(error);
  }
}

const reports = () => list((cursor) => client.admin.report.list({ status: "open", cursor }), report, nothing("No open reports")).element;

function report({ id, reporter, user_id: user, post_id: post, message_id: message, reason, reported, created_at: created }) {
  const close = (status) => async () => {
    try {
      await client.admin.report.close({ id, status });
      row.remove();
    } catch (error) {
      failed(error);
    }
  };
  const row = entry(h("div", {},
    h("p", { class: "content", dir: "auto" }, reason),
    reported && h("blockquote", { class: "content quiet", dir: "auto" }, reported.content || "(deleted before it was reported)"),
    h("p", { class: "quiet" }, "On ", post && [h("a", { href: `#/post/${post}` }, "a post"), " by "], message && `message ${message} by `, reported && !post && !message && "a deleted post by ",
      user ? h("a", { href: person({ id: user }) }, "this person") : "somebody who is gone", reported && ` (${handle(reported.author)})`,
      ", reported by ", h("a", { href: person(reporter) }, handle(reporter)), " ", time(created))),
    h("div", { class: "entry-do" },
      h("button", { type: "button", onclick: close("resolved") }, "Resolved"),
      h("button", { type: "button", onclick: close("dismissed") }, "Dismiss")));
  return row;
}

const log = () => list((cursor) => client.admin.audit.list({ cursor }), line, nothing("Nothing yet")).element;

function line({ admin, action, target_kind: kind, target_id: target, detail, created_at: created }) {
  const { reason } = JSON.parse(detail);
  const where = { user: person({ id: target }), post: `#/post/${target}` }[kind];
  const what = `${kind} ${target}`;
  return entry(h("div", {},
    h("p", {}, admin ? h("a", { class: "name", href: person(admin) }, handle(admin)) : "The console", ` ${action.replaceAll("_", " ")}: `,
      where ? h("a", { href: where }, what) : what),
    reason && h("p", { class: "quiet", dir: "auto" }, reason)), time(created));
}
