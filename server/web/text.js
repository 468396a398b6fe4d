// What people write: links, hashtags and mentions in it, how long it is, whether it can be seen. The
// server has the same rules in handlers/text/; both are held to tests/handlers/text/cases.json.
// Patterns go by characters (flag u) and take time linear in the length of the text.

import { LIMITS, LINK_LENGTH, TOP_LEVEL_DOMAINS } from "./text_rules.js";

// Sets of characters, as the insides of [brackets]. Scripts in which no space parts one word from
// the next (and Hangul): an address ends where one of these begins.
const SPACELESS = [
  "Han Hiragana Katakana Bopomofo Hangul Thai Lao Khmer Myanmar Tibetan Yi Balinese Javanese",
  "Tai_Le New_Tai_Lue Tai_Tham Tai_Viet",
].join(" ").replace(/(\w+) ?/g, "\\p{Script=$1}") + "\\u30fc\\u3005\\u3006\\u303b\\uff70";
const SPACED = `(?![${SPACELESS}])[\\p{L}\\p{M}\\p{N}]`; // a letter or digit of any other script
const EMOJI_SIGNS = "\\ufe00-\\ufe0f\\u20e3"; // variation selectors and the keycap
const MARK = `(?![${EMOJI_SIGNS}])\\p{M}`; // of a letter
const WITHIN_WORDS = "_\\u200c\\u200d\\ua67e\\u05be\\u05f3\\u05f4\\uff5e\\u301c\\u309b\\u309c\\u30a0\\u30fb\\uff65\\u3003\\u0f0b\\u0f0c\\u00b7";
const WORD = `(?![${EMOJI_SIGNS}])[\\p{L}\\p{M}\\p{N}${WITHIN_WORDS}]`;
const INVISIBLE = "\\p{Z}\\p{Cc}\\p{Cf}\\p{M}\\p{Default_Ignorable_Code_Point}\\u2800\\u{1d159}\\u{13441}\\u{13442}";

// Addresses -----------------------------------------------------------------------------------------

const LABEL_MAX = 63; // characters between the dots of a domain (RFC 1035)
const DOMAINS = new Set(TOP_LEVEL_DOMAINS.split(" "));
const LONGEST_DOMAIN = Math.max(...[...DOMAINS].map((name) => name.length));

const BARE_LABEL = `(?:${SPACED}|[_\\-])`;
const BEGINNINGS = new RegExp(
  "(?<http>(?<![A-Za-z0-9@＠$#＃])[Hh][Tt][Tt][Pp][Ss]?://)|(?<other>://)" +
    `|(?<![@＠$#＃./]|${BARE_LABEL})(?<bare>${BARE_LABEL}+(?:\\.${BARE_LABEL}+)*\\.(?:${BARE_LABEL}+|[${SPACELESS}]+))`,
  "gu",
);
const HOST = /[\p{L}\p{M}\p{N}\p{So}\u200d_.\-]*/uy;
const NAME = new RegExp(`^${BARE_LABEL}*`, "u");
const IPV4 = /^[0-9]{1,3}(?:\.[0-9]{1,3}){3}$/;
const PORT = /:[0-9]+/y;
const PATH = new RegExp(`(?:[!*';:=+,.$/%#\\[\\]?~@|&()_\\u2013\\-]|${SPACED})*`, "uy");
const LAST = new RegExp(`[=_#/+)\\-]|${SPACED}`, "u");
const LETTER = /[\p{L}\p{M}]/uy;
const OTHER_URL = /[^\p{Z}\p{Cc}<>"\u3001\u3002\uff0c]*/uy;
const REST = /[\p{L}\p{M}\p{N}!*';:=+,.$/%#\[\]?~@|&()_\u2013\-]*/uy;

// Where a pattern with the flag y ends that begins here; null where it does not.
function endOf(pattern, text, at) {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : null;
}

// {start, end, rest, run, isLink} of each: from end to rest goes on what may belong to it, though no
// link reaches so far; run is where the signs end that a path may have.
function* addresses(text) {
  let last = { end: 0, rest: 0, run: 0 };
  let [found, at] = [null, 0];
  while (((BEGINNINGS.lastIndex = at), (found = BEGINNINGS.exec(text)))) {
    at = found.index + found[0].length;
    const address = addressAt(text, found.index, at, found.groups, last);
    if (!address) continue;
    at = address.end;
    yield (last = address);
  }
}

function addressAt(text, start, after, { http, bare }, last) {
  if (bare) {
    const end = domainEnd(text, start, bare);
    return end === null ? null : withPath(text, start, end, last);
  }
  if (http) {
    const host = text.slice(after, endOf(HOST, text, after));
    const end = domainEnd(text, after, host) ?? ipv4End(after, host);
    if (end !== null) return withPath(text, start, end, last);
  }
  const end = endOf(OTHER_URL, text, after);
  return { start, end, rest: end, run: end, isLink: false };
}

// Where the longest domain ends that a host begins with.
function domainEnd(text, start, host) {
  const labels = host.split(".");
  const ends = [start];
  for (const label of labels) ends.push(ends.at(-1) + label.length + 1);
  let good = labels.findIndex((label) => !isLabel(label)); // so many come before the first that is not one
  if (good < 0) good = labels.length;
  for (let last = labels.length - 1; last > 0; last--) {
    const length = topLevelLength(labels[last]);
    if (!length || good < last || labels[last - 1].includes("_")) continue;
    const end = ends[last] + length;
    return "@＠+_-".includes(text[end] ?? " ") ? null : end;
  }
  return null;
}

const isAscii = (text) => /^[\0-\x7f]*$/.test(text);

function isLabel(label) {
  const { length } = [...label];
  const coded = label.slice(0, 4).toLowerCase() === "xn--";
  return length > 0 && length <= LABEL_MAX && (isAscii(label) || !coded) && !/^[-_]|[-_]$/.test(label);
}

// How long the top-level domain is that a label begins with; 0 for none.
function topLevelLength(label) {
  const name = NAME.exec(label)[0].toLowerCase();
  if (name) return DOMAINS.has(name) || (name.startsWith("xn--") && isLabel(name)) ? name.length : 0;
  for (let length = Math.min(LONGEST_DOMAIN, label.length); length > 0; length--) {
    if (DOMAINS.has(label.slice(0, length))) return length;
  }
  return 0;
}

function ipv4End(start, host) {
  return IPV4.test(host) && host.split(".").every((part) => part < 256) ? start + host.length : null;
}

// What goes on after the address before is not looked through once more.
function withPath(text, start, hostEnd, last) {
  const path = endOf(PORT, text, hostEnd) ?? hostEnd;
  if (!"/?#".includes(text[path] ?? " ")) return { start, end: path, rest: Math.max(path, last.rest), run: last.run, isLink: true };
  const run = path < last.run ? last.run : endOf(PATH, text, path);
  const end = pathEnd(text, path, run);
  let rest = Math.max(end, last.rest);
  if (rest === end && endOf(LETTER, text, run) !== null) rest = endOf(REST, text, end);
  return { start, end, rest, run, isLink: true };
}

// Cuts a path at a bracket that none opened, and off it what ends the sentence instead.
function pathEnd(text, start, runEnd) {
  let [end, opened] = [runEnd, 0];
  for (let at = start; at < end; at++) {
    if (text[at] === "(") opened++;
    else if (text[at] === ")" && --opened < 0) end = at;
  }
  const signs = [...text.slice(start, end)];
  while (signs.length && !LAST.test(signs.at(-1))) end -= signs.pop().length;
  return end;
}

// Hashtags and mentions -------------------------------------------------------------------------------

const NOT_IN_LATIN = `(?<![\\p{Script=Latin}0-9_!#$%&*@＠](?:${MARK})*)`;
const AFTER_RT = "(?<=(?<![\\p{Script=Latin}0-9_+~.\\-])[Rr][Tt])";
const SIGNS = new RegExp(
  `(?<!&|${WORD})[#＃](?<tag>(?:${WORD})+)|(?=[@＠])(?:${NOT_IN_LATIN}|${AFTER_RT})[@＠](?<name>[A-Za-z0-9_]+)`,
  "gu",
);
const NO_TAG = /[#＃]|:\/\//y; // right behind it
const NO_NAME = new RegExp(`[@＠]|://|(?![\\uff21-\\uff5a])\\p{Script=Latin}|${MARK}`, "uy");
const IN_ADDRESS = "/?=&#()[]~.:;,!%+$'|*-"; // before a sign in what goes on after a link
const LOCAL_PART = /(?<=[\p{L}\p{M}\p{N}])(?<![Rr][Tt])/uy; // of an e-mail address in any script
const DOMAIN = /[A-Za-z0-9\-]*(?:\.[A-Za-z0-9\-]+)*?\.[A-Za-z]{2}/y;

// {kind: "link" | "hashtag" | "mention", start, end, value} of each, in their order. `value` is the
// link, the one spelling of the hashtag, or the username in lower case.
export function entities(text) {
  const places = [...addresses(text)];
  const links = places.filter((place) => place.isLink)
    .map(({ start, end }) => ({ kind: "link", start, end, value: text.slice(start, end) }));
  let last = 0;
  return [...links, ...signs(text, places)].sort((a, b) => a.start - b.start)
    .filter(({ start, end }) => start >= last && (last = end));
}

function* signs(text, places) {
  let next = 0;
  for (const { 0: sign, index: start, groups } of text.matchAll(SIGNS)) {
    while (next < places.length && places[next].rest <= start) next++;
    const place = places[next];
    if (place && place.start <= start && (start < place.end || IN_ADDRESS.includes(text[start - 1]))) continue;
    const end = start + sign.length;
    const value = groups.tag ? tagOf(text, groups.tag, end) : nameOf(text, groups.name, start, end);
    if (value) yield { kind: groups.tag ? "hashtag" : "mention", start, end, value };
  }
}

const TAG_MAX = 600; // characters of a tag's one spelling

function tagOf(text, written, end) {
  if (endOf(NO_TAG, text, end) !== null || !/\p{L}/u.test(written)) return null;
  const tag = fold(written);
  return [...tag].length <= TAG_MAX ? tag : null;
}

function nameOf(text, name, start, end) {
  if (name.length < 3 || name.length > 30 || endOf(NO_NAME, text, end) !== null) return null;
  const isMail = endOf(LOCAL_PART, text, start) !== null && endOf(DOMAIN, text, end) !== null;
  return isMail ? null : name.toLowerCase();
}

// The one spelling of a hashtag: NFKC and full case folding, dotted and dotless i as one letter,
// without spaces, and without dots, dashes and joiners at the ends.
export function fold(tag) {
  let folded = tag.replaceAll("\u309b", "\u3099").replaceAll("\u309c", "\u309a").replaceAll("\uff5e", "\u301c");
  for (let time = 0; time < 2; time++) {
    folded = [...folded.normalize("NFKC")].map(foldCase).join("").replaceAll("i\u0307", "i");
  }
  const ends = "[\\u200c\\u200d\\u00b7\\u30a0\\u30fb\\u301c\\u0f0b\\u0f0c\\u05be]+";
  return folded.replaceAll(" ", "").normalize("NFKC").replace(new RegExp(`^${ends}|${ends}$`, "g"), "");
}

// Cherokee folds to capitals. All else: small letters of capitals of small letters, so ẞ becomes ss.
const foldCase = (sign) =>
  /\p{Script=Cherokee}/u.test(sign) ? sign.toUpperCase() : sign.toLowerCase().toUpperCase().toLowerCase();

// Length ------------------------------------------------------------------------------------------------

const SEGMENTER = globalThis.Intl?.Segmenter ? new Intl.Segmenter("und", { granularity: "grapheme" }) : null;

const SIMPLE = "[ -~\u00c0-\u024f\u0400-\u0481\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff]";
const BEFORE_ANOTHER = new RegExp(`${SIMPLE}(?=${SIMPLE})`, "g");

// What a reader takes for one character each: extended grapheme clusters (UAX #29). Segmenting is
// slow, so of simple characters in a row only the last is looked at.
function clusters(text) {
  const rest = text.replace(BEFORE_ANOTHER, "");
  let count = text.length - rest.length;
  for (const _ of SEGMENTER ? SEGMENTER.segment(rest) : rest) count++;
  return count;
}

// The length of a text as the limit of this name (post, message, ...) counts it.
export function textLength(text, limit) {
  if (!LIMITS[limit].counts_links) return clusters(text);
  let [length, last] = [0, 0];
  for (const { kind, start, end } of entities(text)) {
    if (kind !== "link") continue;
    length += clusters(text.slice(last, start)) + LINK_LENGTH;
    last = end;
  }
  return length + clusters(text.slice(last));
}

// How many characters there is room for; below 0 where a text is too long. Where it has too many
// bytes for its few characters, so many bytes.
export function room(text, limit) {
  const left = LIMITS[limit].characters - textLength(text, limit);
  const bytes = LIMITS[limit].bytes - new TextEncoder().encode(text).length;
  return left >= 0 && bytes < 0 ? bytes : left;
}

const VISIBLE = new RegExp(`[^\\s${INVISIBLE}]`, "u");

// Whether there is nothing to see in it: spaces, invisible signs, bare marks.
export const isBlank = (text) => !VISIBLE.test(text);
