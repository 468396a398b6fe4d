-- PostgreSQL reads the text of a CHECK anew for each statement that writes to its table, also where it changes no column
-- of it: of what a message costs that was the largest part. What each message writes keeps those of its bounds; the rest
-- is looked at by triggers when it changes. They run afterwards: a trigger BEFORE UPDATE has each row that any UPDATE
-- changes locked once more, whatever its columns. Nothing here reads a table; each lock is held for the change of a
-- catalogue.
--
-- Instances of the release before go on as they are. Some lock these tables in another order: who waits for them here gives
-- way and begins anew, before PostgreSQL takes the two for a deadlock and ends a statement of theirs.
DO $$
DECLARE
    before text := current_setting('lock_timeout');
BEGIN
    PERFORM set_config('lock_timeout', '100ms', true);
    LOOP
        BEGIN
            LOCK TABLE participants, user_seq, conversations, messages, events IN ACCESS EXCLUSIVE MODE;
            EXIT;
        EXCEPTION WHEN lock_not_available THEN
            PERFORM pg_sleep(0.1 * random());
        END;
    END LOOP;
    PERFORM set_config('lock_timeout', before, true);
END $$;

-- The kinds that there are, whichever migrations have added some, as a type: the text of the check is short, and looking
-- for a value is one look into a cache. A new kind is ALTER TYPE event_kind ADD VALUE.
DO $$
DECLARE
    kinds text;
BEGIN
    SELECT string_agg(quote_literal(kind), ', ' ORDER BY kind) INTO kinds FROM (
        SELECT (regexp_matches(pg_get_constraintdef(oid), '''([a-z._]+)''', 'g'))[1] AS kind
          FROM pg_constraint WHERE conrelid = 'events'::regclass AND conname = 'events_kind_check') AS known;
    EXECUTE format('CREATE TYPE event_kind AS ENUM (%s)', kinds);
END $$;
ALTER TABLE events
    DROP CONSTRAINT events_kind_check,
    ADD CONSTRAINT events_kind CHECK (kind::event_kind IS NOT NULL) NOT VALID;

-- A message's client_id is the key of its sender, which has the same bound.
ALTER TABLE messages DROP CONSTRAINT messages_client_id_check, DROP CONSTRAINT messages_check1;
CREATE FUNCTION nothing_left_of_message() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE check_violation USING MESSAGE = 'a message that was taken back has content',
        TABLE = TG_TABLE_NAME, CONSTRAINT = 'messages_check1';
END $$;
CREATE TRIGGER messages_check1 AFTER UPDATE OF content, deleted_at ON messages FOR EACH ROW
    WHEN (NEW.deleted_at IS NOT NULL AND NEW.content <> '') EXECUTE FUNCTION nothing_left_of_message();

ALTER TABLE participants DROP CONSTRAINT participants_role;
CREATE FUNCTION participant_is_sound() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.role IN ('owner', 'admin', 'member')) IS FALSE THEN
        RAISE check_violation USING MESSAGE = 'no such role', TABLE = TG_TABLE_NAME, CONSTRAINT = 'participants_role';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER participants_role AFTER INSERT OR UPDATE OF role ON participants FOR EACH ROW
    EXECUTE FUNCTION participant_is_sound();

-- Whoever leaves comes back as a member.
DROP TRIGGER leave_role ON participants;
CREATE OR REPLACE FUNCTION leave_role() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE participants SET role = 'member' WHERE conversation_id = NEW.conversation_id AND user_id = NEW.user_id;
    RETURN NULL;
END $$;
CREATE TRIGGER leave_role AFTER UPDATE OF left_at ON participants FOR EACH ROW
    WHEN (NEW.left_at IS NOT NULL AND NEW.role <> 'member') EXECUTE FUNCTION leave_role();

-- It was for instances of before 0016.
DROP TRIGGER unread_not_below_zero ON user_seq;
DROP FUNCTION unread_not_below_zero();

ALTER TABLE conversations
    DROP CONSTRAINT conversations_check,
    DROP CONSTRAINT conversations_check1,
    DROP CONSTRAINT conversations_kind_check,
    DROP CONSTRAINT conversations_title_bytes,
    DROP CONSTRAINT conversations_who_may_add,
    DROP CONSTRAINT conversations_who_may_pin,
    DROP CONSTRAINT conversations_who_may_rename;
CREATE FUNCTION conversation_is_sound() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.kind IN ('direct', 'group')
        AND (NEW.kind = 'direct') = (NEW.direct_key IS NOT NULL)
        AND (NEW.kind = 'group' OR NEW.title IS NULL)
        AND (NEW.title IS NULL OR octet_length(NEW.title) BETWEEN 1 AND 4096)
        AND NEW.who_may_add IN ('members', 'admins')
        AND NEW.who_may_pin IN ('members', 'admins')
        AND NEW.who_may_rename IN ('members', 'admins')) IS FALSE THEN
        RAISE check_violation USING MESSAGE = 'no such conversation can be',
            TABLE = TG_TABLE_NAME, CONSTRAINT = 'conversations_check';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER conversations_check
    AFTER INSERT OR UPDATE OF kind, direct_key, title, who_may_add, who_may_pin, who_may_rename
    ON conversations FOR EACH ROW EXECUTE FUNCTION conversation_is_sound();

-- Who sends is looked for among the participants by the statement that sends. Their rows go only with their
-- conversation or account, and take the messages along as the reference did.
ALTER TABLE messages DROP CONSTRAINT messages_sender;
CREATE FUNCTION participant_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM messages WHERE conversation_id = OLD.conversation_id AND sender_id = OLD.user_id;
    RETURN NULL;
END $$;
CREATE TRIGGER participants_gone AFTER DELETE ON participants FOR EACH ROW EXECUTE FUNCTION participant_gone();

-- Has events of people with Web Push sent a moment after the commit; true.
CREATE FUNCTION push_later(events json, after interval) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO jobs (kind, payload, run_at)
    VALUES ('push.spread', json_build_object('events', events), now() + after);
    PERFORM pg_notify('jobs', '');
    RETURN true;
END $$;
