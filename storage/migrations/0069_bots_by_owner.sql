-- outside a transaction
-- Whose bots there are. Built while others write.
DROP INDEX CONCURRENTLY IF EXISTS users_owner;
CREATE INDEX CONCURRENTLY users_owner ON users (owner_id, id) WHERE owner_id IS NOT NULL;
