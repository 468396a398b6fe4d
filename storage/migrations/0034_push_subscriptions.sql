-- Where a session's browser receives Web Push, and whether a user has any: in the row that an event
-- of that user counts up anyhow, so that events of those who have none cost nothing more.
CREATE TABLE push_subscriptions (
    session_id bigint PRIMARY KEY REFERENCES sessions ON DELETE CASCADE,
    user_id    bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    endpoint   text NOT NULL,
    p256dh     text NOT NULL,
    auth       text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX push_subscriptions_user ON push_subscriptions (user_id);
CREATE UNIQUE INDEX push_subscriptions_endpoint ON push_subscriptions (md5(endpoint));

ALTER TABLE user_seq ADD COLUMN has_push boolean NOT NULL DEFAULT false;
