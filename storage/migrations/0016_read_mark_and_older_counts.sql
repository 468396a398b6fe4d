-- An instance of an earlier release counts notifications by read_at alone: what it deletes or marks, and
-- a read mark has made read already, it subtracts a second time. That may not fail it for going below
-- zero; the job that settles what is below the mark counts anew (storage/notifications.py).
--
-- This reads no table; user_seq is locked for the change of a catalogue. A later migration drops it.

CREATE FUNCTION unread_not_below_zero() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.unread_notifications := 0;
    RETURN NEW;
END $$;
CREATE TRIGGER unread_not_below_zero BEFORE UPDATE OF unread_notifications ON user_seq FOR EACH ROW
    WHEN (NEW.unread_notifications < 0 AND NEW.notifications_read_up_to > 0)
    EXECUTE FUNCTION unread_not_below_zero();
