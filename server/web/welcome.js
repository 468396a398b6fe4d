// Who is not logged in: registering and logging in.

import { api, logIn } from "./api.js";

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
  handle(forms.register, async (fields) => {
    if (!fields.display_name) delete fields.display_name;
    await api.register(fields);
    await logIn(fields.username, fields.password);
    await entered();
  });
  handle(forms.login, async ({ username, password }) => {
    await logIn(username, password);
    await entered();
  });
}

function handle(form, act) {
  const message = form.querySelector(".form-error");
  const button = form.querySelector("[type=submit]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    complain(form, {});
    message.textContent = "";
    button.disabled = true;
    try {
      await act(Object.fromEntries(new FormData(form)));
    } catch (error) {
      const rest = complain(form, error.errors ?? {});
      message.textContent = rest ?? (Object.keys(error.errors ?? {}).length ? "" : error.message);
    }
    button.disabled = false;
  });
}

// Puts each complaint below its field, and the focus into the first; returns what has no field.
function complain(form, errors) {
  for (const element of form.querySelectorAll(".complaint")) element.remove();
  let first = null;
  const others = { ...errors };
  for (const input of form.querySelectorAll("input")) {
    input.removeAttribute("aria-invalid");
    input.removeAttribute("aria-describedby");
    const found = others[input.name];
    if (!found) continue;
    delete others[input.name];
    const complaint = document.createElement("span");
    complaint.className = "complaint";
    complaint.id = `${form.id}-${input.name}-complaint`;
    complaint.textContent = found.join(" ");
    input.after(complaint);
    input.setAttribute("aria-invalid", "true");
    input.setAttribute("aria-describedby", complaint.id);
    first ??= input;
  }
  first?.focus();
  return Object.values(others).flat().join(" ") || null;
}
