// What a post said before.

import { postById } from "./addresses.js";
import { client, store } from "./client.js";
import { exactly } from "./dates.js";
import { gallery } from "./gallery.js";
import { t } from "./i18n.js";
import { html, nothing } from "./lit.js";
import { listed, Pages } from "./list.js";
import { empty, heading, linked, mount } from "./ui.js";
import { h } from "./view.js";

export function historyView(id) {
  const { element, draw, soon } = mount(h("div", { class: "view" }), () => html`${heading(t("post.history"), { parent: postById(id) })}
    ${now()}${listed(pages, version, () => empty(t("history.none")))}`);
  const pages = new Pages((cursor) => client.post.history({ id, cursor }), soon);

  function now() {
    const post = store.posts.get(id);
    return post ? html`<div class="version"><p class="quiet">${t("history.now")}${post.edited_at ? html` · ${exactly(post.edited_at)}` : nothing}</p>
      <p class="content" dir="auto">${linked(post.content, post.mentions)}</p>${pictures(post, post.media, "now")}</div>` : nothing;
  }

  const version = ({ id: own, content, media, created_at: written }) => html`<div class="version"><p class="quiet">${exactly(written)}</p>
    <p class="content" dir="auto">${linked(content, [])}</p>${pictures(store.posts.get(id), media, own)}</div>`;

  const pictures = (post, media = [], key) => gallery(media, t("post.image_by", { name: post?.author.display_name ?? "" }),
    { sensitive: post?.sensitive ?? false, key: `version ${id} ${key}` });

  draw();
  client.post.get({ id }).then(soon, () => {});
  return { title: t("post.history"), element, keep: true, redraw: soon, shown: draw };
}
