// Words that one has muted: whether a text has one of them, by the rules by which the server searches
// (docs/contract.md, "What a search finds"). The Python library has the same; all are held to test/muted-words.json.

const SIGNS = signs([["`´‘’‛′ʹʻʼʽ՚׳ߴߵꞌ＇", "'"], ["״", '"'], ["־‐‑⁃−﹣－", "-"], ["™℠", " "]]);
const LETTERS = new Map([
  ...SIGNS,
  ...signs([
    ["ł", "l"], ["ø", "o"], ["đðɗɖ", "d"], ["ħ", "h"], ["ıɨ", "i"], ["ĸƙ", "k"], ["ŋɲ", "n"], ["ŧ", "t"], ["ɓ", "b"], ["ƴ", "y"], ["ɛ", "e"],
    ["ɔ", "o"], ["ʉ", "u"], ["æ", "ae"], ["œ", "oe"], ["þ", "th"], ["ґ", "г"], ["ٱ", "ا"], ["ىی", "ي"], ["ک", "ك"], ["ةہە", "ه"],
  ]),
]);
const MARKS =
  "\u0300-\u0305\u0307\u0309-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc" +
  "\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0711\u0730-\u074a\u08ca-\u08e1\u08e3-\u08ff\u093c\u180b-\u180d\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff" +
  "\ufe00-\ufe0f\ufe20-\ufe2f\u{e0100}-\u{e01ef}";
const STRIPPED = new RegExp(`(?<![иу])\u0306|(?<!і)\u0308|[${MARKS}\\p{Cf}\u115f\u1160\u17b4\u17b5\u3164\uffa0]`, "gu");
const DIGIT = /[^\P{Nd}0-9]/gu;
const IS_DIGIT = /\p{Nd}/u;

function signs(rows) {
  return new Map(rows.flatMap(([from, to]) => [...from].map((sign) => [sign, to])));
}

const translated = (text, table) => text.replace(/[^\0-_a-\x7f]/gu, (sign) => table.get(sign) ?? sign);

// Digits of a script stand in a row from its zero on.
function asciiDigit(sign) {
  let place = 0;
  const code = sign.codePointAt(0);
  while (place < 9 && IS_DIGIT.test(String.fromCodePoint(code - place - 1))) place += 1;
  return String(place);
}

// Full case folding, as far as two texts that are one by it come out as one.
const folded = (text) => text.toLowerCase().toUpperCase().toLowerCase().replaceAll("ς", "σ");

/** The folded text: texts that a reader takes for the same have one. */
export function fold(text) {
  const plain = translated(text, SIGNS);
  const stripped = folded(plain.normalize("NFKC")).normalize("NFKD").replace(STRIPPED, "");
  return translated(stripped, LETTERS).replace(DIGIT, asciiDigit).normalize("NFC");
}

const UNSPACED =
  "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u1950-\u19ff\u1a20-\u1aaf\u1b00-\u1b7f\u2e80-\u2fdf\u3005-\u3007\u3021-\u302f\u3031-\u303c" +
  "\u3041-\u309f\u30a1-\u30fa\u30fc-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\ua980-\ua9df\ua9e0-\ua9ff\uaa60-\uaadf\uac00-\ud7ff" +
  "\uf900-\ufaff\u{16fe0}-\u{18dff}\u{1aff0}-\u{1b2ff}\u{20000}-\u{3ffff}";
const PICTURES = "\u231a-\u23ff\u2600-\u27bf\u2b00-\u2bff\u{1f000}-\u{1faff}";
const WORD = "\\p{L}\\p{N}\\p{Mn}\\p{Mc}";
const PIECE = new RegExp(
  `(?<join>(?<=[\\p{L}\\p{N}])['\\-](?=[\\p{L}\\p{N}])|(?<=[\\u05d0-\\u05ea])"(?=[\\u05d0-\\u05ea]))?(?:(?<word>[${WORD}]+)(?<sign>\\+\\+|#(?![\\p{L}\\p{Nl}\\p{No}]))?|(?<picture>[${PICTURES}]))`,
  "gu",
);
const STRETCH = new RegExp(`[${UNSPACED}]+|[^${UNSPACED}]+`, "gu");
const IS_UNSPACED = new RegExp(`^[${UNSPACED}]`, "u");
const WORD_MAX = 500, JOINED_MAX = 4;

// The words of a text, in their order: {text, place, unspaced, joined, exact}. A stretch of n signs that is
// written without spaces has n places.
function words(text) {
  const found = [];
  let place = 1;
  for (const { groups } of fold(text).replaceAll("_", " ").matchAll(PIECE)) {
    if (groups.picture) {
      found.push({ text: groups.picture, place });
      place += 1;
      continue;
    }
    const stretches = groups.word.match(STRETCH);
    for (const stretch of stretches) {
      const signs = [...stretch];
      if (IS_UNSPACED.test(stretch)) {
        found.push({ text: stretch, signs, place, unspaced: true });
        place += signs.length;
        continue;
      }
      const whole = stretches.length === 1;
      const word = signs.slice(0, WORD_MAX).join("");
      found.push({ text: word, place, joined: whole && groups.join !== undefined, exact: whole && groups.sign ? word + groups.sign : null });
      place += 1;
    }
  }
  return found;
}

// Groups of words that signs join are one word, too.
function* groups(cut) {
  let group = [];
  const isOne = () => group.length > 1 && group.length <= JOINED_MAX;
  for (const word of cut) {
    if (word.joined && group.length) {
      group.push(word);
      continue;
    }
    if (isOne()) yield group;
    group = word.unspaced ? [] : [word];
  }
  if (isOne()) yield group;
}

const asOne = (group) => [...group.map(({ text }) => text).join("")].slice(0, WORD_MAX).join("");

// Where in a text its lexemes stand, each with its places.
function places(text) {
  const found = new Map();
  const add = (lexeme, place) => found.set(lexeme, (found.get(lexeme) ?? new Set()).add(place));
  const cut = words(text);
  for (const word of cut) {
    if (!word.unspaced) {
      add(word.text, word.place);
      if (word.exact) add(word.exact, word.place);
    } else word.signs.forEach((sign, at) => add(sign + (word.signs[at + 1] ?? ""), word.place + at));
  }
  for (const group of groups(cut)) add(asOne(group), group[0].place);
  return found;
}

// What a word or phrase asks for: [lexeme, place, whether it is the beginning of one].
function operands(cut) {
  return cut.flatMap(({ text, signs, place, unspaced, exact }) => {
    if (!unspaced) return [[exact ?? text, place, false]];
    if (signs.length === 1) return [[text, place, true]];
    return signs.slice(1).map((sign, at) => [signs[at] + sign, place + at, false]);
  });
}

function matcher(text) {
  const cut = words(text);
  const asked = operands(cut);
  const group = [...groups(cut)].find((one) => one.length === cut.length);
  const single = group && asOne(group);
  return (index) => {
    if (!asked.length) return false;
    if (single && index.has(single)) return true;
    const at = ([lexeme, place, begins]) => {
      if (!begins) return new Set([...(index.get(lexeme) ?? [])].map((found) => found - place));
      return new Set([...index].filter(([one]) => one.startsWith(lexeme)).flatMap(([, found]) => [...found]).map((found) => found - place));
    };
    return asked.map(at).reduce((one, other) => new Set([...one].filter((start) => other.has(start)))).size > 0;
  };
}

/** The words that one has muted, as `muted_word.list` answers them: what is to be done with a post. */
export class MutedWords {
  #words;

  constructor(list = []) {
    this.#words = list.map((word) => ({ ...word, matches: matcher(word.text), until: word.expires_at === null ? Infinity : Date.parse(word.expires_at) }));
  }

  /**
   * The words of mine that a post has, as `{action, words}`; null where it has none, and where it is by `me`.
   * `action` is "hide" where one of them is to be hidden, else "warn". `context`: where it is to be shown.
   */
  filtered(post, context, { me = null, now = Date.now() } = {}) {
    const asked = this.#words.filter(({ contexts, until }) => contexts.includes(context) && until > now);
    if (!asked.length || (me !== null && post.author?.id === me)) return null;
    const texts = [post.content, ...(post.poll?.options ?? []).map(({ title }) => title), ...(post.media ?? []).map(({ alt }) => alt)].filter(Boolean).map(places);
    const found = asked.filter(({ matches, tag }) => (tag ? post.hashtags?.includes(tag) : texts.some(matches)));
    if (!found.length) return null;
    return { action: found.some(({ action }) => action === "hide") ? "hide" : "warn", words: found.map(({ text }) => text) };
  }
}
