-- Posts that quote another, by the quoted author's leave, and the one post that an account has pinned.
--
-- quote_state is NULL for what quotes nothing, as all of before; with it and no quote_of, what was quoted is gone.
-- A row of pinned_posts is an account's, and of a post by that account. Constant defaults: no rewrite. The
-- foreign key of quote_of comes in 0075, once there is the index by which it is looked up.
--
-- Instances of the release before go on: they show a quote without what it quotes, let nobody quote, and delete
-- a quote without counting it down, or with what it quoted: quotes_count of the quoted post is one too high then.
ALTER TABLE posts
    ADD COLUMN quote_of bigint,
    ADD COLUMN quote_state text,
    ADD COLUMN quotes_count integer NOT NULL DEFAULT 0,
    ADD CONSTRAINT posts_quote_state CHECK (quote_state IN ('accepted', 'revoked')) NOT VALID;
ALTER TABLE users
    ADD COLUMN who_may_quote_me text NOT NULL DEFAULT 'everybody',
    ADD CONSTRAINT users_who_may_quote_me
        CHECK (who_may_quote_me IN ('everybody', 'followers', 'nobody')) NOT VALID;

CREATE TABLE pinned_posts (
    user_id    bigint PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    post_id    bigint NOT NULL UNIQUE REFERENCES posts ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- What does not count while its account is suspended: quotes, too.
ALTER TABLE uncounted DROP CONSTRAINT uncounted_kind_check,
    ADD CONSTRAINT uncounted_kind_check
        CHECK (kind IN ('like', 'retweet', 'reply', 'quote', 'following', 'follower')) NOT VALID;

-- The kinds that there are, whichever migrations have added some, and this. NOT VALID spares reading the table.
DO $$
DECLARE
    kinds text;
BEGIN
    SELECT string_agg(quote_literal(kind), ', ' ORDER BY kind) INTO kinds FROM (
        SELECT (regexp_matches(pg_get_constraintdef(oid), '''([a-z._]+)''', 'g'))[1] AS kind
          FROM pg_constraint WHERE conrelid = 'notifications'::regclass AND conname = 'notifications_kind_check'
        UNION SELECT 'quote') all_kinds;
    EXECUTE format('ALTER TABLE notifications DROP CONSTRAINT notifications_kind_check,
                    ADD CONSTRAINT notifications_kind_check CHECK (kind IN (%s)) NOT VALID', kinds);
END $$;
