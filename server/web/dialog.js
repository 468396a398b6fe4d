// Modal dialogs: a form, a choice, a message.

import { field, submits } from "./forms.js";
import { failed, h } from "./view.js";

let titles = 0;

// `stays`: also when the session ends.
function open(title, stays, ...parts) {
  const id = `dialog-${titles++}`;
  const opener = document.activeElement;
  const dialog = h("dialog", { "aria-labelledby": id, "data-stays": stays, onclose: closed }, h("h2", { id }, title), parts);
  function closed() {
    dialog.remove();
    (opener?.isConnected ? opener : document.getElementById("main")).focus(); // it may have been drawn anew
  }
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

export function closeDialogs() {
  for (const dialog of document.querySelectorAll("dialog:not([data-stays])")) dialog.close();
}

// Closes when act(values) is done; what it throws is shown, and it can be tried again.
export function ask({ title, words = [], fields = [], parts = [], button, danger = false, stays = false, act }) {
  const form = h("form", { method: "post", novalidate: true },
    words.map((text) => h("p", {}, text)), h("p", { class: "form-error", role: "alert" }), fields.map(field), parts,
    h("div", { class: "dialog-do" },
      h("button", { type: "button", onclick: () => dialog.close() }, "Cancel"),
      h("button", { class: danger ? "primary danger" : "primary", type: "submit" }, button)));
  submits(form, async (values) => {
    await act(values);
    dialog.close();
  });
  const dialog = open(title, stays, form);
  return dialog;
}

// One of some things to do, each {label, note?, danger?, act}.
export function choose(title, choices) {
  const dialog = open(title, false,
    h("ul", { class: "choices" }, choices.filter(Boolean).map(({ label, note, danger, act }) =>
      h("li", {}, h("button", { class: danger ? "danger-text" : "", type: "button", onclick: () => take(act) },
        h("span", {}, label), note && h("small", {}, note))))),
    h("div", { class: "dialog-do" }, h("button", { type: "button", onclick: () => dialog.close() }, "Cancel")));
  async function take(act) {
    dialog.close();
    try {
      await act();
    } catch (error) {
      failed(error);
    }
  }
}

export function say(title, words, { button = "Close", act = () => {} } = {}) {
  const dialog = open(title, true, h("p", {}, words),
    h("div", { class: "dialog-do" }, h("button", { class: "primary", type: "button", onclick: () => { dialog.close(); act(); } }, button)));
}
