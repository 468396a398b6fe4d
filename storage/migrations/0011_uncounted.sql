-- What does not count while its account is suspended (storage/uncounted.py): a row for each like, retweet,
-- reply and follow that was taken out of a counter, until the account is restored. So it costs the
-- large tables nothing, and is small. A trigger queues the work, so that no writer can forget it:
-- an older instance, a person at psql.
CREATE TABLE uncounted (
    kind    text NOT NULL CHECK (kind IN ('like', 'retweet', 'reply', 'following', 'follower')),
    id      bigint NOT NULL,  -- of the row of likes, feed_entries, posts or follows
    user_id bigint NOT NULL,  -- who is suspended
    PRIMARY KEY (kind, id)
);
CREATE INDEX uncounted_user ON uncounted (user_id, kind, id);

-- Twice, as what the account was writing when it was suspended commits a moment later.
CREATE FUNCTION queue_recount() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO jobs (kind, payload, run_at)
    SELECT 'account.recount', json_build_object('user_id', NEW.id), now() + delay
      FROM unnest(ARRAY[interval '0 s', interval '5 s']) AS delays (delay);
    PERFORM pg_notify('jobs', '');
    RETURN NULL;
END $$;
CREATE TRIGGER recount AFTER UPDATE OF suspended_at ON users FOR EACH ROW
    WHEN ((OLD.suspended_at IS NULL) <> (NEW.suspended_at IS NULL))
    EXECUTE FUNCTION queue_recount();

INSERT INTO jobs (kind, payload)
SELECT 'account.recount', json_build_object('user_id', id) FROM users
 WHERE suspended_at IS NOT NULL AND deleted_at IS NULL;
