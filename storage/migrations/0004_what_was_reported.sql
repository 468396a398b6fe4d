-- What was reported stays readable for admins, whatever becomes of it. NULL: a report about a user.

ALTER TABLE reports
    ADD COLUMN content text,
    ADD COLUMN conversation_id bigint;
