-- What a picture was said to show when it was reported, in the order of media_ids; NULL where an
-- instance of the release before has taken the report: then what it is said to show now.
ALTER TABLE reports ADD COLUMN media_alts text[];

-- How many messages a conversation has now. A volatile function sees what was committed since its
-- statement began, as when that has waited for a lock.
CREATE FUNCTION messages_now(of_conversation bigint) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RETURN (SELECT count(*) FROM messages WHERE conversation_id = of_conversation);
END $$;
