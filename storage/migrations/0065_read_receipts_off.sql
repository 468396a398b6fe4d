-- Read receipts can be switched off. Of the read marks between two people those are told and shown that
-- are above this of both: 0 for who never switched them off, the greatest number of all while they are
-- off, and the last message id of then where they were switched on again.
--
-- An instance of the release before knows nothing of it, and goes on telling.
ALTER TABLE users ADD COLUMN read_receipts_after bigint NOT NULL DEFAULT 0;
