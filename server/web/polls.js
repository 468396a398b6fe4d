// The poll of a post: to vote in while one may, then how many chose what.

import { client } from "./client.js";
import { duration } from "./dates.js";
import { asMe } from "./gate.js";
import { locale, t } from "./i18n.js";
import { html, nothing } from "./lit.js";
import { state } from "./state.js";
import { icon } from "./ui.js";
import { failed } from "./view.js";

const percent = new Intl.NumberFormat(locale, { style: "percent" });

const msLeft = ({ ends_at: at }) => new Date(at) - Date.now();
const isOver = (poll) => poll.ended || msLeft(poll) <= 0;

// What changes as time goes by: a card that shows it is drawn again when this is another.
export const left = (poll) => (isOver(poll) ? t("poll.ended") : t("poll.left", { time: duration(msLeft(poll) / 1000) }));

export function pollOf({ id, author, poll }, changed) {
  const mayVote = !poll.voted && !isOver(poll) && author.id !== state.me?.id;
  const foot = html`<span>${t("poll.voters", { count: poll.voters_count })}</span><span title=${new Date(poll.ends_at).toLocaleString()}>${left(poll)}</span>
    ${poll.hide_totals && !poll.ended ? html`<span>${t("poll.hidden")}</span>` : nothing}`;
  return mayVote ? ballot(id, poll, foot, changed) : results(poll, foot);
}

function ballot(id, { options, multiple }, foot, changed) {
  return html`<form @submit=${(event) => vote(event, id, changed)}><fieldset class="poll">
    <legend class="unseen">${t(multiple ? "poll.choose_some" : "poll.choose_one")}</legend>
    ${options.map(({ title }, place) => html`<label><input type=${multiple ? "checkbox" : "radio"} name="choice" value=${place} ?required=${!multiple}><span dir="auto">${title}</span></label>`)}
    <div class="poll-foot"><button class="primary small" type="submit">${t("poll.vote")}</button>${foot}</div></fieldset></form>`;
}

function results({ options, own_votes: own, voters_count: voters }, foot) {
  const counts = options.map(({ votes_count: count }) => count ?? 0);
  const most = Math.max(1, ...counts);
  return html`<div class="poll" role="group" aria-label=${t("poll.results")}>
    ${options.map(({ title, votes_count: count }, place) => html`<div class=${count === most ? "answer most" : "answer"}>
      <span><bdi>${title}</bdi>${own?.includes(place) ? html`${icon("check")}<span class="unseen">${t("poll.my_choice")}</span>` : nothing}</span>
      ${count === null ? nothing : html`<span>${percent.format(count / Math.max(1, voters))}</span><progress max="1" .value=${count / Math.max(1, voters)} aria-hidden="true"></progress>`}</div>`)}
    <div class="poll-foot">${foot}</div></div>`;
}

function vote(event, id, changed) {
  event.preventDefault();
  const choices = new FormData(event.target).getAll("choice").map(Number);
  if (!choices.length) return;
  asMe(() => client.poll.vote({ id, choices }).then(changed, failed));
}

