// What others did that concerns me.

import { api } from "./api.js";
import { keepPost, setUnread, state } from "./state.js";
import { announce, avatar, empty, failed, h, heading, list, person, time } from "./view.js";

const SAYS = {
  like: "liked your post",
  follow: "follows you",
  retweet: "retweeted your post",
  reply: "replied to you",
  mention: "mentioned you",
};

export const said = (notification) => `${notification.actor.display_name} ${SAYS[notification.kind] ?? notification.kind}`;

const quiet = () => empty("Quiet so far", "Likes, replies, mentions and new followers appear here.");

export function notificationsView() {
  const all = h("button", { class: "quiet-button text", type: "button", onclick: readAll }, "Mark all as read");
  const shown = list(api.notifications, draw, quiet, api.page);
  const element = h("div", { class: "view" }, heading("Notifications", all), shown.element);

  function draw(notification) {
    const { id, actor, kind, post_id: postId } = notification;
    if (shown.items.querySelector(`[data-notification="${id}"]`)) return null;
    const excerpt = h("span", { class: "excerpt" });
    const row = h("a", {
      class: "notification", href: postId ? `#/post/${postId}` : person(actor),
      "data-notification": id, "data-unread": !notification.read, onclick: () => read(row, id),
    }, avatar(actor), h("span", { class: "said" },
      h("span", { class: "unseen unread-word" }, notification.read ? "" : "Unread: "),
      h("strong", {}, actor.display_name), ` ${SAYS[kind] ?? kind}`, excerpt), time(notification.created_at));
    if (postId) quote(excerpt, postId);
    return row;
  }

  async function readAll() {
    try {
      const { unread_count: unread } = await api.readNotifications();
      mark(null);
      setUnread("notifications", unread);
    } catch (error) {
      failed(error);
    }
  }

  function mark(ids) {
    for (const row of shown.items.querySelectorAll("[data-unread]")) {
      if (ids !== null && !ids.includes(Number(row.dataset.notification))) continue;
      row.removeAttribute("data-unread");
      row.querySelector(".unread-word").textContent = "";
    }
  }

  function remove(ids) {
    for (const id of ids) shown.items.querySelector(`[data-notification="${id}"]`)?.remove();
    if (!shown.items.firstChild) shown.items.append(quiet());
  }

  return {
    title: "Notifications",
    element,
    hear: (name, data) => {
      if (name === "notification.created") {
        shown.items.querySelector(".empty")?.remove();
        shown.items.prepend(draw(data.notification) ?? "");
      } else if (name === "notification.read") mark(data.ids);
      else if (name === "notification.deleted") remove(data.ids);
    },
  };
}

async function read(row, id) {
  if (row.dataset.unread === undefined) return;
  row.removeAttribute("data-unread");
  await api.readNotification(id).catch(() => {});
}

async function quote(place, postId) {
  try {
    const post = state.posts.get(postId) ?? keepPost(await api.post(postId));
    place.textContent = post.content;
  } catch {
    // The post is gone.
  }
}

export function hearNotifications(name, data) {
  if (name === "notification.created") {
    setUnread("notifications", data.unread_count);
    announce(said(data.notification));
  } else if (name === "notification.read" || name === "notification.deleted") setUnread("notifications", data.unread_count);
}
