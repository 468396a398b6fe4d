-- Personal access tokens: each is a session of its own, so that whatever ends sessions ends them, in
-- instances of the release before, too. Those list them among the logins until they are gone.
ALTER TABLE sessions ADD COLUMN is_token boolean NOT NULL DEFAULT false;

CREATE TABLE personal_tokens (
    session_id   bigint PRIMARY KEY REFERENCES sessions ON DELETE CASCADE,
    user_id      bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    hash         bytea NOT NULL UNIQUE,  -- SHA-256 of the token, which itself is kept nowhere
    hint         text NOT NULL,          -- its last characters
    name         text NOT NULL,
    scopes       text[] NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz,            -- NULL: when it is revoked
    last_used_at timestamptz             -- up to an hour behind
) WITH (fillfactor = 80);
CREATE INDEX personal_tokens_user ON personal_tokens (user_id, session_id);
