// Who is not logged in: registering and logging in.

import { client } from "./client.js";
import { submits } from "./forms.js";
import { forgotten } from "./links.js";

const welcome = document.getElementById("welcome");
const forms = { register: document.getElementById("register"), login: document.getElementById("login") };
const ended = document.getElementById("ended");

export function showWelcome(reason = "") {
  welcome.hidden = false;
  ended.hidden = !reason;
  ended.textContent = reason;
  choose(reason ? "login" : "register", false);
}

export function hideWelcome() {
  welcome.hidden = true;
  for (const form of Object.values(forms)) form.reset();
}

function choose(name, focus = true) {
  for (const [key, form] of Object.entries(forms)) form.hidden = key !== name;
  if (focus) forms[name].elements[0].focus();
}

export function enableWelcome(entered) {
  for (const button of welcome.querySelectorAll("[data-form]")) {
    button.addEventListener("click", () => choose(button.dataset.form));
  }
  document.getElementById("forgotten").addEventListener("click", forgotten);
  submits(forms.register, async (fields) => {
    if (!fields.display_name) delete fields.display_name;
    await client.user.register(fields);
    await client.logIn(fields.username, fields.password);
    await entered();
  });
  submits(forms.login, async ({ username, password }) => {
    await client.logIn(username, password);
    await entered();
  });
}
