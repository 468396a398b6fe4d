// Dates and times as they are shown. A formatter is made once: making one costs as much as a hundred uses.

import { locale, t } from "./i18n.js";
import { html } from "./lit.js";

const MINUTE = 60, HOUR = 3600, DAY = 86_400;

const format = (options) => {
  const formatter = new Intl.DateTimeFormat(locale, options);
  return (date) => formatter.format(date);
};
const inFull = format({ dateStyle: "long", timeStyle: "short" });
const short = format({ day: "numeric", month: "short" });
const shortWithYear = format({ day: "numeric", month: "short", year: "numeric" });
const monthAndYear = format({ month: "long", year: "numeric" });
const hourAndMinute = format({ timeStyle: "short" });
const weekday = format({ weekday: "long", day: "numeric", month: "long" });
const span = (unit, unitDisplay = "narrow") => {
  const formatter = new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay });
  return (number) => formatter.format(number);
};
const minutes = span("minute"), hours = span("hour"), days = span("day");
const allMinutes = span("minute", "long"), allHours = span("hour", "long"), allDays = span("day", "long");

// How long ago, as `when` says it.
export const age = (iso) => ago(new Date(iso));

function ago(date) {
  const seconds = (Date.now() - date) / 1000;
  if (seconds < 45) return t("time.now");
  if (seconds < HOUR) return minutes(Math.max(1, Math.round(seconds / MINUTE)));
  if (seconds < DAY) return hours(Math.round(seconds / HOUR));
  if (seconds < 7 * DAY) return days(Math.round(seconds / DAY));
  return (date.getFullYear() === new Date().getFullYear() ? short : shortWithYear)(date);
}

// How long ago; views are redrawn as time goes by.
export function when(iso) {
  const date = new Date(iso);
  return html`<time datetime=${iso} title=${inFull(date)}>${ago(date)}</time>`;
}

// How long, in the largest unit of which it is two, or one exactly.
export function duration(seconds) {
  if (seconds >= 2 * DAY || seconds === DAY) return allDays(Math.round(seconds / DAY));
  if (seconds >= 2 * HOUR || seconds === HOUR) return allHours(Math.round(seconds / HOUR));
  return allMinutes(Math.max(1, Math.round(seconds / MINUTE)));
}

// The date and the time of day.
export const exactly = (iso) => html`<time datetime=${iso}>${inFull(new Date(iso))}</time>`;

export const clock = (iso) => hourAndMinute(new Date(iso));
export const day = (iso) => weekday(new Date(iso));
export const month = (iso) => monthAndYear(new Date(iso));
