-- How often a job's lease ended with its worker: whoever takes such a job over counts, and one that
-- keeps ending its process is held instead of begun for ever. With a constant default the column
-- takes no time, whatever the queue has; instances before it neither read nor count it.
ALTER TABLE jobs ADD COLUMN lapses integer NOT NULL DEFAULT 0;
