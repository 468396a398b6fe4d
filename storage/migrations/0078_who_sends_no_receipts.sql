-- outside a transaction
-- Who sends no read receipts, or has sent none for a while: few, so that whom a mark is kept from is looked for among
-- these and not among all users. Writers go on meanwhile.
DROP INDEX CONCURRENTLY IF EXISTS users_read_receipts;
CREATE INDEX CONCURRENTLY users_read_receipts ON users (id) INCLUDE (read_receipts_after)
 WHERE read_receipts_after > 0;
