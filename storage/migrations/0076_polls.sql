-- Polls: a post has one, or none, as its flag says (a constant default, no rewrite). What a voter chose is one row.
-- Counts are spread over some rows a poll (shards, by the voter), so that thousands who vote at once do not wait
-- for one another at a single one; each is the sum of the votes of its voters who are not suspended.
--
-- Instances of the release before show such a post without its poll. An account that one of their workers erases
-- while both run keeps its votes.
ALTER TABLE posts ADD COLUMN has_poll boolean NOT NULL DEFAULT false;

CREATE TABLE polls (
    post_id     bigint PRIMARY KEY REFERENCES posts ON DELETE CASCADE,
    options     text[] NOT NULL CHECK (cardinality(options) BETWEEN 2 AND 4),
    multiple    boolean NOT NULL,
    hide_totals boolean NOT NULL,
    ends_at     timestamptz NOT NULL,
    told_up_to  bigint  -- after the end: up to which voter all have been told; NULL before the author has
);

CREATE TABLE poll_votes (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id    bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    post_id    bigint NOT NULL REFERENCES polls ON DELETE CASCADE,
    choices    smallint[] NOT NULL CHECK (cardinality(choices) BETWEEN 1 AND 4),  -- from 0 on, ascending
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (user_id, post_id)
);
CREATE INDEX poll_votes_post ON poll_votes (post_id, user_id);

CREATE TABLE poll_tallies (
    post_id bigint NOT NULL REFERENCES polls ON DELETE CASCADE,
    shard   smallint NOT NULL,
    voters  integer NOT NULL CHECK (voters >= 0),
    votes_0 integer NOT NULL CHECK (votes_0 >= 0),
    votes_1 integer NOT NULL CHECK (votes_1 >= 0),
    votes_2 integer NOT NULL CHECK (votes_2 >= 0),
    votes_3 integer NOT NULL CHECK (votes_3 >= 0),
    PRIMARY KEY (post_id, shard)
);

-- The kinds that there are, whichever migrations have added some, and these. NOT VALID spares reading the tables.
DO $$
DECLARE
    of_table text;
    added text;
    kinds text;
BEGIN
    FOR of_table, added IN
        SELECT * FROM (VALUES ('notifications', 'poll'), ('uncounted', 'vote')) AS added_kinds LOOP
        SELECT string_agg(quote_literal(kind), ', ' ORDER BY kind) INTO kinds FROM (
            SELECT (regexp_matches(pg_get_constraintdef(oid), '''([a-z._]+)''', 'g'))[1] AS kind
              FROM pg_constraint
             WHERE conrelid = of_table::regclass AND conname = of_table || '_kind_check'
            UNION SELECT added) all_kinds;
        EXECUTE format('ALTER TABLE %I DROP CONSTRAINT %I, ADD CONSTRAINT %I CHECK (kind IN (%s)) NOT VALID',
                       of_table, of_table || '_kind_check', of_table || '_kind_check', kinds);
    END LOOP;
END $$;

-- That a poll has ended is told its author, too, whom nobody else has caused to be told.
ALTER TABLE notifications DROP CONSTRAINT notifications_check1,
    ADD CONSTRAINT notifications_check1 CHECK (user_id <> actor_id OR kind = 'poll') NOT VALID;
