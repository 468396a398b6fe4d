// A picture in large; the arrows lead to the others of the view.

import { isRightToLeft, t } from "./i18n.js";
import { html, nothing, render } from "./lit.js";
import { icon } from "./ui.js";
import { h } from "./view.js";

export function openPicture(address, alt) {
  const all = [...document.querySelectorAll("#main [data-picture]")].map(({ dataset, title }) => ({ address: dataset.picture, alt: title }))
    .filter((one, place, every) => every.findIndex(({ address: other }) => other === one.address) === place);
  let at = all.findIndex((one) => one.address === address);
  if (at < 0) all.splice((at = 0), 0, { address, alt });
  const dialog = h("dialog", { class: "lightbox", "aria-label": t("picture.large") });

  const step = (by) => {
    at = (at + by + all.length) % all.length;
    draw();
  };
  const draw = () => render(html`
    <img src=${all[at].address} alt=${all[at].alt}>
    <p class="alt" dir="auto" aria-hidden="true">${all[at].alt}</p>
    <button class="icon-button plain close" type="button" aria-label=${t("dialog.close")} title=${t("dialog.close")} @click=${() => dialog.close()}>${icon("close")}</button>
    ${all.length > 1 ? html`
      <button class="icon-button plain before" type="button" aria-label=${t("picture.before")} @click=${() => step(-1)}>${icon("back")}</button>
      <button class="icon-button plain next" type="button" aria-label=${t("picture.next")} @click=${() => step(1)}>${icon("back")}</button>` : nothing}`, dialog);

  dialog.addEventListener("click", ({ target }) => (target === dialog || target.tagName === "IMG") && dialog.close());
  dialog.addEventListener("keydown", ({ key }) => {
    const forward = isRightToLeft ? "ArrowLeft" : "ArrowRight";
    if (all.length > 1 && (key === "ArrowLeft" || key === "ArrowRight")) step(key === forward ? 1 : -1);
  });
  dialog.addEventListener("close", () => dialog.remove());
  draw();
  document.body.append(dialog);
  dialog.showModal();
}
