-- Webhooks: where an account has its own events sent, and what became of each.
--
-- webhooks_read_up_to is how far the log of an account has been read for them; NULL, as it is where there are
-- none, and the trigger's condition is all that an event of such an account costs. The trigger queues the job
-- that reads on, whichever release appends the event: so what an instance of the release before appends is
-- sent, too, by a worker of this one. The counter is locked by whoever appends, and by that job.
ALTER TABLE user_seq ADD COLUMN webhooks_read_up_to bigint;

CREATE TABLE webhooks (
    id                    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id               bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    name                  text NOT NULL,
    url                   text NOT NULL,
    events                text[] NOT NULL,
    secret                bytea NOT NULL,
    previous_secret       bytea,               -- good beside the other until
    previous_secret_until timestamptz,
    since                 bigint NOT NULL,     -- the number of the last event that it does not get
    failures              integer NOT NULL DEFAULT 0,  -- in a row, whichever delivery they were of
    failing_since         timestamptz,
    paused_until          timestamptz,
    last_success_at       timestamptz,
    disabled_at           timestamptz,
    disabled_because      text CHECK (disabled_because IN ('owner', 'gone', 'failing', 'overflow')),
    created_at            timestamptz NOT NULL DEFAULT now(),
    CHECK ((disabled_at IS NULL) = (disabled_because IS NULL))
);
CREATE INDEX webhooks_user ON webhooks (user_id, id);

-- What was said is not in here: a body is made of the log, at each attempt.
CREATE TABLE webhook_deliveries (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    webhook_id      bigint NOT NULL REFERENCES webhooks ON DELETE CASCADE,
    message_id      uuid NOT NULL DEFAULT gen_random_uuid(),
    event           text NOT NULL,
    seq             bigint,                    -- NULL: a test
    at              timestamptz NOT NULL,      -- of the event
    status          text NOT NULL DEFAULT 'waiting'
                    CHECK (status IN ('waiting', 'delivered', 'failed', 'withdrawn')),
    attempts        integer NOT NULL DEFAULT 0,
    queued_at       timestamptz NOT NULL DEFAULT now(),
    next_attempt_at timestamptz DEFAULT now(),
    attempted_at    timestamptz,
    response_status integer,
    error           text,
    duration_ms     integer
);
CREATE INDEX webhook_deliveries_webhook ON webhook_deliveries (webhook_id, id);
CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (webhook_id, next_attempt_at)
    WHERE status = 'waiting';

CREATE FUNCTION webhook_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO jobs (kind, payload, dedupe_key)
    VALUES ('webhook.spread', json_build_object('user_id', NEW.user_id), 'webhooks-of-' || NEW.user_id)
    ON CONFLICT DO NOTHING;
    PERFORM pg_notify('jobs', '');
    RETURN NULL;
END $$;
CREATE TRIGGER user_seq_webhooks AFTER UPDATE OF seq ON user_seq FOR EACH ROW
    WHEN (NEW.webhooks_read_up_to < NEW.seq) EXECUTE FUNCTION webhook_event();

-- Over with the account, whichever release deletes it.
CREATE FUNCTION webhooks_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE user_seq SET webhooks_read_up_to = NULL WHERE user_id = NEW.id;
    DELETE FROM webhooks WHERE user_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER users_webhooks_gone AFTER UPDATE OF deleted_at ON users FOR EACH ROW
    WHEN (OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL) EXECUTE FUNCTION webhooks_gone();
