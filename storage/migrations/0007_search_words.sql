-- Search by words that the program cuts and folds (storage/search_index/), so that text and query are
-- read alike, whatever the database's locale: of posts, of the names of users, of hashtags.
--
-- A row says what the index has of a post, a user, a hashtag. Writers that know of it write it
-- themselves; for others (an instance of the release before, a person at psql) triggers do, as well as
-- SQL can, and keep the text in `pending` until the program has read it (every minute). posts.search
-- and the indexes on lower(...) stay for the release before; a later migration drops them.
--
-- On 4 million posts this takes no longer than on none: their words come in portions, in the
-- background (the last statement says which are still to come), and until then they are found by
-- posts.search. Names and hashtags are copied: measured, 4 s for 100,000 users on a busy machine, who
-- can go on writing meanwhile, but for the last statements.

CREATE TABLE post_words (
    post_id   bigint PRIMARY KEY REFERENCES posts ON DELETE CASCADE,
    author_id bigint NOT NULL,  -- of the post, so that who may see it is known without it
    words     tsvector NOT NULL,
    pending   text
);
-- Without a list of what is pending: merging it takes a writer seconds, now and then.
CREATE INDEX post_words_words ON post_words USING gin (words) WITH (fastupdate = off);
CREATE INDEX post_words_pending ON post_words (post_id) WHERE pending IS NOT NULL;

-- Folded, and spelled in ASCII: pg_trgm drops other letters under some locales.
CREATE TABLE user_names (
    user_id      bigint PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    username     text NOT NULL,
    display_name text NOT NULL,
    pending      text
);
CREATE TABLE hashtag_names (
    hashtag_id bigint PRIMARY KEY REFERENCES hashtags ON DELETE CASCADE,
    name       text NOT NULL,
    pending    text
);

-- What is all ASCII has its spelling with lower(...) alone.
INSERT INTO user_names
SELECT id, lower(username COLLATE "C"), lower(display_name COLLATE "C"),
       CASE WHEN octet_length(display_name) > length(display_name) THEN display_name END
  FROM users;
INSERT INTO hashtag_names
SELECT id, lower(tag COLLATE "C"), CASE WHEN octet_length(tag) > length(tag) THEN tag END
  FROM hashtags;

CREATE INDEX user_names_username ON user_names USING gin (username gin_trgm_ops);
CREATE INDEX user_names_display_name ON user_names USING gin (display_name gin_trgm_ops);
CREATE INDEX user_names_pending ON user_names (user_id) WHERE pending IS NOT NULL;
CREATE INDEX hashtag_names_name ON hashtag_names USING gin (name gin_trgm_ops);
CREATE INDEX hashtag_names_pending ON hashtag_names (hashtag_id) WHERE pending IS NOT NULL;

CREATE FUNCTION user_names_of_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO user_names VALUES (
        NEW.id, lower(NEW.username COLLATE "C"), lower(NEW.display_name COLLATE "C"),
        CASE WHEN octet_length(NEW.display_name) > length(NEW.display_name) THEN NEW.display_name END)
    ON CONFLICT (user_id) DO UPDATE SET username = excluded.username,
           display_name = excluded.display_name, pending = excluded.pending;
    RETURN NULL;
END $$;
CREATE FUNCTION hashtag_names_of_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO hashtag_names VALUES (
        NEW.id, lower(NEW.tag COLLATE "C"),
        CASE WHEN octet_length(NEW.tag) > length(NEW.tag) THEN NEW.tag END)
    ON CONFLICT (hashtag_id) DO UPDATE SET name = excluded.name, pending = excluded.pending;
    RETURN NULL;
END $$;
CREATE FUNCTION post_words_of_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO post_words VALUES (NEW.id, NEW.author_id, NEW.search, NEW.content)
    ON CONFLICT (post_id) DO UPDATE SET words = excluded.words, pending = excluded.pending;
    RETURN NULL;
END $$;

-- From here on users, hashtags and posts are locked against writers, until the commit.
CREATE TRIGGER names AFTER INSERT OR UPDATE OF username, display_name ON users
    FOR EACH ROW EXECUTE FUNCTION user_names_of_row();
CREATE TRIGGER names AFTER INSERT OR UPDATE OF tag ON hashtags
    FOR EACH ROW EXECUTE FUNCTION hashtag_names_of_row();
-- A connection that says so writes the words itself (storage/database/pool.py).
CREATE TRIGGER words AFTER INSERT OR UPDATE OF content ON posts FOR EACH ROW
    WHEN (coalesce(current_setting('mini_twitter.writes_words', true), '') <> 'on')
    EXECUTE FUNCTION post_words_of_row();

-- Who came, or changed, while the others were copied.
INSERT INTO user_names
SELECT id, lower(username COLLATE "C"), lower(display_name COLLATE "C"), display_name
  FROM users u
 WHERE NOT EXISTS (
       SELECT FROM user_names n WHERE n.user_id = u.id AND n.username = lower(u.username COLLATE "C")
          AND n.display_name = lower(u.display_name COLLATE "C"))
ON CONFLICT (user_id) DO UPDATE SET username = excluded.username,
       display_name = excluded.display_name, pending = excluded.pending;
INSERT INTO hashtag_names
SELECT id, lower(tag COLLATE "C"), tag FROM hashtags h
 WHERE NOT EXISTS (SELECT FROM hashtag_names n WHERE n.hashtag_id = h.id);

-- Posts below this id, and without a row in post_words, are to be read; they are, from the newest on.
CREATE TABLE search_backfill (
    posts_below bigint NOT NULL
);
INSERT INTO search_backfill SELECT coalesce(max(id) + 1, 0) FROM posts;
