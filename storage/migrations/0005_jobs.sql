-- The job queue (storage/jobs/). A job waits (worker IS NULL), runs (worker and lease_until are set)
-- or is held (held_at is set: it failed for good and stays until somebody looks). One that succeeds
-- is deleted.

CREATE TABLE jobs (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind        text NOT NULL,
    payload     json NOT NULL DEFAULT '{}',
    dedupe_key  text,
    attempts    integer NOT NULL DEFAULT 0,      -- that failed or came at a bad time
    run_at      timestamptz NOT NULL DEFAULT now(),
    worker      uuid,
    lease_until timestamptz,
    error       text,                            -- of the last attempt
    held_at     timestamptz,
    created_at  timestamptz NOT NULL DEFAULT now(),
    CHECK ((worker IS NULL) = (lease_until IS NULL)),
    CHECK (held_at IS NULL OR worker IS NULL)
) WITH (fillfactor = 70);

-- lease_until is in no index, so that extending a lease is a HOT update.
CREATE INDEX jobs_due ON jobs (kind, run_at, id) WHERE held_at IS NULL;
CREATE INDEX jobs_running ON jobs (kind) WHERE worker IS NOT NULL;
CREATE INDEX jobs_held ON jobs (held_at) WHERE held_at IS NOT NULL;
CREATE UNIQUE INDEX jobs_dedupe ON jobs (dedupe_key)
    WHERE held_at IS NULL AND dedupe_key IS NOT NULL;

CREATE TABLE job_schedules (
    name       text PRIMARY KEY,
    expression text NOT NULL,                    -- cron, in UTC
    next_at    timestamptz NOT NULL
);

-- Jobs used to be pgqueuer's, and an instance of an earlier release still queues them there. Its
-- tables stay, so that such a release works on; workers of this one call this function again and
-- again. Of a worker that died, pgqueuer's heartbeat is old: that of a live one is 15 s old at most.
-- A later migration drops the function and the tables.
CREATE FUNCTION adopt_pgqueuer_jobs() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    adopted bigint;
BEGIN
    IF to_regclass('pgqueuer') IS NULL THEN
        RETURN 0;
    END IF;
    WITH moved AS (
        DELETE FROM pgqueuer WHERE id = ANY (ARRAY(
            SELECT id FROM pgqueuer
             WHERE status IN ('queued', 'failed')
                OR (status = 'picked' AND heartbeat < now() - interval '60 s')
             ORDER BY id LIMIT 1000 FOR UPDATE SKIP LOCKED))
        RETURNING *)
    INSERT INTO jobs (kind, payload, dedupe_key, attempts, run_at, held_at, created_at)
    SELECT entrypoint, coalesce(convert_from(payload, 'UTF8'), '{}')::json, dedupe_key, attempts,
           execute_after, CASE WHEN status = 'failed' THEN updated END, created
      FROM moved ORDER BY id
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS adopted = ROW_COUNT;
    RETURN adopted;
END $$;
