-- The event log gets a partition a day, so that a day of it is forgotten by dropping a table. What is
-- there becomes the first partition, as it stands: no row is read under a lock. In three steps, each a
-- transaction; instances of the release before go on meanwhile, and after it.
--
-- Here: nothing is later than the first partition's end. NOT VALID reads no row, but holds for new ones.

DO $$ BEGIN
    EXECUTE format('ALTER TABLE events ADD CONSTRAINT events_in_first CHECK (at < %L) NOT VALID',
                   date_trunc('day', now(), 'UTC') + interval '3 days');
END $$;

-- What came of each step of housekeeping (handlers/jobs/housekeeping.py), whichever instance did it.
CREATE TABLE housekeeping_steps (
    name            text PRIMARY KEY,
    last_run_at     timestamptz NOT NULL,
    last_success_at timestamptz,
    seconds         double precision NOT NULL,          -- that the last run took
    rows            bigint NOT NULL DEFAULT 0,          -- that all runs have removed
    failures        bigint NOT NULL DEFAULT 0,
    error           text                                -- of the last run
);
