-- What is over with an account, and with its password, whichever release deletes the one or changes the other.
CREATE FUNCTION account_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.pending_email := NULL;
    DELETE FROM former_usernames WHERE user_id = NEW.id;
    DELETE FROM second_factors WHERE user_id = NEW.id;
    DELETE FROM recovery_codes WHERE user_id = NEW.id;
    -- The release before would purge them with all other images of the account.
    UPDATE media SET owner_id = NULL WHERE owner_id = NEW.id AND (message_id IS NOT NULL OR is_reported);
    RETURN NEW;
END $$;
CREATE TRIGGER users_gone BEFORE UPDATE OF deleted_at ON users FOR EACH ROW
    WHEN (OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL) EXECUTE FUNCTION account_gone();

-- Whoever asked for another address knew the password of before.
CREATE FUNCTION password_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.pending_email := NULL;
    RETURN NEW;
END $$;
CREATE TRIGGER users_password_changed BEFORE UPDATE OF password_hash ON users FOR EACH ROW
    WHEN (NEW.password_hash <> OLD.password_hash) EXECUTE FUNCTION password_changed();
