// The renderer, as this page uses it: one place that names where it comes from.

export { html, nothing, render, svg } from "./vendor/lit-html/lit-html.js";
export { classMap } from "./vendor/lit-html/directives/class-map.js";
export { guard } from "./vendor/lit-html/directives/guard.js";
export { ifDefined } from "./vendor/lit-html/directives/if-defined.js";
export { live } from "./vendor/lit-html/directives/live.js";
export { ref } from "./vendor/lit-html/directives/ref.js";
export { repeat } from "./vendor/lit-html/directives/repeat.js";
