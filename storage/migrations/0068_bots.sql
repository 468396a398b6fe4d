-- Bots: accounts of programs, each of a person's. Nobody logs in to one; its owner makes its tokens.
ALTER TABLE users ADD COLUMN owner_id bigint;  -- of a bot; NULL: a person
ALTER TABLE users ADD CONSTRAINT users_owner_id_fkey
    FOREIGN KEY (owner_id) REFERENCES users NOT VALID;

-- A bot stops and goes with its owner, whichever release suspends or deletes that. Those that were
-- suspended with the owner, at the same moment, are restored with the owner.
CREATE FUNCTION owner_suspended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.suspended_at IS NOT NULL THEN
        UPDATE users SET suspended_at = NEW.suspended_at
         WHERE owner_id = NEW.id AND suspended_at IS NULL;
    ELSE
        UPDATE users SET suspended_at = NULL
         WHERE owner_id = NEW.id AND suspended_at = OLD.suspended_at;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER bots_suspended AFTER UPDATE OF suspended_at ON users FOR EACH ROW
    WHEN (NEW.owner_id IS NULL AND OLD.suspended_at IS DISTINCT FROM NEW.suspended_at)
    EXECUTE FUNCTION owner_suspended();

-- They are deleted when what the owner left is purged (storage/accounts/purge.py).
CREATE FUNCTION owner_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE users SET suspended_at = now() WHERE owner_id = NEW.id AND suspended_at IS NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER bots_gone AFTER UPDATE OF deleted_at ON users FOR EACH ROW
    WHEN (NEW.owner_id IS NULL AND OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL)
    EXECUTE FUNCTION owner_gone();
