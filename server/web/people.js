// People: cards to follow them by, and lists of them.

import { knownId, person, personById, postById } from "./addresses.js";
import { client } from "./client.js";
import { t } from "./i18n.js";
import { html, nothing } from "./lit.js";
import { listed, Pages } from "./list.js";
import { followButton, moreButton } from "./relation.js";
import { empty, face, handle, heading, mount, nameLink } from "./ui.js";
import { h } from "./view.js";

// Of a Profile, a User or a UserRef.
export function personCard(found) {
  const user = found.user ? { ...found, ...found.user } : found;
  return html`<div class="person">${face(user)}
    <div class="person-body">${nameLink(user)}<span class="handle" dir="ltr">${handle(user)}</span>
      ${user.bio ? html`<p class="bio" dir="auto">${user.bio}</p>` : nothing}</div>
    ${followButton(user)}${moreButton(user)}</div>`;
}

// A name as somebody wrote it: whose it is.
export async function idOf(name) {
  const known = knownId(name);
  if (known) return known;
  try {
    const { id, user } = await client.profile.lookup({ username: name });
    person(user);
    return id;
  } catch (error) {
    throw error.status === 404 ? new Error(t("person.none_named", { name: `@${name}` })) : error;
  }
}

function peopleView(title, parent, load, nobody) {
  const { element, draw, soon } = mount(h("div", { class: "view" }), () => html`${heading(title, { parent })}${listed(pages, personCard, nobody)}`);
  const pages = new Pages(load, soon);
  draw();
  return { title, element, keep: true, redraw: soon, shown: draw };
}

const TITLES = {
  followers: { name: "people.followers" },
  following: { name: "people.following" },
  likes: { name: "post.who_likes" },
  retweets: { name: "post.who_retweeted" },
};

// asked: a name or an id.
export function relationsView(asked, kind) {
  const isId = typeof asked === "number";
  const load = async (cursor) => client.user[kind]({ id: isId ? asked : await idOf(asked), cursor });
  const title = t(TITLES[kind].name);
  return peopleView(isId ? title : `${title} · @${asked}`, isId ? personById(asked) : `/@${asked}`, load, () => empty(t("people.none")));
}

// Who likes or has retweeted a post.
export const reactionsView = (id, kind) =>
  peopleView(t(TITLES[kind].name), postById(id), (cursor) => client.post[kind]({ id, cursor }), () => empty(t("people.none")));
