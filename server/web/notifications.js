// What others did that concerns me.

import { client } from "./client.js";
import { time } from "./dates.js";
import { announce, avatar, empty, failed, h, heading, list, oncePerFrame, person } from "./view.js";

const SAYS = {
  like: "liked your post",
  follow: "follows you",
  retweet: "retweeted your post",
  reply: "replied to you",
  mention: "mentioned you",
};

const READ_MAX = 100; // ids in one command

const said = (notification) => `${notification.actor.display_name} ${SAYS[notification.kind] ?? notification.kind}`;

const quiet = () => empty("Quiet so far", "Likes, replies, mentions and new followers appear here.");

export function notificationsView() {
  const all = h("button", { class: "quiet-button text", type: "button", onclick: readAll }, "Mark all as read");
  const seen = new Set(); // ids of those that this look has read; they stay marked as long as it lasts
  const look = oncePerFrame(read);
  const shown = list((cursor) => client.notification.list({ cursor }), draw, quiet, look);
  const element = h("div", { class: "view" }, heading("Notifications", all), shown.element);

  function draw(notification) {
    const { id, actor, kind, post_id: postId, post } = notification;
    if (shown.items.querySelector(`[data-notification="${id}"]`)) return null;
    return h("a", {
      class: "notification", href: postId ? `#/post/${postId}` : person(actor),
      "data-notification": id, "data-unread": !notification.read,
    }, avatar(actor), h("span", { class: "said" },
      h("span", { class: "unseen unread-word" }, notification.read ? "" : "Unread: "),
      h("strong", {}, actor.display_name), ` ${SAYS[kind] ?? kind}`, post && h("span", { class: "excerpt" }, post.content)), time(notification.created_at));
  }

  // What is looked at is read.
  async function read() {
    if (document.hidden || !element.isConnected) return;
    const rows = [...shown.items.querySelectorAll("[data-unread]")];
    const ids = rows.map((row) => Number(row.dataset.notification)).filter((id) => !seen.has(id)).slice(0, READ_MAX);
    if (!ids.length) return;
    for (const id of ids) seen.add(id);
    try {
      await client.notification.read({ ids });
      look();
    } catch {
      for (const id of ids) seen.delete(id); // it is tried again with the next that comes
    }
  }

  async function readAll() {
    try {
      await client.notification.read();
      for (const row of shown.items.querySelectorAll("[data-unread]")) {
        row.removeAttribute("data-unread");
        row.querySelector(".unread-word").textContent = "";
      }
    } catch (error) {
      failed(error);
    }
  }

  function remove(ids) {
    for (const id of ids) shown.items.querySelector(`[data-notification="${id}"]`)?.remove();
    if (!shown.items.firstChild) shown.items.append(quiet());
  }

  document.addEventListener("visibilitychange", look);
  return {
    title: "Notifications",
    element,
    hear: (name, data) => {
      if (name === "notification.created") {
        shown.items.querySelector(".empty")?.remove();
        shown.items.prepend(draw(data.notification) ?? "");
        look();
      } else if (name === "notification.deleted") remove(data.ids);
      else if (name === "session.ready") look();
    },
    close: () => document.removeEventListener("visibilitychange", look),
  };
}

export function hearNotifications(name, data) {
  if (name === "notification.created") announce(said(data.notification));
}
