// Forms: their fields, and what is wrong with what stands in them.

import { t } from "./i18n.js";
import { room } from "./text.js";
import { h } from "./view.js";

let ids = 0;

// A labelled field. `limit` names one of text_rules.js, and is counted down; the server is the one to
// refuse.
export function field({ label, note, long = false, limit, value, ...more }) {
  const input = h(long ? "textarea" : "input", { dir: "auto", ...more });
  if (value !== undefined) input.value = value;
  const left = limit && h("small", { class: "left" });
  if (limit) {
    const look = () => {
      const space = room(input.value, limit);
      left.textContent = space < 0 ? t("form.too_many", { count: -space }) : t("form.left", { count: space });
      left.classList.toggle("over", space < 0);
    };
    input.addEventListener("input", look);
    look();
  }
  return h("label", {}, label, input, note && h("small", {}, note), left);
}

// On submitting, act(values) is done once at a time; errors of a field go below it, others
// into .form-error.
export function submits(form, act) {
  const message = form.querySelector(".form-error");
  message.dir = "auto"; // what the server says is in English
  const button = form.querySelector("[type=submit]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.disabled) return;
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

// Puts each error below its field, and the focus into the first; returns what has no field.
function complain(form, errors) {
  for (const element of form.querySelectorAll(".complaint")) element.remove();
  let first = null;
  const others = { ...errors };
  for (const input of form.querySelectorAll("input, textarea")) {
    input.removeAttribute("aria-invalid");
    input.removeAttribute("aria-describedby");
    const found = others[input.name];
    if (!found) continue;
    delete others[input.name];
    const complaint = h("span", { class: "complaint", dir: "auto", id: `complaint-${ids++}` }, found.join(" "));
    input.after(complaint);
    input.setAttribute("aria-invalid", "true");
    input.setAttribute("aria-describedby", complaint.id);
    first ??= input;
  }
  first?.focus();
  return Object.values(others).flat().join(" ") || null;
}
