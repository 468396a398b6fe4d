// Answers that came with the page: the server puts what a public page shows first into it, so that a visitor
// need not ask for that when the scripts are there. They are those of a visitor, and of when the page was made.

const LAST_MS = 10_000; // as long as the first view may take to ask

const element = document.getElementById("given");
const isOld = performance.getEntriesByType("navigation")[0]?.type === "back_forward"; // the browser kept it
let answers = element && !isOld ? JSON.parse(element.textContent) : {};
setTimeout(() => (answers = {}), LAST_MS);

// As the browser's own fetch.
export async function fetchOrTake(url, options) {
  const path = url.startsWith(location.origin) ? url.slice(location.origin.length) : url;
  const mayTake = options.method === "GET" && !options.headers.Authorization && Object.hasOwn(answers, path);
  return mayTake ? Response.json(answers[path]) : fetch(url, options);
}
