-- Pictures are sent first, described, and then attached: up to four to a post, or to a message.
--
-- The first one's key stays in posts.image, where instances of the release before look for it. They know of
-- no other references to images, and sweep what is an hour old by created_at and unused: so of what is sent
-- apart, that is 'infinity', and uploaded_at says when it was. What one of them posts is attached by the
-- trigger. A picture belongs to one post or message and to no other; position is NULL where only an earlier
-- version of the post shows it. Locks are held for changes of the catalogue, and for reading media once; its
-- indexes are made by the next migration, while others write.
CREATE SEQUENCE media_ids;
ALTER TABLE media
    ADD COLUMN id bigint,
    ADD COLUMN uploaded_at timestamptz,
    ADD COLUMN alt text NOT NULL DEFAULT '' CHECK (octet_length(alt) <= 16384),
    ADD COLUMN thumbhash text CHECK (length(thumbhash) <= 40),
    ADD COLUMN animated boolean NOT NULL DEFAULT false,
    ADD COLUMN post_id bigint REFERENCES posts ON DELETE SET NULL,
    ADD COLUMN message_id bigint REFERENCES messages ON DELETE SET NULL,
    ADD COLUMN position smallint,
    ADD COLUMN is_reported boolean NOT NULL DEFAULT false;
ALTER TABLE media ALTER COLUMN id SET DEFAULT nextval('media_ids');
ALTER SEQUENCE media_ids OWNED BY media.id;

ALTER TABLE posts ADD COLUMN sensitive boolean NOT NULL DEFAULT false,
    DROP CONSTRAINT posts_content_bytes,
    ADD CONSTRAINT posts_content_bytes CHECK (octet_length(content) <= 10240) NOT VALID,
    ADD CONSTRAINT posts_show_something CHECK (content <> '' OR image IS NOT NULL) NOT VALID;
ALTER TABLE post_versions ADD COLUMN media_ids bigint[];
ALTER TABLE messages ADD COLUMN image text,
    DROP CONSTRAINT messages_check,
    ADD CONSTRAINT messages_show_something
        CHECK (deleted_at IS NOT NULL OR content <> '' OR image IS NOT NULL) NOT VALID;
ALTER TABLE reports ADD COLUMN media_ids bigint[];

CREATE FUNCTION image_attached() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE media SET post_id = NEW.id, position = 1
     WHERE key = NEW.image AND post_id IS NULL AND message_id IS NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER posts_image_attached AFTER INSERT ON posts FOR EACH ROW
    WHEN (NEW.image IS NOT NULL) EXECUTE FUNCTION image_attached();

-- Also where an instance of the release before takes a message back.
CREATE FUNCTION image_taken_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE media SET message_id = NULL, position = NULL WHERE message_id = NEW.id;
    NEW.image := NULL;
    RETURN NEW;
END $$;
CREATE TRIGGER messages_image_taken_back BEFORE UPDATE OF deleted_at ON messages FOR EACH ROW
    WHEN (NEW.deleted_at IS NOT NULL AND NEW.image IS NOT NULL) EXECUTE FUNCTION image_taken_back();
