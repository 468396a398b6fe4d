// Style sheets that are not among what the first load waits for: a module that draws by one awaits it.

const beside = document.querySelector("link[rel=stylesheet]").href;
const coming = new Map(); // name -> a promise

// Add a sheet, once. Without it all else works, so that it fails is no error.
export function sheet(name) {
  if (!coming.has(name)) {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = new URL(name, beside).href;
    coming.set(name, new Promise((done) => {
      link.onload = link.onerror = done;
      document.head.append(link);
    }));
  }
  return coming.get(name);
}
