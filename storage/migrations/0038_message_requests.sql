-- Who may write to an account, and conversations that wait among somebody's requests. An account from before
-- takes messages of everybody until it says otherwise, and no conversation of before is a request: constant
-- defaults, no rewrite. Of a request that was declined, left_at is set, too.
--
-- Instances of the release before go on: whoever asks one of them finds requests among the conversations,
-- opens no requests, and cannot write into one that was declined.
ALTER TABLE users
    ADD COLUMN who_may_write_to_me text NOT NULL DEFAULT 'everybody',
    ADD CONSTRAINT users_who_may_write_to_me
        CHECK (who_may_write_to_me IN ('everybody', 'requests', 'followed', 'nobody')) NOT VALID;
ALTER TABLE participants ADD COLUMN is_request boolean NOT NULL DEFAULT false;

-- The kinds that there are, whichever migrations have added some, and these. NOT VALID spares reading the log.
DO $$
DECLARE
    kinds text;
BEGIN
    SELECT string_agg(quote_literal(kind), ', ' ORDER BY kind) INTO kinds FROM (
        SELECT (regexp_matches(pg_get_constraintdef(oid), '''([a-z._]+)''', 'g'))[1] AS kind
          FROM pg_constraint WHERE conrelid = 'events'::regclass AND conname = 'events_kind_check'
        UNION SELECT unnest(ARRAY['message_request.received', 'message_request.ended'])) all_kinds;
    EXECUTE format('ALTER TABLE events DROP CONSTRAINT events_kind_check,
                    ADD CONSTRAINT events_kind_check CHECK (kind IN (%s)) NOT VALID', kinds);
END $$;
