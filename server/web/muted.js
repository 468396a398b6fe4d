// Posts that have words which I have muted: covered until I ask for them, or not shown at all.

import { MutedWords } from "/client/muted-words.js";
import { client } from "./client.js";
import { t } from "./i18n.js";
import { html, nothing } from "./lit.js";
import { hiddenFor } from "./muted-texts.js";
import { path } from "./router.js";
import { on, state, tell } from "./state.js";
import { icon } from "./ui.js";

let muted = new MutedWords();
const shown = new Set(); // ids of posts that I have asked to see

on("forget", () => shown.clear());

// In which context a view shows posts: none where one looks for somebody, or for what one has kept.
function contextOf(address) {
  if (address === "/") return "feed";
  if (/^\/(explore|tags)/.test(address)) return "public";
  return /\/posts\//.test(address) ? "threads" : null;
}

// Ask which words I have muted; resolves with a function that gives what stands in place of a post, null
// where it is to be seen.
export async function load() {
  muted = new MutedWords((await client.muted_word.list()).results);
  return (post) => {
    const context = contextOf(path());
    const found = context && !shown.has(post.id) && muted.filtered(post, context, { me: state.me?.id });
    if (!found) return null;
    return found.action === "hide" ? nothing : veil(post, found.words);
  };
}

// What stands in place of the words of a post that I am notified of; null where they are to be seen.
export function veiledExcerpt(post) {
  const found = muted.filtered(post, "notifications", { me: state.me?.id });
  return found && hiddenFor(found.words);
}

const veil = (post, words) => html`<article class="post veiled" data-post=${post.id} tabindex="-1">${icon("eye")}
  <p>${hiddenFor(words)}</p>
  <button class="small" type="button" @click=${() => reveal(post.id)}>${t("muted.show")}</button></article>`;

function reveal(id) {
  shown.add(id);
  tell("changed");
}
