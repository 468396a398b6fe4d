-- Reads the log once, while it is written to as ever: a lock that keeps only changes of the schema out.
ALTER TABLE events VALIDATE CONSTRAINT events_in_first, VALIDATE CONSTRAINT events_kind_check;
