-- Search in one's messages: their words, cut and folded by the program as those of posts are (0007).
--
-- Sending writes none of it: the job that runs every minute reads what is new, in portions, and what
-- was there before, the newest first. What it has not come to yet a search reads itself, where it is
-- new. Whoever edits a message or takes it back, also an instance of the release before, has a
-- trigger note that.
CREATE TABLE message_words (
    message_id      bigint PRIMARY KEY REFERENCES messages ON DELETE CASCADE,
    conversation_id bigint NOT NULL,
    sender_id       bigint NOT NULL,
    words           tsvector NOT NULL,
    pending         boolean NOT NULL DEFAULT false
);
-- Words; where they were said and by whom; when, by the spans of ids that a message is in (0018).
CREATE INDEX message_words_found ON message_words USING gin (
    words,
    (ARRAY[conversation_id << 1, sender_id << 1 | 1]),
    (ARRAY[message_id >> 9 << 2, message_id >> 15 << 2 | 1, message_id >> 21 << 2 | 2])
) WITH (fastupdate = off);
CREATE INDEX message_words_pending ON message_words (message_id) WHERE pending;

CREATE FUNCTION message_words_of_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.deleted_at IS NOT NULL THEN
        DELETE FROM message_words WHERE message_id = NEW.id;
    ELSIF NEW.content IS DISTINCT FROM OLD.content THEN
        UPDATE message_words SET words = '', pending = true WHERE message_id = NEW.id;
    END IF;
    RETURN NULL;
END $$;
-- From here on messages are locked against writers, until the commit: nobody is writing one.
CREATE TRIGGER words AFTER UPDATE OF content, deleted_at ON messages
    FOR EACH ROW EXECUTE FUNCTION message_words_of_row();

-- Read are all messages above old_to and up to new_to. Up to mark_id all are committed, or never will
-- be, once no transaction is open that is older than mark_xid.
CREATE TABLE message_index (
    old_to   bigint NOT NULL,
    new_to   bigint NOT NULL,
    mark_id  bigint NOT NULL,
    mark_xid bigint NOT NULL
);
INSERT INTO message_index SELECT last, last, last, 0 FROM (
    SELECT coalesce(max(id), 0) AS last FROM messages) AS m;
