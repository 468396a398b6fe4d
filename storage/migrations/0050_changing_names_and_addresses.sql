-- Where an account's mail is to go once the link that was sent there has been followed.
ALTER TABLE users ADD COLUMN pending_email text;
ALTER TABLE mail_tokens DROP CONSTRAINT mail_tokens_purpose_check;
ALTER TABLE mail_tokens ADD CONSTRAINT mail_tokens_purpose_check
    CHECK (purpose IN ('password_reset', 'email_verify', 'email_change')) NOT VALID;

-- What accounts were called lately: for 30 days links by that name lead to them, and they alone may
-- take it back. Others are kept from it by freed_usernames, as from the names of deleted accounts.
CREATE TABLE former_usernames (
    username    text PRIMARY KEY,  -- in lower case
    user_id     bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    given_up_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX former_usernames_user ON former_usernames (user_id);
