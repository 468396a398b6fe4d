-- Text is as long as a reader sees it, with links of a fixed length: the server counts that
-- (handlers/text/limits.py), the schema bounds the bytes behind it. Whatever is stored fits already:
-- NOT VALID spares looking through the tables, so each of these takes no longer than its lock. An
-- instance of the release before goes on refusing what is longer for it, and shows what is.

ALTER TABLE posts DROP CONSTRAINT posts_content_check,
    ADD CONSTRAINT posts_content_bytes
        CHECK (octet_length(content) BETWEEN 1 AND 10240) NOT VALID;
ALTER TABLE messages DROP CONSTRAINT messages_content_check,
    ADD CONSTRAINT messages_content_bytes CHECK (octet_length(content) <= 32768) NOT VALID;
ALTER TABLE users DROP CONSTRAINT users_display_name_check,
    ADD CONSTRAINT users_display_name_bytes CHECK (octet_length(display_name) <= 2048) NOT VALID;
ALTER TABLE profiles DROP CONSTRAINT profiles_bio_check,
    ADD CONSTRAINT profiles_bio_bytes CHECK (octet_length(bio) <= 6144) NOT VALID,
    DROP CONSTRAINT profiles_location_check,
    ADD CONSTRAINT profiles_location_bytes CHECK (octet_length(location) <= 2048) NOT VALID;
ALTER TABLE conversations DROP CONSTRAINT conversations_title_check,
    ADD CONSTRAINT conversations_title_bytes
        CHECK (octet_length(title) BETWEEN 1 AND 4096) NOT VALID;
ALTER TABLE reports DROP CONSTRAINT reports_reason_check,
    ADD CONSTRAINT reports_reason_bytes
        CHECK (octet_length(reason) BETWEEN 1 AND 16384) NOT VALID;

-- Tags that are there have the spelling of before (lower case, NFC): a job gives them the present
-- one, in portions of 500 rows; once more a day later, for what instances of the release before
-- have stored meanwhile. Nothing to do where there are no tags yet.
INSERT INTO jobs (kind, dedupe_key, run_at)
SELECT 'hashtags.refold', 'hashtags.refold:' || days, now() + days * interval '1 day'
  FROM (VALUES (0), (1)) AS times (days) WHERE EXISTS (SELECT FROM hashtags);
