-- Whose sessions are to be looked up again, as some of them ended, or what they may do has changed. An instance that reads
-- these rows trusts all other sessions that it knows. Triggers write them, so that no statement forgets it, and no instance
-- of the release before.
CREATE TABLE session_changes (
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    user_id bigint NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX session_changes_by_xid ON session_changes (xid);

CREATE FUNCTION session_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO session_changes (user_id) VALUES (OLD.user_id);
    RETURN NULL;
END $$;
CREATE FUNCTION sessions_of_user_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO session_changes (user_id) VALUES (OLD.id);
    RETURN NULL;
END $$;

-- Whoever writes goes first: nobody waits behind this for longer than 0.1 s.
DO $$
DECLARE
    before text := current_setting('lock_timeout');
BEGIN
    PERFORM set_config('lock_timeout', '100ms', true);
    LOOP
        BEGIN
            LOCK TABLE sessions, users IN SHARE ROW EXCLUSIVE MODE;
            EXIT;
        EXCEPTION WHEN lock_not_available THEN
            PERFORM pg_sleep(0.1 * random());
        END;
    END LOOP;
    PERFORM set_config('lock_timeout', before, true);
END $$;

CREATE TRIGGER session_ended AFTER UPDATE OF revoked_at, expires_at ON sessions FOR EACH ROW
    WHEN (NEW.revoked_at IS DISTINCT FROM OLD.revoked_at OR NEW.expires_at < OLD.expires_at)
    EXECUTE FUNCTION session_changed();
CREATE TRIGGER session_deleted AFTER DELETE ON sessions FOR EACH ROW
    WHEN (OLD.revoked_at IS NULL AND OLD.expires_at > now())
    EXECUTE FUNCTION session_changed();
CREATE TRIGGER sessions_changed AFTER UPDATE
    OF is_admin, suspended_at, deleted_at, sessions_ended_up_to, session_kept ON users FOR EACH ROW
    WHEN ((OLD.is_admin, OLD.suspended_at, OLD.deleted_at, OLD.sessions_ended_up_to, OLD.session_kept)
        IS DISTINCT FROM (NEW.is_admin, NEW.suspended_at, NEW.deleted_at, NEW.sessions_ended_up_to, NEW.session_kept))
    EXECUTE FUNCTION sessions_of_user_changed();
