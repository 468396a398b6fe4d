// Web Push: what happens while no tab is open, told by the browser. Each session asks for it by itself.

import { client } from "./client.js";
import { language, t } from "./i18n.js";
import { toast } from "./view.js";

const WORKER = "/sw.js";

export const mayPush = () => "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

// Keep the page's files for the next time; `openPath` goes where a notification leads.
export async function startWorker(openPath) {
  if (!("serviceWorker" in navigator)) return; // not over plain http, but for this machine's own address
  const controlled = Boolean(navigator.serviceWorker.controller);
  navigator.serviceWorker.addEventListener("message", ({ data }) => data.open && openPath(data.open));
  navigator.serviceWorker.addEventListener("controllerchange", () => controlled && toast(t("page.new_version")));
  try {
    await navigator.serviceWorker.register(WORKER);
  } catch {
    // Without it the page works as well, and loads its files each time.
  }
}

// Whether this browser is told now. What it and the server know of it may differ: a session is new, a key has changed.
export async function isPushed() {
  const subscription = await current();
  if (!subscription || Notification.permission !== "granted") return false;
  const { subscribed } = await client.push.get();
  if (!subscribed) await tellServer(subscription);
  return true;
}

// Ask the person, the browser and the server for it, in this order; false where the person says no.
export async function startPush() {
  if ((await Notification.requestPermission()) !== "granted") return false;
  const { public_key: key } = await client.push.get();
  const { pushManager } = await navigator.serviceWorker.ready;
  await (await pushManager.getSubscription())?.unsubscribe(); // it may be of another key
  await keepTexts();
  await tellServer(await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key }));
  return true;
}

export async function stopPush() {
  await client.push.unsubscribe();
  await (await current())?.unsubscribe();
}

// When the session ends, the browser is no longer told of it either.
export async function forgetPush() {
  if (mayPush()) await (await current())?.unsubscribe();
}

async function current() {
  const registration = await navigator.serviceWorker.getRegistration();
  return registration?.pushManager.getSubscription();
}

async function tellServer(subscription) {
  const { endpoint, keys } = subscription.toJSON();
  await client.push.subscribe({ endpoint, ...keys });
}

// The worker has no catalogue: it is told what to say, with {name} for who did it.
async function keepTexts() {
  const name = "{name}";
  const texts = {
    language,
    message: t("pushed.message", { name }),
    like: t("pushed.like", { name }),
    follow: t("pushed.follow", { name }),
    retweet: t("pushed.retweet", { name }),
    reply: t("pushed.reply", { name }),
    mention: t("pushed.mention", { name }),
    message_mention: t("pushed.message_mention", { name }),
    poll: t("pushed.poll", { name }),
    quote: t("pushed.quote", { name }),
  };
  const cache = await caches.open("texts");
  await cache.put("/texts", new Response(JSON.stringify(texts)));
}
