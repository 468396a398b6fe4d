-- Incoming webhooks: whoever has the token posts as the account that made it, or writes into one conversation.
-- Of the token its SHA-256 alone is kept. An instance of the release before knows no such path: 404.
CREATE TABLE incoming_webhooks (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id         bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    conversation_id bigint REFERENCES conversations ON DELETE CASCADE,  -- NULL: it posts
    name            text NOT NULL,
    token_hash      bytea NOT NULL UNIQUE,
    last_used_at    timestamptz,
    created_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX incoming_webhooks_user ON incoming_webhooks (user_id, id);
CREATE INDEX incoming_webhooks_conversation ON incoming_webhooks (conversation_id)
    WHERE conversation_id IS NOT NULL;

CREATE OR REPLACE FUNCTION webhooks_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE user_seq SET webhooks_read_up_to = NULL WHERE user_id = NEW.id;
    DELETE FROM webhooks WHERE user_id = NEW.id;
    DELETE FROM incoming_webhooks WHERE user_id = NEW.id;
    RETURN NULL;
END $$;
