// The service worker: keeps the page's files, so that it opens at once and without a connection, and shows what is
// pushed. The server puts VERSION, which changes with any file, FILES, BUILT, where those are that never change, and
// VIEWS before this.
/* global VERSION, FILES, BUILT, VIEWS */

const SHELL = `shell ${VERSION}`;
const TEXTS = "texts"; // what notifications say, in the language of the page (push.js)
const PAGE = "/";
const OWN = new RegExp(VIEWS);

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate") {
    if (OWN.test(url.pathname)) event.respondWith(kept(PAGE, request));
  } else if (FILES.includes(url.pathname)) event.respondWith(kept(url.pathname, request));
});

async function install() {
  const shell = await caches.open(SHELL);
  await Promise.all(FILES.map(async (path) => shell.put(path, await fetched(path))));
  await self.skipWaiting();
}

// While instances of two versions run, one of the other may answer, with its own: then this is not installed
// now, but when the page is opened the next time.
async function fetched(path) {
  const response = await fetch(path, { cache: path.startsWith(BUILT) ? "default" : "no-cache" });
  const isOther = response.headers.get("Cache-Control") === "no-store" || (path === PAGE && !(await response.clone().text()).includes(BUILT));
  if (!response.ok || isOther) throw new Error(`${path} is of another version`);
  return response;
}

async function activate() {
  for (const name of await caches.keys()) if (name.startsWith("shell ") && name !== SHELL) await caches.delete(name);
  await self.clients.claim();
}

// All files are of one version: what is kept is answered, and a new version is installed beside it.
async function kept(path, request) {
  const shell = await caches.open(SHELL);
  return (await shell.match(path)) ?? fetch(request);
}

self.addEventListener("push", (event) => event.waitUntil(show(event.data?.json() ?? {})));
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data.path));
});

async function show({ kind, actor, text, path = "/", tag }) {
  if ((await tabs()).some((tab) => tab.focused && tab.visibilityState === "visible")) return; // it is seen there
  const texts = await (await (await caches.open(TEXTS)).match("/texts"))?.json();
  const title = texts?.[kind]?.replace("{name}", actor) ?? actor ?? "Mini-Twitter";
  await self.registration.showNotification(title, {
    body: text, tag, data: { path }, icon: "/web/icon-192.png", badge: "/web/badge.png", lang: texts?.language, dir: "auto",
  });
}

async function open(path) {
  const [tab] = await tabs();
  if (!tab) return self.clients.openWindow(path);
  tab.postMessage({ open: path });
  return tab.focus();
}

const tabs = () => self.clients.matchAll({ type: "window", includeUncontrolled: true });
