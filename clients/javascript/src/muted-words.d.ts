import type { MutedWord, Post } from "./api.js";

/** The words that one has muted, as `muted_word.list` answers them: what is to be done with a post. */
export class MutedWords {
  constructor(list?: MutedWord[]);
  /** The words that a post has, and "hide" where one of them is to be hidden; null where it has none, and where it is by `me`. */
  filtered(post: Post, context: MutedWord["contexts"][number], options?: { me?: number | null; now?: number }): { action: MutedWord["action"]; words: string[] } | null;
}
