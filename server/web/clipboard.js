// Addresses to give to others.

import { t } from "./i18n.js";
import { toast } from "./view.js";

export async function copyLink(path) {
  await navigator.clipboard.writeText(new URL(path, location.origin).href);
  toast(t("link.copied"));
}
