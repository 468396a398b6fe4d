-- What was validated need not be read again: this changes the catalogue only.
ALTER TABLE events RENAME TO events_first;
ALTER TABLE events_first RENAME CONSTRAINT events_pkey TO events_first_pkey;
DROP INDEX events_at;
CREATE TABLE events (LIKE events_first INCLUDING DEFAULTS INCLUDING CONSTRAINTS) PARTITION BY RANGE (at);
ALTER TABLE events DROP CONSTRAINT events_in_first;

-- Each partition has its own unique index: one on the whole would have to include `at`. That numbers
-- are unique in all of them is due to user_seq.
CREATE TABLE events_rest PARTITION OF events DEFAULT;      -- where no housekeeping has made a day's
ALTER TABLE events_rest ADD PRIMARY KEY (user_id, seq);

CREATE TABLE log_partitions (                              -- those that are dropped as a whole
    name  text PRIMARY KEY,
    until timestamptz NOT NULL                             -- they hold what is before it
);
INSERT INTO log_partitions
SELECT 'events_first', (regexp_match(pg_get_constraintdef(oid), '''(.+)'''))[1]::timestamptz
  FROM pg_constraint WHERE conrelid = 'events_first'::regclass AND conname = 'events_in_first';

DO $$ BEGIN
    EXECUTE format('ALTER TABLE events ATTACH PARTITION events_first FOR VALUES FROM (MINVALUE) TO (%L)',
                   (SELECT until FROM log_partitions));
END $$;
ALTER TABLE events_first DROP CONSTRAINT events_in_first;

-- Nothing above a user's floor can be deleted: whatever forgets events raises the floor first. The
-- release before deletes by ctid alone, which in another partition is somebody else's event.
CREATE FUNCTION only_below_floor() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM user_seq WHERE user_id = OLD.user_id AND floor < OLD.seq) THEN
        RETURN NULL;
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER only_below_floor BEFORE DELETE ON events FOR EACH ROW EXECUTE FUNCTION only_below_floor();

-- Makes the partitions for as many days to come (UTC) as are missing; returns how many it made. Days
-- that have begun without one stay in events_rest, and so does one of which that has events already. While
-- somebody keeps it from the lock on events_rest that this takes, it makes none.
CREATE FUNCTION add_log_partitions(days integer) RETURNS integer LANGUAGE plpgsql
SET lock_timeout = '500ms' AS $$
DECLARE
    today timestamptz := date_trunc('day', now(), 'UTC');
    day   timestamptz;
    made  integer := 0;
    part  text;
BEGIN
    PERFORM pg_advisory_xact_lock(7304516222);
    SELECT greatest(max(until), today + interval '1 day') INTO day FROM log_partitions;
    WHILE day <= today + make_interval(days => days) LOOP
        part := 'events_' || to_char(day AT TIME ZONE 'UTC', 'YYYYMMDD');
        BEGIN
            EXECUTE format('CREATE TABLE %I (LIKE events INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', part);
            EXECUTE format('ALTER TABLE %I ADD PRIMARY KEY (user_id, seq)', part);
            EXECUTE format('ALTER TABLE events ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                           part, day, day + interval '1 day');
            INSERT INTO log_partitions VALUES (part, day + interval '1 day');
            made := made + 1;
        EXCEPTION
            WHEN check_violation THEN
                NULL;
            WHEN lock_not_available THEN
                RETURN made;
        END;
        day := day + interval '1 day';
    END LOOP;
    RETURN made;
END $$;

-- Raises the floors of the next users, by id, to the last event that each has in this partition;
-- returns the last of these users, NULL when there are no more. It goes from user to user by the index.
CREATE FUNCTION raise_floors(part text, after bigint, users integer) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    last bigint;
BEGIN
    EXECUTE format(
        'WITH RECURSIVE here (user_id, place) AS (
             SELECT min(user_id), 1 FROM %1$I WHERE user_id > $1
             UNION ALL
             SELECT (SELECT min(user_id) FROM %1$I p WHERE p.user_id > here.user_id), place + 1
               FROM here WHERE user_id IS NOT NULL AND place < $2),
         trimmed AS MATERIALIZED (
             SELECT user_id, (SELECT max(seq) FROM %1$I p WHERE p.user_id = here.user_id) AS seq
               FROM here WHERE user_id IS NOT NULL),
         raised AS (
             UPDATE user_seq s SET floor = below.seq FROM (
                 SELECT s.user_id, trimmed.seq FROM user_seq s JOIN trimmed USING (user_id)
                  WHERE s.floor < trimmed.seq ORDER BY s.user_id FOR NO KEY UPDATE OF s) below
              WHERE s.user_id = below.user_id AND s.floor < below.seq)
         SELECT max(user_id) FROM trimmed', part) INTO last USING after, users;
    RETURN last;
END $$;

-- Drops a partition whose users' floors are raised; returns how many events it had, about. NULL when
-- somebody has kept it from the lock that this takes, or it is not there.
CREATE FUNCTION drop_log_partition(part text) RETURNS bigint LANGUAGE plpgsql SET lock_timeout = '200ms' AS $$
DECLARE
    events bigint;
BEGIN
    PERFORM FROM log_partitions WHERE name = part FOR UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    SELECT greatest(reltuples, 0)::bigint INTO events FROM pg_class WHERE oid = part::regclass;
    EXECUTE format('DROP TABLE %I', part);
    DELETE FROM log_partitions WHERE name = part;
    RETURN events;
EXCEPTION WHEN lock_not_available THEN
    RETURN NULL;
END $$;
