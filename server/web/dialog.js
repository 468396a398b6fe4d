// Modal dialogs: a form, a choice, a message.

import { field, submits } from "./forms.js";
import { t } from "./i18n.js";
import { failed, h } from "./view.js";

let titles = 0;

// `stays`: also when the session ends.
export function open(title, stays, ...parts) {
  const id = `dialog-${titles++}`;
  const dialog = h("dialog", { "aria-labelledby": id, "data-stays": stays, onclose: closed }, h("h2", { id }, title), parts);
  function closed() {
    dialog.remove();
    // Closing gave the focus back to what had it, unless that was drawn anew; this event comes later, and who
    // went on by then stays where they are.
    if (document.activeElement === document.body) document.getElementById("main").focus();
  }
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

// The button that only closes the dialog it stands in.
export const closer = (label) =>
  h("button", { type: "button", onclick: ({ currentTarget }) => currentTarget.closest("dialog").close() }, label);

// Closes when act(values) is done; what it throws is shown, and it can be tried again.
export function ask({ title, words = [], fields = [], parts = [], button, danger = false, stays = false, act }) {
  const form = h("form", { method: "post", novalidate: true },
    words.map((text) => h("p", {}, text)), h("p", { class: "form-error", role: "alert" }), fields.map(field), parts,
    h("div", { class: "dialog-do" },
      closer(t("dialog.cancel")),
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
      h("li", {}, h("button", { class: danger ? "danger-text" : "", type: "button", onclick: () => take(act).catch(failed) },
        h("span", {}, label), note && h("small", {}, note))))),
    h("div", { class: "dialog-do" }, closer(t("dialog.cancel"))));
  async function take(act) {
    dialog.close();
    await act();
  }
}

// Something to look at, with a button to close it.
export const show = (title, ...parts) => open(title, false, parts, h("div", { class: "dialog-do" }, closer(t("dialog.close"))));

export function say(title, words, { button = t("dialog.close"), act = () => {} } = {}) {
  const dialog = open(title, true, h("p", {}, words),
    h("div", { class: "dialog-do" }, h("button", { class: "primary", type: "button", onclick: () => { dialog.close(); act(); } }, button)));
}
