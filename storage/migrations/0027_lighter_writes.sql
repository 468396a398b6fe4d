-- What each write cost and nothing read. Nothing here reads a table; each lock is held for the
-- change of a catalogue. Instances of the release before go on as they are.

-- The log is trimmed by the blocks that it has on disk (storage/events/log.py).
DROP INDEX IF EXISTS events_at;

-- Who sends is or was in the conversation: one reference instead of two, and it says more. Rows of
-- participants are never deleted but with their conversation or user, as messages are. NOT VALID
-- spares reading what is there, which was written by those who are in it.
ALTER TABLE messages
    DROP CONSTRAINT messages_conversation_id_fkey,
    DROP CONSTRAINT messages_sender_id_fkey,
    ADD CONSTRAINT messages_sender FOREIGN KEY (conversation_id, sender_id)
        REFERENCES participants (conversation_id, user_id) ON DELETE CASCADE NOT VALID;

-- These rows live for a day, and an account's are purged with it.
ALTER TABLE idempotency_keys DROP CONSTRAINT idempotency_keys_user_id_fkey;

-- The statement was put together, parsed and planned at each call (0003): each table has its own
-- now, whose plan is kept. It does the same, whatever its arguments.
CREATE OR REPLACE FUNCTION feeds_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'follows' THEN
        INSERT INTO feed_versions (user_id, version)
        SELECT DISTINCT follower_id, 1 FROM changed ORDER BY follower_id
        ON CONFLICT (user_id) DO UPDATE SET version = feed_versions.version + 1;
    ELSIF TG_TABLE_NAME = 'blocks' THEN
        INSERT INTO feed_versions (user_id, version)
        SELECT id, 1 FROM (SELECT blocker_id AS id FROM changed
                           UNION SELECT blocked_id FROM changed) readers ORDER BY id
        ON CONFLICT (user_id) DO UPDATE SET version = feed_versions.version + 1;
    ELSE
        INSERT INTO feed_versions (user_id, version)
        SELECT DISTINCT muter_id, 1 FROM changed ORDER BY muter_id
        ON CONFLICT (user_id) DO UPDATE SET version = feed_versions.version + 1;
    END IF;
    RETURN NULL;
END $$;
