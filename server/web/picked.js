// Choosing pictures for what one writes: by a button, by pasting, by dropping; described, put in order, taken off.

import { t } from "./i18n.js";
import { html, nothing, render } from "./lit.js";
import { icon } from "./ui.js";
import { announce, ask, h, IMAGES, toast } from "./view.js";

const PICTURES_MAX = 4;

// As it is where the script cannot be loaded: the server takes it, too.
const shrunk = (file) => import("./shrink.js").then((scripts) => scripts.shrunk(file), () => file);

// `area`: the text box that they belong to, and `zone` what they can be dropped on; changed() is called
// whenever there are others. Draw `list` and `button` where they are to stand.
export function picking(area, { changed }) {
  let pictures = []; // {file, alt, address}
  const input = h("input", { type: "file", accept: IMAGES, multiple: true, hidden: true, onchange: () => {
    add(input.files);
    input.value = "";
  } });
  const button = h("button", {
    class: "quiet-button accent", type: "button", "aria-label": t("composer.add_image"), title: t("composer.add_image"), onclick: () => input.click(),
  }, icon("image"));
  const list = h("ul", { class: "picked", "aria-label": t("composer.pictures"), hidden: true });

  function set(some) {
    pictures = some;
    draw();
    changed();
  }

  function add(files) {
    const images = [...files].filter(({ type }) => IMAGES.split(",").includes(type));
    if (!images.length) return;
    const room = PICTURES_MAX - pictures.length;
    if (images.length > room) toast(t("composer.too_many", { count: PICTURES_MAX }));
    const taken = images.slice(0, room).map((file) => ({ file, alt: "", address: URL.createObjectURL(file) }));
    for (const { file } of taken) shrunk(file).catch(() => {}); // while the text is being written
    if (taken.length) announce(t("composer.chosen", { name: taken.map(({ file }) => file.name).join(", ") }));
    set([...pictures, ...taken]);
  }

  function drop(picture) {
    URL.revokeObjectURL(picture.address);
    set(pictures.filter((one) => one !== picture));
    area.focus();
  }

  function earlier(picture) {
    const at = pictures.indexOf(picture);
    const others = pictures.filter((one) => one !== picture);
    others.splice(at - 1, 0, picture);
    set(others);
    list.children[at - 1]?.querySelector("button")?.focus();
  }

  function describe(picture) {
    ask({
      title: t("composer.describe"),
      words: [t("composer.describe_words")],
      parts: [h("img", { class: "described", src: picture.address, alt: "" })],
      fields: [{ label: t("composer.alt"), name: "alt", long: true, value: picture.alt, limit: "alt" }],
      button: t("dialog.save"),
      act: ({ alt }) => {
        picture.alt = alt.trim();
        draw();
      },
    });
  }

  function draw() {
    list.hidden = !pictures.length;
    button.disabled = pictures.length >= PICTURES_MAX;
    render(pictures.map((picture, place) => html`<li>
      <img src=${picture.address} alt=${picture.alt || t("composer.chosen", { name: picture.file.name })}>
      <button class=${picture.alt ? "describe done" : "describe"} type="button" aria-label=${t("composer.describe_named", { name: picture.file.name })} @click=${() => describe(picture)}>${t("composer.alt_short")}</button>
      ${place ? html`<button class="earlier" type="button" aria-label=${t("composer.earlier", { name: picture.file.name })} @click=${() => earlier(picture)}>${icon("back")}</button>` : nothing}
      <button class="off" type="button" aria-label=${t("composer.remove_named", { name: picture.file.name })} @click=${() => drop(picture)}>${icon("close")}</button></li>`), list);
  }

  area.addEventListener("paste", (event) => {
    if (!event.clipboardData?.files.length || button.hidden) return;
    event.preventDefault();
    add(event.clipboardData.files);
  });

  // Have what is dropped on this element be taken.
  function droppedOn(zone) {
    zone.addEventListener("dragover", (event) => {
      if (!event.dataTransfer?.types.includes("Files") || button.hidden) return;
      event.preventDefault();
      zone.classList.add("dropping");
    });
    for (const name of ["dragleave", "drop"]) zone.addEventListener(name, () => zone.classList.remove("dropping"));
    zone.addEventListener("drop", (event) => {
      if (!event.dataTransfer?.files.length || button.hidden) return;
      event.preventDefault();
      add(event.dataTransfer.files);
    });
  }

  return {
    input, button, list, droppedOn,
    get count() { return pictures.length; },
    // What there is, which is then no longer here; `restore` gives it back.
    take() {
      const taken = pictures;
      set([]);
      return taken;
    },
    restore: (some) => set([...some, ...pictures].slice(0, PICTURES_MAX)),
  };
}

// As the outbox takes them.
export const asSent = (pictures) =>
  Promise.all(pictures.map(async ({ file, alt }) => ({ file: await shrunk(file), alt })));
