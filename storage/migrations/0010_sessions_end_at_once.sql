-- All sessions of a user but one end by one row: those with an id up to sessions_ended_up_to are over,
-- except session_kept (0: none). A job sets their revoked_at afterwards; those used last have it at
-- once, for instances of the release before. Two new columns with a constant default: no rewrite.
ALTER TABLE users
    ADD COLUMN sessions_ended_up_to bigint NOT NULL DEFAULT 0,
    ADD COLUMN session_kept bigint NOT NULL DEFAULT 0;

-- For what reads or deletes the sessions of a user that are over, too. Logins wait while it is built:
-- about half a second for each million of sessions.
CREATE INDEX sessions_of_user ON sessions (user_id, id);
