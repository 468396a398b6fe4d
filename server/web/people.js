// People: cards to follow them by, their profiles, and where to find them.

import { client } from "./client.js";
import { month } from "./dates.js";
import { ask } from "./dialog.js";
import { posts } from "./feed.js";
import { IMAGES } from "./post.js";
import { learn, moreButton, standing } from "./relation.js";
import { shrunk } from "./shrink.js";
import { state, tell } from "./state.js";
import {
  avatar, back, count, empty, failed, h, handle, heading, icon, linked, list, person, plural, tagLink, toast, webAddress,
} from "./view.js";

const SEARCH_PAUSE_MS = 250;
const TRENDS = 6;
const FOLLOWING_MAX = 1000; // of those I follow, as many are known from the start

export async function loadFollowing() {
  const known = new Set();
  for await (const user of client.each("user.following", { id: state.me.id, limit: 100 })) {
    known.add(user.id);
    if (known.size === FOLLOWING_MAX) break;
  }
  state.following = known;
  redraw();
}

export function setFollowing(id, on) {
  if (on) state.following.add(id);
  else state.following.delete(id);
  redraw();
}

function redraw() {
  for (const button of document.querySelectorAll("[data-follow]")) look(button);
}

function look(button) {
  const on = state.following.has(Number(button.dataset.follow));
  button.setAttribute("aria-pressed", String(on));
  button.firstChild.textContent = on ? "Following" : "Follow";
}

export function followButton(user) {
  if (user.id === state.me.id) return null;
  const button = h("button", {
    class: "follow", type: "button", "data-follow": user.id, onclick: toggle,
  }, h("span", {}, ""), h("span", { class: "unseen" }, ` ${user.display_name}`));
  async function toggle() {
    const on = !state.following.has(user.id);
    setFollowing(user.id, on);
    button.classList.add("just");
    button.addEventListener("pointerleave", () => button.classList.remove("just"), { once: true });
    try {
      tell("followed", await client.user[on ? "follow" : "unfollow"]({ id: user.id }));
    } catch (error) {
      setFollowing(user.id, !on);
      failed(error);
    }
  }
  look(button);
  return button;
}

// Of a Profile, a User or a UserRef.
export function personCard(found) {
  const user = found.user ? { ...found, ...found.user } : found;
  return h("div", { class: "person" },
    h("a", { class: "face", href: person(user), tabindex: "-1", "aria-hidden": "true" }, avatar(user)),
    h("div", { class: "person-body" },
      h("a", { class: "name", href: person(user) }, user.display_name),
      h("span", { class: "handle" }, handle(user)),
      user.bio && h("p", { class: "bio", dir: "auto" }, user.bio)),
    followButton(user), moreButton(user));
}

export const people = (load, nothing) => list(load, personCard, nothing);

// People by name, and posts by their words; without a question, who and what is new.
export function exploreView(asked = "") {
  const found = h("div", { class: "found" });
  const input = h("input", {
    type: "search", name: "q", value: asked, placeholder: "Search people and posts",
    "aria-label": "Search people and posts", autocomplete: "off", maxlength: "200",
  });
  const form = h("form", { class: "search", role: "search", onsubmit: (event) => { event.preventDefault(); look(); } },
    icon("search"), input);
  let last = null;
  let timer = null;

  function look() {
    const words = input.value.trim();
    if (words === last) return;
    last = words;
    history.replaceState(null, "", words ? `#/explore/${encodeURIComponent(words)}` : "#/explore");
    found.replaceChildren(
      words ? "" : trends(),
      h("h2", { class: "section" }, words ? "People" : "New people"),
      people((cursor) => client.profile.list({ search: words || undefined, limit: words ? 8 : 5, cursor }), () => empty("Nobody found", "No name begins like this.")).element,
      h("h2", { class: "section" }, words ? "Posts" : "Newest posts"),
      posts((cursor) => client.post.list({ search: words || undefined, cursor }), () => empty("No posts", "Nobody has written this yet.")).element);
  }
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, SEARCH_PAUSE_MS);
  });
  look();
  return { title: "Explore", element: h("div", { class: "view" }, heading("Explore"), form, found), close: () => clearTimeout(timer) };
}

// Hashtags of the hour, where there are any.
export function trends() {
  const box = h("section", { class: "trends", hidden: true }, h("h2", {}, "Trending"));
  client.hashtag.trending({ limit: TRENDS }).then(({ results }) => {
    box.hidden = !results.length;
    box.append(...results.map(({ tag, accounts_count: accounts }) =>
      h("a", { class: "trend", href: tagLink(tag) },
        h("span", { class: "name" }, `#${tag}`), h("span", { class: "quiet" }, plural(accounts, "person", "people")))));
  }).catch(() => {});
  return box;
}

// A name as somebody wrote it: whose it is.
export async function profileByName(name) {
  const { results } = await client.profile.list({ search: name });
  return results.find((one) => one.user.username.toLowerCase() === name.toLowerCase())?.id ?? null;
}

export function profileView(id) {
  const head = h("div", { class: "profile" }, h("p", { class: "loading" }, "Loading…"));
  const { element: written } = posts((cursor) => client.user.posts({ id, cursor }), () => empty("No posts yet"));
  const element = h("div", { class: "view" }, heading("Profile", back()), head, written);

  async function load() {
    try {
      const [profile, user] = await Promise.all([client.profile.get({ id }), client.user.get({ id })]);
      state.following[user.is_following ? "add" : "delete"](id);
      learn(user);
      element.querySelector("h1").textContent = user.display_name;
      head.replaceChildren(...profileParts(profile, user, load));
    } catch (error) {
      head.replaceChildren(empty("No such person", error.message));
      written.remove();
    }
  }
  load();
  const mine = () => id === state.me.id;
  return {
    title: "Profile",
    element,
    hear: (name, data) => {
      if (name === "relationship.changed" && (data.user_id === id || mine())) load();
    },
    followed: (user) => user.id === id && load(),
  };
}

function profileParts(profile, user, reload) {
  const mine = user.id === state.me.id;
  const { blocked, muted } = standing(user.id);
  const website = webAddress(profile.website);
  return [
    h("div", { class: "profile-top" }, avatar(user, "big"),
      h("div", { class: "profile-do" },
        mine ? [
          h("a", { class: "button", href: "#/bookmarks" }, "Bookmarks"),
          h("button", { type: "button", onclick: () => edit(profile, reload) }, "Edit"),
          h("a", { class: "button icon-button", href: "#/settings", "aria-label": "Settings", title: "Settings" }, icon("settings")),
        ] : [
          !blocked && h("button", { type: "button", class: "icon-button", "aria-label": `Write to ${user.display_name}`, onclick: () => write(user) }, icon("mail")),
          !blocked && followButton(user),
          moreButton(user),
        ])),
    h("p", { class: "profile-name" }, user.display_name),
    h("p", { class: "handle" }, handle(user), user.is_followed_by && !mine && h("span", { class: "tag" }, "Follows you"), muted && h("span", { class: "tag" }, "Muted"), blocked && h("span", { class: "tag" }, "Blocked")),
    profile.bio && h("p", { class: "content", dir: "auto" }, linked(profile.bio)),
    h("p", { class: "facts" },
      profile.location && h("span", {}, profile.location),
      website && h("a", { href: website, target: "_blank", rel: "noopener noreferrer nofollow me" }, website.replace(/^https?:\/\/|\/$/g, "")),
      h("span", {}, `Here since ${month(user.created_at)}`)),
    h("p", { class: "counts" },
      h("a", { href: `#/u/${user.id}/following` }, h("strong", {}, count(user.following_count)), " following"),
      h("a", { href: `#/u/${user.id}/followers` }, h("strong", {}, count(user.followers_count)), user.followers_count === 1 ? " follower" : " followers"),
      h("span", {}, plural(user.posts_count, "post"))),
  ].filter(Boolean);
}

export async function write(user) {
  try {
    const conversation = await client.conversation.create({ participants: [user.id] });
    location.hash = `#/messages/${conversation.id}`;
  } catch (error) {
    failed(error);
  }
}

const FIELDS = [
  { name: "display_name", label: "Name", limit: "display_name" },
  { name: "bio", label: "About you", limit: "bio", long: true },
  { name: "location", label: "Location", limit: "location" },
  { name: "website", label: "Website", maxlength: 200, type: "url" },
  { name: "avatar", label: "Picture", type: "file", accept: IMAGES },
];

function edit(profile, reload) {
  ask({
    title: "Edit your profile",
    fields: FIELDS.map((one) => (one.type === "file" ? one : { ...one, value: profile[one.name] ?? "" })),
    button: "Save",
    act: async (fields) => {
      if (fields.avatar.name) fields.avatar = await shrunk(fields.avatar);
      else delete fields.avatar;
      await client.profile.update(fields);
      state.me = await client.user.me();
      tell("me");
      toast("Your profile is saved.");
      reload();
    },
  });
}

export function relationsView(id, kind) {
  const title = kind === "followers" ? "Followers" : "Following";
  const { element } = people((cursor) => client.user[kind]({ id, cursor }), () => empty("Nobody yet"));
  return { title, element: h("div", { class: "view" }, heading(title, back()), element) };
}
