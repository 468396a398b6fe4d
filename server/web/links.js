// The links in mails, `#verify=`, `#reset=` and `#unsubscribe=`, and asking for such a mail. They
// concern the account that they were sent to, whoever is logged in here.

import { client } from "./client.js";
import { ask, say } from "./dialog.js";
import { failed } from "./view.js";
import { state, tell } from "./state.js";

const LINK = /^#(verify|reset|unsubscribe)=(.*)$/;
const WAYS = { verify, reset, unsubscribe };

// Follows the link if there is one in the address, out of which it is taken: it is good for one only.
export function followMailed(here = "") {
  const [, way, token] = LINK.exec(location.hash) ?? [];
  if (!way) return false;
  history.replaceState(null, "", here || "/");
  WAYS[way](token);
  return true;
}

const spent = (error) => error.code === "link_invalid";

// None of them does anything before a button is pressed: programs that check the links in mails
// open them, too, and some run the scripts of what they open.
function verify(token) {
  const dialog = ask({
    title: "Confirm your address",
    words: ["Mails about your account will reach you there."],
    button: "Confirm",
    stays: true,
    act: async () => {
      try {
        await client.email.verify({ token });
      } catch (error) {
        if (!spent(error)) throw error;
        dialog.close();
        return say("This link is good no longer",
          "It has been used before, or is older than 7 days. If your address is not confirmed yet, have another link sent to you under Settings.");
      }
      say("Your address is confirmed", "Thank you. Mails about your account will reach you there.");
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
    title: "Set a new password",
    words: ["It replaces your old one, and logs you out everywhere."],
    fields: [{ label: "New password", note: "8 characters or more", name: "password", type: "password", autocomplete: "new-password", maxlength: "1024" }],
    button: "Set password",
    stays: true,
    act: async ({ password }) => {
      try {
        await client.password.reset({ token, password });
      } catch (error) {
        if (!spent(error)) throw error;
        dialog.close();
        return say("This link is good no longer", "It has been used before, or is older than an hour.", { button: "Send me another", act: forgotten });
      }
      tell("password set");
    },
  });
}

// The answer is the same whether or not anybody has the address.
export function forgotten() {
  ask({
    title: "Forgot your password?",
    words: ["We mail you a link to set a new one."],
    fields: [{ label: "Email", name: "email", type: "email", autocomplete: "email" }],
    button: "Send the link",
    stays: true,
    act: async ({ email }) => {
      await client.password.ask_for_reset({ email });
      say("Look into your mail", `If ${email} belongs to an account, a link is on its way there. It works once, within an hour.`);
    },
  });
}

function unsubscribe(token) {
  const dialog = ask({
    title: "No more mails?",
    words: ["You will not be mailed any more of new followers and of what you have not read. Mails about your password and address still come."],
    button: "No more mails",
    stays: true,
    act: async () => {
      try {
        await client.email.unsubscribe({ token });
      } catch (error) {
        if (!spent(error)) throw error;
        dialog.close();
        return say("This link does not work", "It is not complete. Open it out of the mail once more, or turn these mails off under Settings.");
      }
      say("No more mails", "You can have them again under Settings.");
      refresh();
    },
  });
}
