-- Usernames that accounts gave up, which nobody is given for a while (storage/accounts/usernames.py).
-- Of each a hash alone; a name that was given up again is kept back anew.
CREATE TABLE freed_usernames (
    hash     bytea PRIMARY KEY,                  -- SHA-256 of the name in lower case
    freed_at timestamptz NOT NULL DEFAULT now()
);

-- Addresses used to be stored as they were typed, and have one form now. A job rewrites them, a row
-- at a time, while everything goes on (storage/accounts/old_addresses.py); an hour from now, as
-- instances of the release before find addresses as they stand only. Whether there is anything for
-- it to do is found by reading users once, without locks: 0.05 s for 100,000, in memory.
INSERT INTO jobs (kind, run_at)
SELECT 'account.addresses', now() + interval '1 hour'
 WHERE EXISTS (SELECT FROM users WHERE octet_length(email) <> length(email));
