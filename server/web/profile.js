// A person: who that is, and what they posted, answered, showed and liked.

import { followers, following, knownId, person } from "./addresses.js";
import { client } from "./client.js";
import { copyLink } from "./clipboard.js";
import { month } from "./dates.js";
import { asMe } from "./gate.js";
import { compact, t, tr } from "./i18n.js";
import { html, ifDefined, nothing } from "./lit.js";
import { listed, Pages } from "./list.js";
import { moreMenu } from "./menu.js";
import { idOf } from "./people.js";
import { postCard } from "./post.js";
import { away, followButton, learn, standing } from "./relation.js";
import { path, readdress } from "./router.js";
import { state, tell } from "./state.js";
import { avatar, empty, handle, heading, icon, linked, mount, skeleton, tint } from "./ui.js";
import { failed, h, isBrowsers, openPicture, webAddress } from "./view.js";

// Parts of the page about somebody; the first has its plain address.
const TABS = {
  posts: { label: "profile.posts", emptyText: "profile.no_posts" },
  replies: { label: "profile.replies", emptyText: "profile.no_replies" },
  media: { label: "profile.media", emptyText: "profile.no_media" },
  likes: { label: "profile.likes", emptyText: "profile.no_likes" },
};

// asked: a name or an id.
export function profileView(asked, tab = "posts") {
  let id = typeof asked === "number" ? asked : knownId(asked);
  let profile = null;
  let user = null;
  let missing = null;
  let pinned = null; // the post that stands first
  const find = async () => (id ??= await idOf(asked));
  const view = mount(h("div", { class: "view" }), () => html`
    ${heading(user?.display_name ?? t("nav.profile"), { parent: "/" })}
    ${missing ? empty(...missing) : html`
      ${user ? head() : skeleton(2)}
      ${user ? html`<nav class="tabs" aria-label=${t("profile.parts")}>${Object.entries(TABS).map(([part, { label }]) => html`
        <a href=${addressOf(part)} aria-current=${ifDefined(part === tab ? "page" : undefined)} @click=${(event) => turn(event, part)}>${t(label)}</a>`)}</nav>` : nothing}
      ${tab === "posts" && pinned ? html`<div class="pinned"><p class="by">${icon("bookmark")}<span>${t("post.pinned")}</span></p>${postCard(pinned)}</div>` : nothing}
      ${listed(pages, (post) => (tab === "posts" && post.id === pinned?.id ? nothing : postCard(post)), () => empty(t(TABS[tab].emptyText)))}`}`);
  const redraw = () => {
    view.soon();
    tell("drawn");
  };
  const load = async (cursor) => client.user.posts({ id: await find(), kind: tab, cursor });
  let pages = new Pages(load, redraw);

  const addressOf = (part) => (part === "posts" ? person(user) : [person(user), part].join("/"));

  // Another part of the same person stands in for this one.
  function turn(event, part) {
    if (isBrowsers(event)) return;
    event.preventDefault();
    if (part === tab) return;
    tab = part;
    pages = new Pages(load, redraw);
    readdress(addressOf(part));
    redraw();
  }

  // By their id, or by what they were called before.
  const isElsewhere = () => (typeof asked === "number"
    ? path().startsWith("/users/")
    : asked.toLowerCase() !== user.username.toLowerCase() && path().toLowerCase().startsWith(`/@${asked.toLowerCase()}`));

  async function look() {
    try {
      await find();
      [profile, user] = await Promise.all([client.profile.get({ id }), client.user.get({ id })]);
      pinned = profile.pinned_post_id ? (await client.user.posts({ id, kind: "pinned" })).results[0] : null;
      if (state.me) {
        state.following[user.is_following ? "add" : "delete"](id);
        learn(user);
      }
      result.title = `${user.display_name} (${handle(user)})`;
      if (isElsewhere() && view.element.isConnected) readdress(addressOf(tab));
      tell("titled");
    } catch (error) {
      missing = error.status === 404 ? [t("profile.none"), t("profile.none_why")] : [t("list.failed"), error.message];
      [result.title] = missing;
      tell("titled");
    }
    redraw();
  }

  function head() {
    const mine = id === state.me?.id;
    const { blocked, muted } = standing(id);
    const website = webAddress(profile.website);
    const banner = webAddress(profile.banner);
    const face = webAddress(user.avatar);
    return html`<div class="profile">
      <div class=${banner ? "banner" : `banner tint-${tint(user)}`}>${banner ? html`<img src=${banner} alt="">` : nothing}</div>
      <div class="profile-top">
        ${face ? html`<button class="picture-button" type="button" aria-label=${t("profile.open_picture", { name: user.display_name })} @click=${() => openPicture(face, user.display_name)}>${avatar(user, "big")}</button>` : avatar(user, "big")}
        <div class="profile-do">${mine ? html`
          <a class="button icon-button roomless" href="/bookmarks" aria-label=${t("nav.bookmarks")} title=${t("nav.bookmarks")}>${icon("bookmark")}</a>
          <button type="button" @click=${() => import("./profile-edit.js").then((of) => of.edit(profile, look)).catch(failed)}>${t("profile.edit")}</button>
          <a class="button icon-button roomless" href="/settings" aria-label=${t("nav.settings")} title=${t("nav.settings")}>${icon("settings")}</a>` : html`
          ${blocked ? nothing : html`<button type="button" class="icon-button" aria-label=${t("profile.write_to", { name: user.display_name })} title=${t("profile.write_to", { name: user.display_name })} @click=${() => asMe(() => away().then((of) => of.writeTo(user)).catch(failed))}>${icon("mail")}</button>${followButton(user)}`}`}
          ${moreMenu(t("person.more", { name: user.display_name }), async () => [
            { label: t("profile.copy_link"), symbol: "link", act: () => copyLink(person(user)) },
            ...(mine || !state.me ? [] : await (await away()).keepingAway(user)),
            !mine && { label: t("report.person"), symbol: "flag", act: () => asMe(async () => (await away()).report({ user_id: id }, user.display_name)) }])}
        </div></div>
      <p class="profile-name"><bdi>${user.display_name}</bdi></p>
      <p class="handle"><span dir="ltr">${handle(user)}</span>${user.is_bot ? html`<span class="tag">${t("profile.bot")}</span>` : nothing}${user.is_followed_by && !mine ? html`<span class="tag">${t("profile.follows_you")}</span>` : nothing}${muted ? html`<span class="tag">${t("profile.muted")}</span>` : nothing}${blocked ? html`<span class="tag">${t("profile.blocked")}</span>` : nothing}</p>
      ${profile.bio ? html`<p class="content" dir="auto">${linked(profile.bio)}</p>` : nothing}
      <p class="facts">${profile.location ? html`<span><bdi>${profile.location}</bdi></span>` : nothing}
        ${website ? html`<a href=${website} target="_blank" rel="noopener noreferrer nofollow me" dir="ltr">${website.replace(/^https?:\/\/|\/$/g, "")}</a>` : nothing}
        <span>${t("profile.since", { date: month(user.created_at) })}</span></p>
      <p class="counts">
        <a href=${following(user)}>${tr("profile.following", { count: user.following_count, shown: html`<strong>${compact(user.following_count)}</strong>` })}</a>
        <a href=${followers(user)}>${tr("profile.followers", { count: user.followers_count, shown: html`<strong>${compact(user.followers_count)}</strong>` })}</a>
        <span>${t("posts.count", { count: user.posts_count })}</span></p>
    </div>`;
  }

  const result = {
    title: typeof asked === "number" ? t("nav.profile") : `@${asked}`, element: view.element, keep: true, redraw: view.soon, shown: view.draw,
    hear: (name, data) => {
      if (name === "relationship.changed" && (data.user_id === id || id === state.me.id)) look();
    },
    followed: (other) => other.id === id && look(),
  };
  view.draw();
  look();
  return result;
}
