// The pictures of a post or message: their places are taken before they are loaded.

import { t } from "./i18n.js";
import { html, nothing } from "./lit.js";
import { placeholder } from "./thumbhash.js";
import { icon } from "./ui.js";
import { openPicture, webAddress } from "./view.js";

const PREVIEW_SIDE = 680; // pixels; more of a preview there is not
const still = matchMedia("(prefers-reduced-motion: reduce)");
const uncovered = new Set(); // keys of what was sensitive, and one has asked to see

// `key` names what it is of, where that is to be covered until one asks; `unnamed` says what a picture
// without words of its own is.
export function gallery(media, unnamed, { sensitive = false, key = null } = {}) {
  const shown = media.filter(({ url }) => webAddress(url));
  if (!shown.length) return nothing;
  const covered = sensitive && !uncovered.has(key);
  return html`<div class=${`gallery of-${shown.length}${covered ? " covered" : ""}`}>${shown.map((one) => picture(one, unnamed, shown.length === 1))}
    ${sensitive ? html`<button class="uncover" type="button" @click=${(event) => uncover(event, key)}>${icon("eye")}<span>${t("picture.sensitive")}</span><small>${t("picture.show")}</small></button>` : nothing}</div>`;
}

// It is drawn so from then on; at once, without drawing what it stands in.
function uncover({ currentTarget }, key) {
  uncovered.add(key);
  const box = currentTarget.closest(".gallery");
  box.classList.remove("covered");
  box.querySelector(".picture-button").focus();
}

function picture({ url, preview_url: preview, alt, width, height, thumbhash, animated }, unnamed, alone) {
  const words = alt || unnamed;
  const hash = placeholder(thumbhash);
  const scale = Math.min(1, PREVIEW_SIDE / Math.max(width, height));
  const [wide, high] = [width, height].map((side) => Math.max(1, Math.round(side * scale)));
  return html`<button class="picture-button" type="button" data-picture=${url} title=${words} aria-label=${t("picture.open", { alt: words })}
    @click=${() => openPicture(url, words)}>${alone ? html`<svg class="room" width=${wide} height=${high} viewBox=${`0 0 ${wide} ${high}`} aria-hidden="true"></svg>` : nothing}
    ${hash ? html`<img class="hash" src=${hash} alt="">` : nothing}<img class="picture" src=${animated && !still.matches ? url : preview} alt=${words} loading="lazy"></button>`;
}

// Those of what is still on its way, from their files.
const addresses = new WeakMap();

function addressOf(file) {
  if (!addresses.has(file)) addresses.set(file, URL.createObjectURL(file));
  return addresses.get(file);
}

export const waitingGallery = (pictures) => (pictures?.length ? html`<div class=${`gallery waiting of-${pictures.length}`}>${pictures.map(({ file, alt }) =>
  html`<img class="picture" src=${addressOf(file)} alt=${alt || t("unsent.image")}>`)}</div>` : nothing);
