-- How often a job's lease ended with its worker: whoever takes such a job over counts, and one that
-- keeps ending its process is held instead of begun for ever. With a constant default the column
-- takes no time, nor does one that may be NULL, whatever the queue has; instances before it neither read nor count it.
--
-- And the request that a job was queued for, which its log lines name.
ALTER TABLE jobs ADD COLUMN lapses integer NOT NULL DEFAULT 0,
    ADD COLUMN request_id text;
