import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { MutedWords } from "../src/muted-words.js";

const CASES = JSON.parse(readFileSync(new URL("muted-words.json", import.meta.url)));
const muted = (text, more) => ({ id: 1, text, tag: null, contexts: ["feed"], action: "warn", expires_at: null, ...more });

for (const { word, text, matches } of CASES) {
  test(`${word} ${matches ? "is" : "is not"} in ${text}`, () => {
    assert.equal(new MutedWords([muted(word)]).filtered({ content: text }, "feed") !== null, matches);
  });
}

test("what is to be done is said by the words that hold there and now", () => {
  const words = new MutedWords([muted("end"), muted("plot", { action: "hide", contexts: ["feed", "public"] }), muted("old", { expires_at: "2026-01-01T00:00:00Z" })]);
  const post = { content: "The plot, the end", author: { id: 7 } };
  assert.deepEqual(words.filtered(post, "feed"), { action: "hide", words: ["end", "plot"] });
  assert.deepEqual(words.filtered(post, "public"), { action: "hide", words: ["plot"] });
  assert.equal(words.filtered(post, "threads"), null);
  assert.equal(words.filtered(post, "feed", { me: 7 }), null);
  const old = { content: "old" };
  assert.equal(words.filtered(old, "feed", { now: Date.parse("2026-01-01T00:00:01Z") }), null);
  assert.deepEqual(words.filtered(old, "feed", { now: Date.parse("2025-12-31T00:00:00Z") }), { action: "warn", words: ["old"] });
});

test("a hashtag is looked for among hashtags, a word in pictures and polls, too", () => {
  const words = new MutedWords([muted("#GoT", { tag: "got" }), muted("cat")]);
  assert.equal(words.filtered({ content: "got it", hashtags: [] }, "feed"), null);
  assert.deepEqual(words.filtered({ content: "so #got", hashtags: ["got"] }, "feed").words, ["#GoT"]);
  assert.deepEqual(words.filtered({ content: "", media: [{ alt: "a cat" }] }, "feed").words, ["cat"]);
  assert.deepEqual(words.filtered({ content: "?", poll: { options: [{ title: "Cat" }, { title: "dog" }] } }, "feed").words, ["cat"]);
});
