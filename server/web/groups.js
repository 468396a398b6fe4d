// Groups: making one, whom to add, leaving.

import { client } from "./client.js";
import { titleOf } from "./conversations.js";
import { ask, choose } from "./dialog.js";
import { state } from "./state.js";
import { avatar, h, handle, toast } from "./view.js";

const SEARCH_PAUSE_MS = 250;
const TITLE = { label: "Title", name: "title", limit: "title" };

export function newGroup() {
  const people = picker(new Set([state.me.id]));
  ask({
    title: "New group",
    fields: [{ ...TITLE, note: "May be left out" }],
    parts: people.element,
    button: "Begin",
    act: async ({ title }) => {
      const conversation = await client.conversation.create({ participants: people.chosen(), title: title.trim() || null });
      location.hash = `#/messages/${conversation.id}`;
    },
  });
}

export function groupMenu(conversation) {
  choose(titleOf(conversation), [
    { label: "Add people", act: () => addPeople(conversation) },
    { label: "Change the title", act: () => rename(conversation) },
    { label: "Leave", danger: true, act: () => leave(conversation) },
  ]);
}

const change = ({ id }, fields) => client.conversation.update({ conversation_id: id, ...fields });

function addPeople(conversation) {
  const people = picker(new Set(conversation.participants.map((user) => user.id)));
  ask({
    title: "Add people",
    words: ["They see what is written from now on."],
    parts: people.element,
    button: "Add",
    act: async () => {
      await change(conversation, { add: people.chosen() });
      toast("They are in.");
    },
  });
}

function rename(conversation) {
  ask({
    title: "Change the title",
    fields: [{ ...TITLE, value: conversation.title ?? "" }],
    button: "Save",
    act: ({ title }) => change(conversation, { title }),
  });
}

function leave(conversation) {
  ask({
    title: `Leave ${titleOf(conversation)}?`,
    words: ["You see none of it any more. Somebody in it can add you again."],
    button: "Leave",
    danger: true,
    act: async () => {
      await change(conversation, { leave: true });
      location.hash = "#/messages";
    },
  });
}

// Finds people by name and collects those who are ticked.
function picker(without) {
  const chosen = new Map(); // id -> UserRef
  const search = h("input", { type: "search", autocomplete: "off", maxlength: "100", oninput: soon, onkeydown: (event) => event.key === "Enter" && event.preventDefault() });
  const found = h("div", { class: "choices picker", role: "group", "aria-label": "People" });
  let timer = null;
  let asked = 0;

  function soon() {
    clearTimeout(timer);
    timer = setTimeout(look, SEARCH_PAUSE_MS);
  }

  async function look() {
    const number = ++asked;
    const { results } = await client.profile.list({ search: search.value.trim() || undefined, limit: 8 }).catch(() => ({ results: [] }));
    if (number !== asked) return;
    const strangers = results.map(({ user }) => user).filter(({ id }) => !without.has(id) && !chosen.has(id));
    const users = [...chosen.values(), ...strangers];
    found.replaceChildren(...(users.length ? users.map(row) : [h("p", { class: "quiet" }, "Nobody found.")]));
  }

  function row(user) {
    const box = h("input", { type: "checkbox", checked: chosen.has(user.id), onchange: () => (box.checked ? chosen.set(user.id, user) : chosen.delete(user.id)) });
    return h("label", { class: "tick" }, box, avatar(user, "small"), h("span", {}, user.display_name, " ", h("span", { class: "handle" }, handle(user))));
  }

  look();
  function ids() {
    if (!chosen.size) throw new Error("Choose somebody first.");
    return [...chosen.keys()];
  }
  return { element: [h("label", {}, "People", search), found], chosen: ids };
}
