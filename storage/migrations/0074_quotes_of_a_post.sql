-- outside a transaction
-- The quotes of a post, the newest last. Writers go on meanwhile.
DROP INDEX CONCURRENTLY IF EXISTS posts_quotes;
CREATE INDEX CONCURRENTLY posts_quotes ON posts (quote_of, id) WHERE quote_of IS NOT NULL;
