// DOM building blocks beside the templates of ui.js. Text goes in as text, never as HTML.

import { nothing, render } from "./lit.js";

// An element: attributes, onclick and the like as listeners, then children (strings become text, and
// lit's templates what they say, once).
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false && child !== nothing).map(drawn));
  return element;
}

function drawn(child) {
  if (!child._$litType$) return child;
  const fragment = document.createDocumentFragment();
  render(child, fragment);
  return fragment;
}

// Of a path of ours or an http(s) URL; anything else is no address to put into a page.
export function webAddress(text) {
  if (!text) return null;
  try {
    const url = new URL(text, location.href);
    return ["http:", "https:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

const TOAST_MS = 5000;
const QUIET_MS = 500;
const UNSEEN_MS = 100; // after which what is not seen is drawn

export function toast(text) {
  const element = h("p", { class: "toast", dir: "auto" }, text);
  document.getElementById("toasts").append(element);
  setTimeout(() => element.remove(), TOAST_MS);
}

// Said by screen readers, not shown.
export function announce(text) {
  document.getElementById("announcer").textContent = text;
}

export const failed = (error) => toast(error.message);

export function grow(area) {
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight + 2}px`;
}

// A click that the browser does something of its own with: open a tab, a window, a download.
export const isBrowsers = (event) => event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;

// Do the work once in the next frame, however often it is asked for till then; soon where no frame is drawn.
export function oncePerFrame(work) {
  let frame = null;
  let timer = null;
  function run() {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    timer = null;
    work();
  }
  return () => {
    if (timer !== null) return;
    timer = setTimeout(run, UNSEEN_MS);
    frame = requestAnimationFrame(run);
  };
}

// Ask by a dialog, which is loaded when it is needed.
export const ask = async (options) => (await import("./dialog.js")).ask(options);

// Show a picture in large, likewise.
export const openPicture = async (address, alt) => (await import("./lightbox.js")).openPicture(address, alt);

export function closeDialogs() {
  for (const dialog of document.querySelectorAll("dialog:not([data-stays])")) dialog.close();
}

// Pictures that can be sent: without HEIC, of which iPhones then send a JPEG.
export const IMAGES = "image/jpeg,image/png,image/gif,image/webp,image/avif";

// Give a box the completion of @names and #tags when one begins to write in it.
export function completing(area) {
  area.addEventListener("focus", () => import("./complete.js").then(({ complete }) => complete(area), () => {}), { once: true });
}

// Do the work when the first view stands, and nothing is being loaded for it any more.
export function whenQuiet(work) {
  const look = () => {
    if (document.querySelector("#main .skeletons")) setTimeout(look, QUIET_MS);
    else (globalThis.requestIdleCallback ?? setTimeout)(work);
  };
  setTimeout(look, QUIET_MS);
}
