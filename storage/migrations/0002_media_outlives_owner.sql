-- A row of media says what the store holds: it goes when its files have gone, not with its owner.

ALTER TABLE media
    ALTER COLUMN owner_id DROP NOT NULL,
    DROP CONSTRAINT media_owner_id_fkey,
    ADD CONSTRAINT media_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users ON DELETE SET NULL;
