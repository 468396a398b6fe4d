// The links in mails, `#verify=`, `#change=`, `#reset=` and `#unsubscribe=`, and asking for such a mail. They
// concern the account that they were sent to, whoever is logged in here.

import { client } from "./client.js";
import { ask, say } from "./dialog.js";
import { t } from "./i18n.js";
import { failed } from "./view.js";
import { state, tell } from "./state.js";

const LINK = /^#(verify|change|reset|unsubscribe)=(.*)$/;
const WAYS = { verify, change, reset, unsubscribe };

// Follows the link if there is one in the address, out of which it is taken: it is good for one only.
export function followMailed() {
  const [, way, token] = LINK.exec(location.hash) ?? [];
  if (!way) return;
  history.replaceState(history.state, "", location.pathname + location.search);
  WAYS[way](token);
}

const spent = (error) => error.code === "link_invalid";

// None of them does anything before a button is pressed: programs that check the links in mails
// open them, too, and some run the scripts of what they open.
function verify(token) {
  confirm(() => client.email.verify({ token }));
}

function change(token) {
  confirm(() => client.email.confirm_change({ token }));
}

function confirm(act) {
  const dialog = ask({
    title: t("links.confirm"),
    words: [t("links.confirm_words")],
    button: t("links.confirm_button"),
    stays: true,
    act: async () => {
      try {
        await act();
      } catch (error) {
        if (!spent(error)) throw error;
        dialog.close();
        return say(t("links.spent"), t("links.spent_confirm"));
      }
      say(t("links.confirmed"), t("links.confirmed_words"));
      refresh();
    },
  });
}

// What changed may be seen on this page.
async function refresh() {
  if (!state.me) return;
  try {
    state.me = await client.user.me();
    tell("me");
  } catch (error) {
    failed(error);
  }
}

function reset(token) {
  const dialog = ask({
    title: t("links.reset"),
    words: [t("links.reset_words")],
    fields: [{ label: t("password.new"), note: t("welcome.password_note"), name: "password", type: "password", autocomplete: "new-password", maxlength: "1024" }],
    button: t("links.reset_button"),
    stays: true,
    act: async ({ password }) => {
      try {
        await client.password.reset({ token, password });
      } catch (error) {
        if (!spent(error)) throw error;
        dialog.close();
        return say(t("links.spent"), t("links.spent_reset"), { button: t("links.another"), act: forgotten });
      }
      tell("password set");
    },
  });
}

// The answer is the same whether or not anybody has the address.
export function forgotten() {
  ask({
    title: t("links.forgot"),
    words: [t("links.forgot_words")],
    fields: [{ label: t("welcome.email"), name: "email", type: "email", autocomplete: "email" }],
    button: t("links.send"),
    stays: true,
    act: async ({ email }) => {
      await client.password.ask_for_reset({ email });
      say(t("links.look"), t("links.look_words", { email }));
    },
  });
}

function unsubscribe(token) {
  const dialog = ask({
    title: t("links.no_mails_title"),
    words: [t("links.no_mails_words")],
    button: t("links.no_mails"),
    stays: true,
    act: async () => {
      try {
        await client.email.unsubscribe({ token });
      } catch (error) {
        if (!spent(error)) throw error;
        dialog.close();
        return say(t("links.broken"), t("links.broken_words"));
      }
      say(t("links.no_mails"), t("links.again_words"));
      refresh();
    },
  });
}
