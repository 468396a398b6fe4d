-- Groups have an owner, admins and members. No row is written: of those who are in a group, the first by
-- storage/messaging/group_roles.py:SENIORITY is its owner, which of groups from before is who created it,
-- else who has been in it longest; 'owner' is stored where somebody has given a role.
--
-- Instances of the release before go on: until the last of them is replaced, whoever asks one of them may
-- still add anybody and rename, as before.
ALTER TABLE participants
    ADD COLUMN role text NOT NULL DEFAULT 'member',
    ADD CONSTRAINT participants_role CHECK (role IN ('owner', 'admin', 'member')) NOT VALID;

-- Whoever leaves, by whatever release, comes back as a member.
CREATE FUNCTION leave_role() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.role := 'member';
    RETURN NEW;
END $$;
CREATE TRIGGER leave_role BEFORE UPDATE OF left_at ON participants FOR EACH ROW
    WHEN (NEW.left_at IS NOT NULL AND NEW.role <> 'member') EXECUTE FUNCTION leave_role();

ALTER TABLE conversations
    ADD COLUMN who_may_add text NOT NULL DEFAULT 'members',
    ADD COLUMN who_may_rename text NOT NULL DEFAULT 'members',
    ADD CONSTRAINT conversations_who_may_add CHECK (who_may_add IN ('members', 'admins')) NOT VALID,
    ADD CONSTRAINT conversations_who_may_rename CHECK (who_may_rename IN ('members', 'admins')) NOT VALID;

CREATE TABLE group_bans (
    conversation_id bigint NOT NULL REFERENCES conversations ON DELETE CASCADE,
    user_id         bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    created_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (conversation_id, user_id)
);
CREATE INDEX group_bans_user ON group_bans (user_id);

CREATE TABLE group_links (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    conversation_id bigint NOT NULL REFERENCES conversations ON DELETE CASCADE,
    creator_id      bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    token           text NOT NULL UNIQUE,
    name            text NOT NULL CHECK (octet_length(name) <= 4096),
    needs_approval  boolean NOT NULL,
    max_uses        integer CHECK (max_uses > 0),
    uses            integer NOT NULL DEFAULT 0,
    expires_at      timestamptz,
    created_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX group_links_conversation ON group_links (conversation_id, id);
CREATE INDEX group_links_creator ON group_links (creator_id);

-- Who is not in a group yet: invited by somebody, or asking to join by a link.
CREATE TABLE group_candidates (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    conversation_id bigint NOT NULL REFERENCES conversations ON DELETE CASCADE,
    user_id         bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    inviter_id      bigint REFERENCES users ON DELETE CASCADE,      -- NULL: asks to join
    link_id         bigint REFERENCES group_links ON DELETE SET NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    UNIQUE (conversation_id, user_id)
);
CREATE INDEX group_candidates_user ON group_candidates (user_id, id);
CREATE INDEX group_candidates_inviter ON group_candidates (inviter_id) WHERE inviter_id IS NOT NULL;
CREATE INDEX group_candidates_link ON group_candidates (link_id) WHERE link_id IS NOT NULL;

-- The kinds that there are, whichever migrations have added some, and these. NOT VALID spares reading the log.
DO $$
DECLARE
    kinds text;
BEGIN
    SELECT string_agg(quote_literal(kind), ', ' ORDER BY kind) INTO kinds FROM (
        SELECT (regexp_matches(pg_get_constraintdef(oid), '''([a-z._]+)''', 'g'))[1] AS kind
          FROM pg_constraint WHERE conrelid = 'events'::regclass AND conname = 'events_kind_check'
        UNION SELECT unnest(ARRAY['conversation.member_changed', 'invitation.created', 'invitation.ended',
                                  'join_request.created', 'join_request.ended'])) all_kinds;
    EXECUTE format('ALTER TABLE events DROP CONSTRAINT events_kind_check,
                    ADD CONSTRAINT events_kind_check CHECK (kind IN (%s)) NOT VALID', kinds);
END $$;
