// Where a keyboard on the screen covers the page instead of making it smaller (Safari on phones), how much.

const view = window.visualViewport;

// Keep the height that is covered in --covered of this element; returns what ends that.
export function watchKeyboard(element) {
  if (!view) return () => {};
  const look = () => element.style.setProperty("--covered", `${Math.max(0, Math.round(innerHeight - view.height * view.scale))}px`);
  view.addEventListener("resize", look);
  look();
  return () => view.removeEventListener("resize", look);
}
