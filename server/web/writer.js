// Where one writes the next message of a conversation, or what an earlier one should say; or why one cannot.

import { saveEdit } from "./bubble.js";
import { client, outbox } from "./client.js";
import { draft, keepDraft } from "./drafts.js";
import { t } from "./i18n.js";
import { html, nothing, render } from "./lit.js";
import { asSent, picking } from "./picked.js";
import { answering, draftedAnswer, excerptOf, keepDraftedAnswer } from "./answered.js";
import { isBlank, room } from "./text.js";
import { icon } from "./ui.js";
import { completing, failed, grow, h, toast } from "./view.js";

const TYPING_EVERY_MS = 3000;
const NEAR_LIMIT = 200; // characters left from which on they are counted

// notice() is null, or {text, act?, does?, closed} that stands above the box, or instead of it where it is
// closed. last() is my last message, which ArrowUp edits; sent() is called when one is on its way.
export function writerOf(id, foot, { notice, last, sent }) {
  const place = `message ${id}`;
  const area = h("textarea", { rows: "1", placeholder: t("messages.write"), "aria-label": t("messages.write"), dir: "auto", enterkeyhint: "send" });
  const pictures = picking(area, { changed: () => draw() });
  let editing = null; // the message
  let answered = draftedAnswer(place); // what it answers, as it is quoted
  let toldTyping = 0;

  function draw() {
    const note = notice();
    pictures.button.hidden = editing !== null;
    pictures.list.hidden = editing !== null || !pictures.count;
    render(html`${note ? html`<p class=${note.closed ? "no-writer" : "writer-note"} role="status"><span>${note.text}</span>${note.act
      ? html`<button type="button" class=${note.closed ? "" : "link"} @click=${() => note.act().catch(failed)}>${note.does}</button>` : nothing}</p>` : nothing}
      ${editing ? html`<div class="editing">${icon("edit")}<div><strong>${t("messages.editing")}</strong><span class="excerpt" dir="auto">${editing.content}</span></div>
        <button class="icon-button plain" type="button" aria-label=${t("messages.stop_editing")} @click=${stopEditing}>${icon("close")}</button></div>` : answered ? html`<div class="editing">${icon("reply")}${answering(answered)}
        <button class="icon-button plain" type="button" aria-label=${t("messages.stop_replying")} @click=${() => answer(null)}>${icon("close")}</button></div>` : nothing}
      <form class="writer" ?hidden=${note?.closed ?? false} @submit=${submit}>${pictures.list}${pictures.input}${pictures.button}${area}${left()}<button class="send" type="submit" aria-label=${editing
        ? t("messages.save") : t("messages.send")} title=${editing ? t("messages.save") : t("messages.send")}>${icon(editing ? "check" : "send")}</button></form>`, foot);
  }

  function left() {
    const space = room(area.value, "message");
    return space < NEAR_LIMIT ? html`<span class=${space < 0 ? "left over" : "left"}>${space}</span>` : nothing;
  }

  function set(text) {
    area.value = text;
    grow(area);
  }

  // Have what is written answer this message, or none.
  function answer(message) {
    if (editing) stopEditing();
    answered = message && excerptOf(message);
    keepDraftedAnswer(place, answered);
    draw();
    area.focus();
  }

  function edit(message) {
    if (!editing) keepDraft(place, area.value);
    editing = message;
    set(message.content);
    draw();
    area.focus();
    area.setSelectionRange(area.value.length, area.value.length);
  }

  function stopEditing() {
    editing = null;
    set(draft(place));
    draw();
    area.focus();
  }

  async function submit(event) {
    event.preventDefault();
    const content = area.value;
    if (isBlank(content) && !(editing ? editing.media?.length : pictures.count)) return;
    const space = room(content, "message");
    if (space < 0) return toast(t("messages.too_long", { count: -space }));
    return editing ? save(editing, content) : send(content);
  }

  async function save(message, content) {
    stopEditing();
    if (content === message.content) return;
    try {
      await saveEdit(message, content);
    } catch (error) {
      failed(error);
      if (isBlank(area.value)) {
        edit(message);
        set(content);
      }
    }
  }

  async function send(content) {
    const chosen = pictures.take();
    const to = answered;
    answered = null;
    keepDraftedAnswer(place, null);
    set("");
    toldTyping = 0;
    draw();
    sent();
    try {
      await outbox.send("message.send", { conversation_id: id, content, ...(chosen.length && { pictures: await asSent(chosen) }), ...(to && { reply_to_id: to.id }) });
    } catch (error) {
      if (to && !answered) answer(to);
      area.value = content + area.value;
      pictures.restore(chosen);
      failed(error);
    }
    if (!editing) keepDraft(place, area.value);
    grow(area);
  }

  function tellTyping(active) {
    if (!client.live || (!active && !toldTyping)) return;
    if (active && Date.now() - toldTyping < TYPING_EVERY_MS) return;
    toldTyping = active ? Date.now() : 0;
    client.typing({ conversation_id: id, active }).catch(() => {});
  }

  area.addEventListener("input", () => {
    grow(area);
    draw();
    if (editing) return;
    keepDraft(place, area.value);
    tellTyping(!isBlank(area.value));
  });
  area.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Escape" && editing) {
      event.stopPropagation();
      stopEditing();
    } else if (event.key === "Escape" && answered) {
      event.stopPropagation();
      answer(null);
    }
    const before = event.key === "ArrowUp" && !area.value && !event.shiftKey && last();
    if (before) {
      event.preventDefault();
      edit(before);
    }
    if (event.key !== "Enter" || event.shiftKey) return;
    event.preventDefault();
    area.form.requestSubmit();
  });

  area.value = draft(place);
  completing(area);
  pictures.droppedOn(foot);
  draw();
  grow(area);
  if (matchMedia("(hover: hover)").matches) area.focus();
  return {
    draw,
    edit,
    answer,
    close: () => tellTyping(false),
  };
}
