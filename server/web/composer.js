// The box to write a post in. It goes by the outbox, so that the box is empty at once.

import { outbox } from "./client.js";
import { draft, keepDraft } from "./drafts.js";
import { t } from "./i18n.js";
import { asSent, picking } from "./picked.js";
import { state } from "./state.js";
import { isBlank, room } from "./text.js";
import { avatar, icon } from "./ui.js";
import { announce, completing, failed, grow, h } from "./view.js";

const NEAR_END = 40; // characters left from which on the counter is shown

export function composer({ label = t("composer.label"), button = t("composer.post"), replyTo = null, quoting = null, sent = () => {} } = {}) {
  const place = replyTo ? `reply ${replyTo}` : quoting ? `quote ${quoting}` : "post";
  const pollPlace = `${place} poll`;
  const area = h("textarea", { name: "content", rows: "1", placeholder: label, "aria-label": label, dir: "auto" });
  const left = h("span", { class: "left", "aria-hidden": "true" });
  const pictures = picking(area, { changed: () => look() });
  const sensitive = h("button", {
    class: "quiet-button text sensitive", type: "button", "aria-pressed": "false", hidden: true,
    onclick: () => sensitive.setAttribute("aria-pressed", String(!isSensitive())),
  }, icon("eye"), t("composer.sensitive"));
  const isSensitive = () => sensitive.getAttribute("aria-pressed") === "true";
  let asked = null; // the poll that is being asked, once one is
  const poll = h("button", { class: "quiet-button accent", type: "button", "aria-label": t("composer.add_poll"), title: t("composer.add_poll"), onclick: () => ask().catch(failed) }, icon("poll"));
  const submit = h("button", { class: "primary small", type: "submit", disabled: true }, button);
  const form = h("form", { class: "composer", onsubmit: send },
    avatar(state.me),
    h("div", { class: "composer-body" }, area, pictures.list,
      h("div", { class: "composer-foot" }, pictures.input, pictures.button, poll, sensitive, left, submit)));
  completing(area);
  pictures.droppedOn(form);

  function look() {
    const space = room(area.value, "post");
    left.textContent = area.value ? String(space) : "";
    left.classList.toggle("near", space <= NEAR_END);
    left.classList.toggle("over", space < 0);
    if (space === NEAR_END || space === 0) announce(t("form.left", { count: space }));
    if (space < 0) area.setAttribute("aria-invalid", "true");
    else area.removeAttribute("aria-invalid");
    submit.disabled = space < 0 || (isBlank(area.value) && !pictures.count) || Boolean(asked && !asked.value());
    sensitive.hidden = !pictures.count;
    grow(area);
  }

  async function ask(kept = null) {
    const { pollWriter } = await import("./poll-writer.js");
    if (asked) return;
    take(pollWriter(keepPoll, () => take(null), kept));
    if (!kept) asked.focus();
  }

  function keepPoll() {
    keepDraft(pollPlace, asked ? JSON.stringify(asked.draft()) : "");
    look();
  }

  function take(writer) {
    asked?.element.remove();
    asked = writer;
    poll.hidden = Boolean(asked);
    if (asked) pictures.list.before(asked.element);
    keepPoll();
  }

  area.addEventListener("input", () => {
    keepDraft(place, area.value);
    look();
  });
  area.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !submit.disabled && !area.readOnly) form.requestSubmit();
  });

  async function send(event) {
    event.preventDefault();
    if (submit.disabled) return;
    const content = area.value;
    const marked = isSensitive();
    area.value = "";
    const chosen = pictures.take();
    const writer = asked;
    const question = asked && { poll: asked.value() };
    take(null);
    sensitive.setAttribute("aria-pressed", "false");
    look();
    try {
      const shown = chosen.length && { pictures: await asSent(chosen), ...(marked && { sensitive: true }) };
      await outbox.send("post.create", { content, ...(replyTo && { reply_to: replyTo }), ...(quoting && { quote_id: quoting }), ...shown, ...question });
      sent();
    } catch (error) {
      area.value = content + area.value; // it is not kept: here it stays
      pictures.restore(chosen);
      take(writer);
      failed(error);
    }
    keepDraft(place, area.value);
    look();
  }

  // What it replies to is gone: what was written can be taken elsewhere.
  function close() {
    area.readOnly = true;
    for (const control of [submit, pictures.button, poll, sensitive]) control.hidden = true;
  }

  area.value = draft(place);
  look();
  const keptPoll = draft(pollPlace);
  if (keptPoll) ask(JSON.parse(keptPoll)).catch(failed);
  return { form, area, look, close };
}
