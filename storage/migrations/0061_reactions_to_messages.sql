-- Reactions to messages. Whether a message has any stands in its row, so that reading others costs nothing; it may be
-- true where the last one has just gone. An emoji has one spelling (handlers/text/emoji.py).
--
-- Instances of the release before go on: they show no reactions, and those to a message that one of them takes back
-- are shown to nobody. Clients there learn of reactions when they read the messages again.
ALTER TABLE messages ADD COLUMN has_reactions boolean NOT NULL DEFAULT false;

CREATE TABLE message_reactions (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    message_id bigint NOT NULL REFERENCES messages ON DELETE CASCADE,
    user_id    bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    emoji      text NOT NULL CHECK (octet_length(emoji) BETWEEN 1 AND 64),
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (message_id, emoji, user_id)
);
CREATE INDEX message_reactions_user ON message_reactions (user_id, id);

-- Messages whose reactions have changed, which the participants are still to be told: within a second, as one event.
CREATE TABLE reactions_to_tell (
    message_id bigint PRIMARY KEY REFERENCES messages ON DELETE CASCADE,
    since      timestamptz NOT NULL DEFAULT now()
);

-- The kinds that there are, whichever migrations have added some, and this. NOT VALID spares reading the log.
DO $$
DECLARE
    kinds text;
BEGIN
    SELECT string_agg(quote_literal(kind), ', ' ORDER BY kind) INTO kinds FROM (
        SELECT (regexp_matches(pg_get_constraintdef(oid), '''([a-z._]+)''', 'g'))[1] AS kind
          FROM pg_constraint WHERE conrelid = 'events'::regclass AND conname = 'events_kind_check'
        UNION SELECT unnest(ARRAY['message.reactions'])) all_kinds;
    EXECUTE format('ALTER TABLE events DROP CONSTRAINT events_kind_check,
                    ADD CONSTRAINT events_kind_check CHECK (kind IN (%s)) NOT VALID', kinds);
END $$;
