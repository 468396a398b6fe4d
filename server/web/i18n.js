// What the page says, in the language of who reads it. Each language is one catalogue in languages/.

import en from "./languages/en.js";

const LANGUAGES = {
  en: { name: "English", dir: "ltr", load: async () => en },
  ar: { name: "العربية", dir: "rtl", load: async () => (await import("./languages/ar.js")).default },
};
const KEY = "language"; // what was chosen in the settings

export const languages = Object.entries(LANGUAGES).map(([id, { name }]) => ({ id, name }));

// The one that was chosen, else the first of the browser's that there is.
export const language = [kept(), ...navigator.languages.map((tag) => tag.split("-")[0]), "en"].find((id) => Object.hasOwn(LANGUAGES, id));
export const locale = navigator.languages.find((tag) => tag.split("-")[0] === language) ?? language;

const catalogue = await LANGUAGES[language].load();
const plurals = new Intl.PluralRules(locale);
const numbers = new Intl.NumberFormat(locale);
const shortNumbers = new Intl.NumberFormat(locale, { notation: "compact", maximumFractionDigits: 1 });
const series = new Intl.ListFormat(locale);

export const isRightToLeft = LANGUAGES[language].dir === "rtl";

document.documentElement.lang = language;
document.documentElement.dir = LANGUAGES[language].dir;

// Choose a language; it is seen after a reload.
export function choose(id) {
  localStorage.setItem(KEY, id);
}

// A number in few signs: 1.2K.
export const compact = (number) => shortNumbers.format(number);

// "Ann, Bob and Cleo".
export const listed = (names) => series.format(names);

// Return the text of this name, with values for its {names}. Where the text has plural forms, values.count chooses.
export const t = (name, values = {}) => parts(name, values).join("");

// The same for templates as values: return a list of texts and templates.
export const tr = parts;

function parts(name, values) {
  let text = catalogue[name];
  if (text === undefined) throw new Error(`No text is called ${name}`);
  if (typeof text === "object") text = text[plurals.select(values.count)] ?? text.other;
  return text.split(/\{(\w+)\}/).map((part, index) => (index % 2 ? shown(values[part]) : part));
}

const shown = (value) => (typeof value === "number" ? numbers.format(value) : value);

function kept() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null; // storage is forbidden
  }
}
