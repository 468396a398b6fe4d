// Dates and times as they are shown. A formatter is made once: making one costs as much as a hundred uses.

import { h } from "./view.js";

const MINUTE = 60, HOUR = 3600, DAY = 86_400;
const AGAIN_MS = 20_000; // how old something is, is looked at anew

const format = (options) => {
  const formatter = new Intl.DateTimeFormat("en", options);
  return (date) => formatter.format(date);
};
const inFull = format({ dateStyle: "long", timeStyle: "short" });
const short = format({ day: "numeric", month: "short" });
const shortWithYear = format({ day: "numeric", month: "short", year: "numeric" });
const monthAndYear = format({ month: "long", year: "numeric" });
const hourAndMinute = format({ hour: "2-digit", minute: "2-digit", hour12: false });
const weekday = format({ weekday: "long", day: "numeric", month: "long" });

function ago(date) {
  const seconds = (Date.now() - date) / 1000;
  if (seconds < 45) return "now";
  if (seconds < HOUR) return `${Math.max(1, Math.round(seconds / MINUTE))} min`;
  if (seconds < DAY) return `${Math.round(seconds / HOUR)} h`;
  if (seconds < 7 * DAY) return `${Math.round(seconds / DAY)} d`;
  return (date.getFullYear() === new Date().getFullYear() ? short : shortWithYear)(date);
}

export function time(iso) {
  const date = new Date(iso);
  return h("time", { datetime: iso, title: inFull(date), "data-ago": true }, ago(date));
}

export const clock = (iso) => hourAndMinute(new Date(iso));
export const day = (iso) => weekday(new Date(iso));
export const month = (iso) => monthAndYear(new Date(iso));

setInterval(() => {
  for (const element of document.querySelectorAll("time[data-ago]")) {
    const text = ago(new Date(element.dateTime));
    if (element.textContent !== text) element.textContent = text;
  }
}, AGAIN_MS);
