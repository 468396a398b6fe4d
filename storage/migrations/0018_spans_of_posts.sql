-- outside a transaction
-- The words of posts together with where in time a post is: the span of 512, 32,768 and 2,097,152
-- ids that it is in. So the posts of some spans that have some words are found without those of
-- others, and a search looks from the newest back until it has enough (storage/search_index/matching.py).
-- It serves what the index of words alone did, too, also for the release before.
--
-- Writers go on meanwhile: measured, 100 s for a million posts on a busy machine.
DROP INDEX CONCURRENTLY IF EXISTS post_words_spans;
CREATE INDEX CONCURRENTLY post_words_spans ON post_words USING gin (
    words, (ARRAY[post_id >> 9 << 2, post_id >> 15 << 2 | 1, post_id >> 21 << 2 | 2])
) WITH (fastupdate = off);
DROP INDEX CONCURRENTLY IF EXISTS post_words_words;
