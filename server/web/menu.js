// What one can do with something: a menu at its button, on a phone a sheet at the bottom.
// The keys are those of the menu pattern of WAI-ARIA.

import { html, nothing, render } from "./lit.js";
import { icon } from "./ui.js";
import { failed, h } from "./view.js";

const GAP = 4; // pixels between the button and its menu
const MARGIN = 8; // pixels to the edge of the window

let open = null;

// items: {label, symbol?, danger?, note?, act}; what is false is left out.
export function openMenu(button, items, label, name = "menu") {
  open?.hidePopover();
  const menu = h("div", { class: name, role: "menu", "aria-label": label, popover: "auto" });
  render(items.filter(Boolean).map(({ label: text, symbol, danger, note, act }) => html`
    <button class=${danger ? "danger-text" : ""} type="button" role="menuitem" tabindex="-1" @click=${() => take(act).catch(failed)}>
      ${symbol ? icon(symbol) : nothing}<span>${text}${note ? html`<small>${note}</small>` : nothing}</span></button>`), menu);

  async function take(act) {
    menu.hidePopover();
    await act();
  }

  menu.addEventListener("keydown", (event) => {
    const all = [...menu.querySelectorAll("button")];
    const at = all.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (event.key === "Tab") menu.hidePopover();
    if (to === undefined) return;
    event.preventDefault();
    all.at(to % all.length).focus();
  });
  menu.addEventListener("toggle", ({ newState }) => {
    button.setAttribute("aria-expanded", String(newState === "open"));
    if (newState !== "closed") return;
    if (open === menu) open = null;
    if (menu.contains(document.activeElement) || document.activeElement === document.body) button.focus();
    menu.remove();
  });
  (button.closest("main, header, aside") ?? document.body).append(menu);
  menu.showPopover();
  open = menu;
  place(menu, button);
  menu.querySelector("button").focus();
}

function place(menu, button) {
  if (matchMedia("(max-width: 30rem)").matches) return; // a sheet, by the style
  const at = button.getBoundingClientRect(), { width, height } = menu.getBoundingClientRect();
  const isRightToLeft = getComputedStyle(button).direction === "rtl";
  const left = isRightToLeft ? at.left : at.right - width;
  const below = at.bottom + GAP;
  menu.style.left = `${Math.max(MARGIN, Math.min(left, innerWidth - width - MARGIN))}px`;
  menu.style.top = `${below + height > innerHeight - MARGIN ? Math.max(MARGIN, at.top - GAP - height) : below}px`;
}

addEventListener("scroll", () => open?.hidePopover(), { passive: true });

export const moreMenu = (label, items) => html`<button class="icon-button plain more-about" type="button" aria-haspopup="menu" aria-expanded="false" aria-label=${label} title=${label}
  @click=${(event) => {
    event.stopPropagation();
    show(event.currentTarget, items, label).catch(failed);
  }}>${icon("more")}</button>`;

// items may be a promise's: what is to be offered may have to be asked for.
async function show(button, items, label) {
  openMenu(button, await items(), label);
}
