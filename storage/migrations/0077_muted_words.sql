-- Words that a user has muted. The flag says of whom there are any, so that nobody else's are looked for; a
-- constant default, no rewrite.
--
-- Instances of the release before go on: they do not know these words, so they notify of what has them.
ALTER TABLE user_seq ADD COLUMN has_muted_words boolean NOT NULL DEFAULT false;

CREATE TABLE muted_words (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id    bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    text       text NOT NULL,
    tag        text,  -- the one spelling of a hashtag, where it is one
    contexts   text[] NOT NULL CHECK (cardinality(contexts) BETWEEN 1 AND 4),
    action     text NOT NULL CHECK (action IN ('warn', 'hide')),
    expires_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (user_id, text)
);

-- The kinds that there are, whichever migrations have added some, and this. NOT VALID spares reading the log.
DO $$
DECLARE
    kinds text;
BEGIN
    SELECT string_agg(quote_literal(kind), ', ' ORDER BY kind) INTO kinds FROM (
        SELECT (regexp_matches(pg_get_constraintdef(oid), '''([a-z._]+)''', 'g'))[1] AS kind
          FROM pg_constraint WHERE conrelid = 'events'::regclass AND conname = 'events_kind_check'
        UNION SELECT 'muted_word.changed') all_kinds;
    EXECUTE format('ALTER TABLE events DROP CONSTRAINT events_kind_check,
                    ADD CONSTRAINT events_kind_check CHECK (kind IN (%s)) NOT VALID', kinds);
END $$;
