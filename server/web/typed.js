// What somebody has written in a view and not yet sent, for the same view made anew.

const TEXTS = "textarea, input:is([type=text], [type=search], [type=password], [type=email], [type=url], :not([type])):not([hidden])";

const keyOf = (field) => [field.form?.className, field.name, field.ariaLabel].join();

// Texts that are others than they were at first, and which field has the focus.
export const typedIn = (place) => [...place.querySelectorAll(TEXTS)]
  .map((field) => ({ key: keyOf(field), text: field.value, isOther: field.value !== field.defaultValue, isFocus: field === document.activeElement, at: [field.selectionStart, field.selectionEnd] }))
  .filter(({ isOther, isFocus }) => isOther || isFocus);

export function typeInto(place, typed) {
  const fields = new Map([...place.querySelectorAll(TEXTS)].map((field) => [keyOf(field), field]));
  for (const { key, text, isFocus, at } of typed) {
    const field = fields.get(key);
    if (!field) continue;
    if (field.value !== text) {
      field.value = text;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    if (!isFocus) continue;
    field.focus({ preventScroll: true });
    if (at[0] !== null) field.setSelectionRange(...at);
  }
}
