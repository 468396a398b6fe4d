-- What one user has piled up is no longer changed row by row while somebody waits for the answer.
--
-- On a big database this takes milliseconds: no table is read or rewritten, and each lock is held
-- for the change of a catalogue only.

-- All notifications up to this id have been read, whatever read_at says: marking 100,000 of them is
-- one row. A job sets read_at afterwards, for instances of the release before, which know nothing of
-- this column; should one of them count rows down meanwhile that are read by it, the job's last
-- portion counts anew.
ALTER TABLE user_seq ADD COLUMN notifications_read_up_to bigint NOT NULL DEFAULT 0;

-- Nobody: whose posts are those that were deleted, while a job deletes what hangs on them. Such an
-- account is shown to nobody by any release.
INSERT INTO users (id, username, email, password_hash, display_name, digest_mails, suspended_at, deleted_at)
OVERRIDING SYSTEM VALUE
VALUES (0, 'deleted_0', 'deleted_0@invalid', '', 'Deleted user', false, now(), now());

-- A deleted account's posts leave kept first pages of feeds as a suspended one's do.
CREATE TRIGGER feeds_changed_by_deactivation AFTER UPDATE OF deleted_at ON users
    FOR EACH STATEMENT EXECUTE FUNCTION all_feeds_changed();

-- NOT VALID spares reading the log.
ALTER TABLE events DROP CONSTRAINT events_kind_check, ADD CONSTRAINT events_kind_check
    CHECK (kind IN (
        'message.created', 'message.updated', 'message.deleted',
        'conversation.created', 'conversation.updated', 'conversation.read',
        'notification.created', 'notification.read', 'notification.deleted',
        'relationship.changed')) NOT VALID;
