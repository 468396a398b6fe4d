// Who is not logged in: registering and logging in, on a page of its own or over what is being read.

import { client } from "./client.js";
import { closer, open } from "./dialog.js";
import { field, submits } from "./forms.js";
import { t } from "./i18n.js";
import { forgotten } from "./links.js";
import { icon } from "./ui.js";
import { h } from "./view.js";

const welcome = document.getElementById("welcome");
let entered = async () => {};

// Call entered() when somebody has logged in.
export const enableWelcome = (then) => (entered = then);

// The two forms, of which one is shown; done() is called before entered().
function forms(first, done = () => {}) {
  const login = h("form", { id: "login", method: "post", novalidate: true },
    h("h2", {}, t("session.log_in")),
    h("p", { class: "form-error", role: "alert" }),
    field({ label: t("welcome.name_or_email"), name: "username", autocomplete: "username", autocapitalize: "none", spellcheck: "false", required: true, dir: "ltr" }),
    field({ label: t("welcome.password"), name: "password", type: "password", autocomplete: "current-password", required: true }),
    h("button", { class: "primary", type: "submit" }, t("session.log_in")),
    h("p", { class: "quiet" }, h("button", { class: "link", type: "button", onclick: forgotten }, t("links.forgot"))),
    h("p", { class: "quiet" }, t("welcome.new_here"), " ", h("button", { class: "link", type: "button", "data-form": "register", onclick: () => choose(register) }, t("welcome.create"))));
  const register = h("form", { id: "register", method: "post", novalidate: true },
    h("h2", {}, t("welcome.create")),
    h("p", { class: "form-error", role: "alert" }),
    field({ label: t("welcome.username"), note: t("welcome.username_note"), name: "username", autocomplete: "username", autocapitalize: "none", spellcheck: "false", maxlength: "30", required: true, dir: "ltr" }),
    field({ label: t("welcome.display_name"), name: "display_name", autocomplete: "name", maxlength: "50" }),
    field({ label: t("welcome.email"), name: "email", type: "email", autocomplete: "email", required: true, dir: "ltr" }),
    field({ label: t("welcome.password"), note: t("welcome.password_note"), name: "password", type: "password", autocomplete: "new-password", maxlength: "1024", required: true }),
    h("button", { class: "primary", type: "submit" }, t("session.register")),
    h("p", { class: "quiet" }, t("welcome.have_one"), " ", h("button", { class: "link", type: "button", "data-form": "login", onclick: () => choose(login) }, t("session.log_in"))));
  const finish = async () => {
    done();
    await entered();
  };
  submits(register, async (fields) => {
    if (!fields.display_name) delete fields.display_name;
    await client.user.register(fields);
    await client.logIn(fields.username, fields.password);
    await finish();
  });
  submits(login, async ({ username, password }) => {
    try {
      await client.logIn(username, password);
    } catch (error) {
      if (error.code !== "second_factor_required") throw error;
      return withCode(username, password);
    }
    await finish();
  });
  // The password was right, and the account has a second factor.
  async function withCode(username, password) {
    const [{ ask }, { CODE }] = await Promise.all([import("./dialog.js"), import("./second-factor.js")]);
    ask({
      title: t("code.label"),
      words: [t("code.asked")],
      fields: [CODE()],
      button: t("session.log_in"),
      stays: true,
      act: async ({ code }) => {
        await client.logIn(username, password, code);
        await finish();
      },
    });
  }
  function choose(form, focus = true) {
    for (const one of [login, register]) one.hidden = one !== form;
    if (focus) form.elements[0].focus();
  }
  choose(first === "login" ? login : register, false);
  return [register, login];
}

export function showWelcome(reason = "") {
  welcome.hidden = false;
  welcome.replaceChildren(
    h("div", { class: "welcome-words" },
      h("p", { class: "brand" }, h("img", { class: "mark", src: "/web/icon.svg", alt: "" }), t("app.name")),
      h("h1", { tabindex: "-1" }, t("welcome.title")),
      h("p", {}, t("welcome.words")),
      h("p", {}, h("a", { class: "button", href: "/explore" }, icon("search"), t("welcome.look_around")))),
    h("div", { class: "welcome-forms" },
      reason && h("p", { class: "notice", id: "ended", role: "status" }, reason),
      forms(reason ? "login" : "register")),
    h("div", { class: "welcome-words" },
      h("p", { class: "hint" }, h("strong", {}, t("welcome.live")), " ", t("welcome.live_words")),
      h("p", { class: "quiet" }, t("welcome.programs"), " ", h("a", { href: "/swagger/" }, "REST API"), " · ",
        h("a", { href: "/api/docs/openapi.json" }, "OpenAPI"), " · ", h("a", { href: "/api/docs/asyncapi.json" }, "AsyncAPI"))));
}

// Over what is being read; act() is done once somebody is logged in.
export function askToLogIn({ form = "login", act = () => {} } = {}) {
  let dialog = null;
  let isIn = false;
  const parts = forms(form, () => {
    isIn = true;
    dialog.close();
  });
  const before = entered;
  dialog = open(t("welcome.needed"), true, h("div", { class: "welcome-forms" }, parts),
    h("div", { class: "dialog-do" }, closer(t("dialog.cancel"))));
  entered = async () => {
    entered = before;
    await before();
    await act();
  };
  dialog.addEventListener("close", () => !isIn && (entered = before));
}
