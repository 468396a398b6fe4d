-- What a first page of a feed that was kept is checked against (storage/feed_front.py): a number
-- that grows with every change of whom a user follows, blocks, mutes or is blocked by. That of
-- user 0, who is nobody, grows whenever an account is suspended or restored.
--
-- By triggers, so that no writer can forget it: an older instance, a cascade, a person at psql.
CREATE TABLE feed_versions (
    user_id bigint PRIMARY KEY,
    version bigint NOT NULL
) WITH (fillfactor = 50);

-- Its arguments are the columns with the users whose feeds change; ascending, as all locks are.
CREATE FUNCTION feeds_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'INSERT INTO feed_versions (user_id, version)
         SELECT DISTINCT readers.id, 1 FROM changed, unnest(ARRAY[%s]) AS readers (id)
          ORDER BY readers.id
         ON CONFLICT (user_id) DO UPDATE SET version = feed_versions.version + 1',
        array_to_string(TG_ARGV, ', '));
    RETURN NULL;
END $$;

CREATE TRIGGER feeds_changed_by_insert AFTER INSERT ON follows REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION feeds_changed('follower_id');
CREATE TRIGGER feeds_changed_by_delete AFTER DELETE ON follows REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION feeds_changed('follower_id');
CREATE TRIGGER feeds_changed_by_insert AFTER INSERT ON blocks REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION feeds_changed('blocker_id', 'blocked_id');
CREATE TRIGGER feeds_changed_by_delete AFTER DELETE ON blocks REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION feeds_changed('blocker_id', 'blocked_id');
CREATE TRIGGER feeds_changed_by_insert AFTER INSERT ON mutes REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION feeds_changed('muter_id');
CREATE TRIGGER feeds_changed_by_delete AFTER DELETE ON mutes REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION feeds_changed('muter_id');

CREATE FUNCTION all_feeds_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO feed_versions (user_id, version) VALUES (0, 1)
    ON CONFLICT (user_id) DO UPDATE SET version = feed_versions.version + 1;
    RETURN NULL;
END $$;

CREATE TRIGGER feeds_changed AFTER UPDATE OF suspended_at ON users
    FOR EACH STATEMENT EXECUTE FUNCTION all_feeds_changed();
