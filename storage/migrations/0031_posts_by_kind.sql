-- outside a transaction
-- What a user answered, showed and liked, each in its order. Writers go on meanwhile.
DROP INDEX CONCURRENTLY IF EXISTS posts_author_replies;
CREATE INDEX CONCURRENTLY posts_author_replies ON posts (author_id, id) WHERE reply_to IS NOT NULL;
DROP INDEX CONCURRENTLY IF EXISTS posts_author_images;
CREATE INDEX CONCURRENTLY posts_author_images ON posts (author_id, id) WHERE image IS NOT NULL;
DROP INDEX CONCURRENTLY IF EXISTS likes_user;
CREATE INDEX CONCURRENTLY likes_user ON likes (user_id, id);
