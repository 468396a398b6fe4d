// The parts of a long view, and above them a bar with a button that leads to each.

import { t } from "./i18n.js";
import { html } from "./lit.js";
import { gently } from "./ui.js";

const READ = "-128px 0px -60% 0px"; // of the window: where the part stands that one reads, below the bars

// Parts are {label}, by whose name they are known.
export const contents = (title, parts) => html`<nav class="tabs contents" aria-label=${title}>
  ${parts.map(({ label }) => html`<button type="button" data-leads=${label} @click=${lead}>${t(label)}</button>`)}</nav>`;

export const part = ({ label }, ...sections) => html`<section class="part" data-part=${label}><h2 tabindex="-1">${t(label)}</h2>${sections}</section>`;

function lead({ currentTarget: button }) {
  const found = button.closest(".view").querySelector(`[data-part="${button.dataset.leads}"]`);
  found.querySelector("h2").focus({ preventScroll: true });
  found.scrollIntoView({ behavior: gently() });
}

// Mark in the bar of a view that is drawn which part one reads.
export function followReading(view) {
  const buttons = [...view.querySelectorAll("[data-leads]")];
  const shown = new Set();
  const watch = new IntersectionObserver((seen) => {
    for (const { target, isIntersecting } of seen) shown[isIntersecting ? "add" : "delete"](target.dataset.part);
    const current = buttons.find(({ dataset }) => shown.has(dataset.leads));
    for (const button of buttons) {
      if (button === current) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
  }, { rootMargin: READ });
  for (const one of view.querySelectorAll(".part")) watch.observe(one);
}
