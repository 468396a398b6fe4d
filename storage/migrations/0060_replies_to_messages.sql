-- What a message answers: one of the same conversation. No foreign key, as no message is ever deleted but with its
-- conversation: what was taken back keeps its row.
--
-- Instances of the release before go on: they send messages that answer nothing, and show answers as others.
ALTER TABLE messages ADD COLUMN reply_to_id bigint;
