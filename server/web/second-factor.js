// Codes out of a program that a login takes besides the password.

import { client } from "./client.js";
import { ask, show } from "./dialog.js";
import { t } from "./i18n.js";
import { html } from "./lit.js";
import { h, toast } from "./view.js";

const PASSWORD = () => ({ label: t("password.yours"), name: "password", type: "password", autocomplete: "current-password", maxlength: "1024" });
export const CODE = () => ({ label: t("code.label"), name: "code", autocomplete: "one-time-code", inputmode: "text", maxlength: "40", dir: "ltr", spellcheck: "false", autocapitalize: "none" });

// The section of the settings: `status` is what second_factor.get answers, done() looks it up again.
export function secondFactor(status, done) {
  if (!status) return html`<p class="quiet">${t("page.loading")}</p>`;
  return html`<p class="quiet">${t(status.enabled ? "code.is_on" : "code.words", { count: status.recovery_codes_left })}</p>
    ${status.enabled
      ? html`<button type="button" @click=${() => renew(done)}>${t("code.renew")}</button> <button type="button" @click=${() => end(done)}>${t("code.end")}</button>`
      : html`<button type="button" @click=${() => begin(done)}>${t("code.begin")}</button>`}`;
}

function begin(done) {
  ask({
    title: t("code.begin"),
    fields: [PASSWORD()],
    button: t("dialog.continue"),
    act: async (values) => confirm(await client.second_factor.begin(values), done),
  });
}

function confirm({ secret, uri, qr_code: code }, done) {
  const image = URL.createObjectURL(new Blob([code], { type: "image/svg+xml" }));
  ask({
    title: t("code.begin"),
    words: [t("code.scan")],
    parts: [
      h("p", {}, h("a", { href: uri }, h("img", { class: "qr", src: image, alt: t("code.open"), width: 220, height: 220 }))),
      h("p", { class: "quiet" }, t("code.type"), " ", h("code", { dir: "ltr" }, secret.match(/.{1,4}/g).join(" "))),
    ],
    fields: [CODE()],
    button: t("code.turn_on"),
    act: async (values) => {
      keep((await client.second_factor.confirm(values)).codes);
      URL.revokeObjectURL(image);
      done();
    },
  });
}

// They are shown this once.
function keep(codes) {
  show(t("code.keep"), h("p", {}, t("code.keep_words")), h("pre", { class: "codes", dir: "ltr", tabindex: "0" }, codes.join("\n")));
}

function renew(done) {
  ask({
    title: t("code.renew"),
    words: [t("code.renew_words")],
    fields: [PASSWORD(), CODE()],
    button: t("code.renew"),
    act: async (values) => {
      keep((await client.second_factor.recovery_codes(values)).codes);
      done();
    },
  });
}

function end(done) {
  ask({
    title: t("code.end"),
    fields: [PASSWORD(), CODE()],
    button: t("code.end"),
    danger: true,
    act: async (values) => {
      await client.second_factor.end(values);
      toast(t("code.ended"));
      done();
    },
  });
}
