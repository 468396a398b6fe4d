// What is said of muted words, here and in the settings.

import { listed, t } from "./i18n.js";

export const title = () => t("muted.title");

// A word in a script of the other direction keeps to itself.
export const hiddenFor = (words) => t("muted.veiled", { words: listed(words.map((word) => `\u2068${word}\u2069`)) });
