-- What else than a password a login takes: a code out of a program of the user's (RFC 6238). It is
-- asked for once confirmed_at says that the program makes the right ones.
CREATE TABLE second_factors (
    user_id      bigint PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    secret       bytea NOT NULL,
    confirmed_at timestamptz,
    last_step    bigint NOT NULL DEFAULT 0  -- of the code that was used last: none is good twice
);

-- Codes for who has lost that program, each good once: of each the SHA-256 alone.
CREATE TABLE recovery_codes (
    user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    hash    bytea NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (user_id, hash)
);
