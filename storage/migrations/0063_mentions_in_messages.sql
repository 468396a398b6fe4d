-- outside a transaction
-- Notifications of mentions in messages: of the kind 'message_mention', with a message in place of a post. Each is there
-- once, by a constraint of the name that statements of every release use. Writers go on meanwhile.
--
-- Instances of the release before go on: they make no such notification, and tell of it by its kind alone. A worker of
-- theirs cannot mail a digest that has one, and leaves it to be tried again.
ALTER TABLE notifications ADD COLUMN IF NOT EXISTS message_id bigint;
DROP INDEX CONCURRENTLY IF EXISTS notifications_once_each;
CREATE UNIQUE INDEX CONCURRENTLY notifications_once_each
    ON notifications (user_id, actor_id, kind, post_id, message_id) NULLS NOT DISTINCT;
DROP INDEX CONCURRENTLY IF EXISTS notifications_message;
CREATE INDEX CONCURRENTLY notifications_message ON notifications (message_id) WHERE message_id IS NOT NULL;
ALTER TABLE notifications
    DROP CONSTRAINT IF EXISTS notifications_once,
    ADD CONSTRAINT notifications_once UNIQUE USING INDEX notifications_once_each,
    DROP CONSTRAINT IF EXISTS notifications_kind_check,
    ADD CONSTRAINT notifications_kind_check
        CHECK (kind IN ('like', 'follow', 'retweet', 'reply', 'mention', 'message_mention')) NOT VALID,
    DROP CONSTRAINT IF EXISTS notifications_check,
    DROP CONSTRAINT IF EXISTS notifications_about,
    ADD CONSTRAINT notifications_about CHECK (
        (kind IN ('follow', 'message_mention')) = (post_id IS NULL)
        AND (kind = 'message_mention') = (message_id IS NOT NULL)) NOT VALID,
    DROP CONSTRAINT IF EXISTS notifications_message_id_fkey,
    ADD CONSTRAINT notifications_message_id_fkey
        FOREIGN KEY (message_id) REFERENCES messages ON DELETE CASCADE NOT VALID;
