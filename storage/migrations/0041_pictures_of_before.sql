-- outside a transaction
-- The indexes of pictures, and of images of before their numbers, and the posts that they are of. Writers go on
-- meanwhile, and no transaction is long: a portion of the images each.
DROP INDEX CONCURRENTLY IF EXISTS media_id;
CREATE UNIQUE INDEX CONCURRENTLY media_id ON media (id);
DROP INDEX CONCURRENTLY IF EXISTS media_post;
CREATE INDEX CONCURRENTLY media_post ON media (post_id, position) WHERE post_id IS NOT NULL;
DROP INDEX CONCURRENTLY IF EXISTS media_message;
CREATE INDEX CONCURRENTLY media_message ON media (message_id, position) WHERE message_id IS NOT NULL;
DROP INDEX CONCURRENTLY IF EXISTS media_waiting;
CREATE INDEX CONCURRENTLY media_waiting ON media (owner_id, id)
    WHERE uploaded_at IS NOT NULL AND post_id IS NULL AND message_id IS NULL AND NOT is_reported;
DROP INDEX CONCURRENTLY IF EXISTS media_without_id;
CREATE INDEX CONCURRENTLY media_without_id ON media (key) WHERE id IS NULL;
DO $$ BEGIN LOOP
    WITH part AS MATERIALIZED (SELECT key FROM media WHERE id IS NULL LIMIT 2000)
    UPDATE media m SET id = nextval('media_ids'), post_id = part.post_id,
           position = CASE WHEN part.post_id IS NOT NULL THEN 1 END
      FROM (SELECT key, (SELECT id FROM posts WHERE image = part.key LIMIT 1) AS post_id FROM part) part
     WHERE m.key = part.key
     ; EXIT WHEN NOT FOUND ; COMMIT ; END LOOP ; END $$;
DROP INDEX CONCURRENTLY media_without_id;
