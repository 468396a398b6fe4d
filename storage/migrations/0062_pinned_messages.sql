-- Messages that are pinned in their conversation, and who of a group may pin: a constant default, no rewrite. Whether a
-- conversation has any stands in its row; it may be true where the last one has just gone.
--
-- Instances of the release before go on: they show no pins, and what one of them takes back is shown as pinned nowhere.
ALTER TABLE conversations
    ADD COLUMN has_pins boolean NOT NULL DEFAULT false,
    ADD COLUMN who_may_pin text NOT NULL DEFAULT 'members',
    ADD CONSTRAINT conversations_who_may_pin CHECK (who_may_pin IN ('members', 'admins')) NOT VALID;

CREATE TABLE message_pins (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    conversation_id bigint NOT NULL REFERENCES conversations ON DELETE CASCADE,
    message_id      bigint NOT NULL UNIQUE REFERENCES messages ON DELETE CASCADE,
    user_id         bigint REFERENCES users ON DELETE SET NULL,     -- who has pinned it; NULL: the account is gone
    created_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX message_pins_conversation ON message_pins (conversation_id, id);
CREATE INDEX message_pins_user ON message_pins (user_id) WHERE user_id IS NOT NULL;

-- The kinds that there are, whichever migrations have added some, and these. NOT VALID spares reading the log.
DO $$
DECLARE
    kinds text;
BEGIN
    SELECT string_agg(quote_literal(kind), ', ' ORDER BY kind) INTO kinds FROM (
        SELECT (regexp_matches(pg_get_constraintdef(oid), '''([a-z._]+)''', 'g'))[1] AS kind
          FROM pg_constraint WHERE conrelid = 'events'::regclass AND conname = 'events_kind_check'
        UNION SELECT unnest(ARRAY['message.pinned', 'message.unpinned'])) all_kinds;
    EXECUTE format('ALTER TABLE events DROP CONSTRAINT events_kind_check,
                    ADD CONSTRAINT events_kind_check CHECK (kind IN (%s)) NOT VALID', kinds);
END $$;
