-- The whole schema. Later migrations add to it.
--
-- Lock order of every writing transaction: user_seq rows ascending by user id, then posts, then the rest.

CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- Accounts ---------------------------------------------------------------------------------------

CREATE TABLE users (
    id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    username          text NOT NULL CHECK (username ~ '^[A-Za-z0-9_]{3,30}$'),
    email             text NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
    password_hash     text NOT NULL,
    display_name      text NOT NULL CHECK (length(display_name) <= 50),
    avatar            text,
    is_admin          boolean NOT NULL DEFAULT false,
    digest_mails      boolean NOT NULL DEFAULT true,
    email_verified_at timestamptz,
    suspended_at      timestamptz,
    deleted_at        timestamptz,
    last_seen_at      timestamptz,
    created_at        timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX users_username_key ON users (lower(username));
CREATE UNIQUE INDEX users_email_key ON users (lower(email));
CREATE INDEX users_username_trgm ON users USING gin (lower(username) gin_trgm_ops);
CREATE INDEX users_display_name_trgm ON users USING gin (lower(display_name) gin_trgm_ops);

-- The public face of a user, and the counters that others see: apart from users, so that a new
-- follower rewrites a narrow row that no secondary index points to.
CREATE TABLE profiles (
    user_id         bigint PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    bio             text NOT NULL DEFAULT '' CHECK (length(bio) <= 160),
    location        text NOT NULL DEFAULT '' CHECK (length(location) <= 60),
    website         text NOT NULL DEFAULT '' CHECK (length(website) <= 200),
    followers_count integer NOT NULL DEFAULT 0 CHECK (followers_count >= 0),
    following_count integer NOT NULL DEFAULT 0 CHECK (following_count >= 0),
    posts_count     integer NOT NULL DEFAULT 0 CHECK (posts_count >= 0)
) WITH (fillfactor = 80);

-- A session is one refresh-token family: only the token of its current generation (and, for a
-- moment, the one before) is good.
CREATE TABLE sessions (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id      bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    generation   integer NOT NULL DEFAULT 0,
    rotated_at   timestamptz NOT NULL DEFAULT now(),
    created_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL,
    revoked_at   timestamptz,
    user_agent   text NOT NULL DEFAULT '',
    address      inet
);
CREATE INDEX sessions_user ON sessions (user_id, id) WHERE revoked_at IS NULL;

-- Single-use links that are sent by mail; only a hash of what the link carries is kept.
CREATE TABLE mail_tokens (
    hash       bytea PRIMARY KEY,
    user_id    bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    purpose    text NOT NULL CHECK (purpose IN ('password_reset', 'email_verify')),
    email      text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    used_at    timestamptz
);
CREATE INDEX mail_tokens_user ON mail_tokens (user_id);

-- One row a mail of a kind and its cause: what is here is not sent again.
CREATE TABLE mails (
    user_id    bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    kind       text NOT NULL,
    cause      text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, kind, cause)
);

-- The event log ----------------------------------------------------------------------------------

-- The counter that numbers a user's events, and the unread counts that change with them. Every
-- writing transaction locks it first; narrow and half empty, so that a bump stays a HOT update.
CREATE TABLE user_seq (
    user_id              bigint PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    seq                  bigint NOT NULL DEFAULT 0,
    floor                bigint NOT NULL DEFAULT 0 CHECK (floor <= seq),
    unread_notifications integer NOT NULL DEFAULT 0 CHECK (unread_notifications >= 0),
    unread_messages      integer NOT NULL DEFAULT 0 CHECK (unread_messages >= 0)
) WITH (fillfactor = 50);

-- References, not bodies: a replay joins what they point to as it is then. No foreign keys: an
-- event whose subject is gone keeps its number and is replayed as a void.
CREATE TABLE events (
    user_id  bigint NOT NULL,
    seq      bigint NOT NULL,
    kind     text NOT NULL CHECK (kind IN (
        'message.created', 'message.updated', 'message.deleted',
        'conversation.created', 'conversation.updated', 'conversation.read',
        'notification.created', 'notification.read', 'relationship.changed')),
    ref      bigint,
    actor_id bigint NOT NULL,
    data     jsonb,
    at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (user_id, seq)
);
CREATE INDEX events_at ON events USING brin (at);

-- Relations --------------------------------------------------------------------------------------

CREATE TABLE follows (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    follower_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    followed_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    created_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT follows_pair UNIQUE (follower_id, followed_id),
    CONSTRAINT follows_not_self CHECK (follower_id <> followed_id)
);
CREATE INDEX follows_follower ON follows (follower_id, id);
CREATE INDEX follows_followed ON follows (followed_id, id);

CREATE TABLE blocks (
    blocker_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    blocked_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (blocker_id, blocked_id),
    CHECK (blocker_id <> blocked_id)
);
CREATE INDEX blocks_blocked ON blocks (blocked_id);

CREATE TABLE mutes (
    muter_id   bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    muted_id   bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (muter_id, muted_id),
    CHECK (muter_id <> muted_id)
);
CREATE INDEX mutes_muted ON mutes (muted_id);

-- Posts ------------------------------------------------------------------------------------------

CREATE TABLE media (
    key          text PRIMARY KEY,
    owner_id     bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    content_type text NOT NULL,
    width        integer NOT NULL CHECK (width > 0),
    height       integer NOT NULL CHECK (height > 0),
    bytes        integer NOT NULL CHECK (bytes > 0),
    created_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX media_owner ON media (owner_id);
ALTER TABLE users ADD CONSTRAINT users_avatar FOREIGN KEY (avatar) REFERENCES media ON DELETE SET NULL;
CREATE INDEX users_avatar ON users (avatar) WHERE avatar IS NOT NULL;

CREATE TABLE posts (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    author_id      bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    content        text NOT NULL CHECK (length(content) BETWEEN 1 AND 280),
    image          text REFERENCES media ON DELETE SET NULL,
    reply_to       bigint REFERENCES posts ON DELETE SET NULL,
    likes_count    integer NOT NULL DEFAULT 0 CHECK (likes_count >= 0),
    retweets_count integer NOT NULL DEFAULT 0 CHECK (retweets_count >= 0),
    replies_count  integer NOT NULL DEFAULT 0 CHECK (replies_count >= 0),
    created_at     timestamptz NOT NULL DEFAULT now(),
    edited_at      timestamptz,
    search         tsvector NOT NULL GENERATED ALWAYS AS (to_tsvector('simple', content)) STORED
) WITH (fillfactor = 80);
CREATE INDEX posts_author ON posts (author_id, id);
CREATE INDEX posts_reply_to ON posts (reply_to, id) WHERE reply_to IS NOT NULL;
CREATE INDEX posts_image ON posts (image) WHERE image IS NOT NULL;
CREATE INDEX posts_search ON posts USING gin (search);

CREATE TABLE post_versions (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    post_id    bigint NOT NULL REFERENCES posts ON DELETE CASCADE,
    content    text NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX post_versions_post ON post_versions (post_id, id);

CREATE TABLE likes (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id    bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    post_id    bigint NOT NULL REFERENCES posts ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (user_id, post_id)
);
CREATE INDEX likes_post ON likes (post_id, id);

CREATE TABLE bookmarks (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id    bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    post_id    bigint NOT NULL REFERENCES posts ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (user_id, post_id)
);
CREATE INDEX bookmarks_user ON bookmarks (user_id, id);
CREATE INDEX bookmarks_post ON bookmarks (post_id);

-- What appears in feeds: one row a post and one a retweet, by the user who did it. Ids are taken
-- before they commit, so a reader that must not miss any goes by the transaction (xid), and a walk
-- through pages by the snapshot of its first page; for that a retweet that is taken back stays,
-- marked with the transaction that removed it, until no walk can ask for it.
CREATE TABLE feed_entries (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    actor_id    bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    post_id     bigint NOT NULL REFERENCES posts ON DELETE CASCADE,
    kind        text NOT NULL CHECK (kind IN ('post', 'retweet')),
    created_at  timestamptz NOT NULL DEFAULT now(),
    xid         xid8 NOT NULL DEFAULT pg_current_xact_id(),
    removed_xid xid8,
    removed_at  timestamptz
);
CREATE UNIQUE INDEX feed_entries_once ON feed_entries (actor_id, post_id, kind) WHERE removed_xid IS NULL;
CREATE INDEX feed_entries_actor ON feed_entries (actor_id, id);
CREATE INDEX feed_entries_post ON feed_entries (post_id, id);
CREATE INDEX feed_entries_recent ON feed_entries (actor_id, xid);
CREATE INDEX feed_entries_xid ON feed_entries (xid, id);
CREATE INDEX feed_entries_removed ON feed_entries (removed_at) WHERE removed_at IS NOT NULL;

CREATE TABLE hashtags (
    id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tag text NOT NULL UNIQUE CHECK (length(tag) BETWEEN 1 AND 600)
);
CREATE INDEX hashtags_tag_trgm ON hashtags USING gin (tag gin_trgm_ops);

CREATE TABLE post_hashtags (
    post_id    bigint NOT NULL REFERENCES posts ON DELETE CASCADE,
    hashtag_id bigint NOT NULL REFERENCES hashtags ON DELETE CASCADE,
    author_id  bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    position   smallint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (post_id, hashtag_id)
);
CREATE INDEX post_hashtags_hashtag ON post_hashtags (hashtag_id, post_id);
CREATE INDEX post_hashtags_created ON post_hashtags (created_at, hashtag_id, author_id);
CREATE INDEX post_hashtags_author ON post_hashtags (author_id);

CREATE TABLE mentions (
    post_id  bigint NOT NULL REFERENCES posts ON DELETE CASCADE,
    user_id  bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    position smallint NOT NULL,
    PRIMARY KEY (post_id, user_id)
);
CREATE INDEX mentions_user ON mentions (user_id, post_id);

CREATE TABLE notifications (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id    bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    kind       text NOT NULL CHECK (kind IN ('like', 'follow', 'retweet', 'reply', 'mention')),
    actor_id   bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    post_id    bigint REFERENCES posts ON DELETE CASCADE,
    read_at    timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT notifications_once UNIQUE NULLS NOT DISTINCT (user_id, actor_id, kind, post_id),
    CHECK ((kind = 'follow') = (post_id IS NULL)),
    CHECK (user_id <> actor_id)
);
CREATE INDEX notifications_user ON notifications (user_id, id);
CREATE INDEX notifications_unread ON notifications (user_id, id) WHERE read_at IS NULL;
CREATE INDEX notifications_actor ON notifications (actor_id);
CREATE INDEX notifications_post ON notifications (post_id);

-- Messages ---------------------------------------------------------------------------------------

CREATE TABLE conversations (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind        text NOT NULL CHECK (kind IN ('direct', 'group')),
    title       text CHECK (length(title) BETWEEN 1 AND 100),
    direct_key  text UNIQUE,       -- 'lower id:higher id': two users have one direct conversation
    creator_id  bigint REFERENCES users ON DELETE SET NULL,
    created_rank bigint NOT NULL,  -- drawn from the sequence of message ids, as rank is:
    rank        bigint NOT NULL,   -- the id of the last message, else created_rank: the order of the list
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    CHECK ((kind = 'direct') = (direct_key IS NOT NULL)),
    CHECK (kind = 'group' OR title IS NULL)
) WITH (fillfactor = 70);

CREATE TABLE participants (
    conversation_id bigint NOT NULL REFERENCES conversations ON DELETE CASCADE,
    user_id         bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    joined_at       timestamptz NOT NULL DEFAULT now(),
    left_at         timestamptz,
    visible_after   bigint NOT NULL DEFAULT 0,   -- messages up to this id were before one's time
    last_read_id    bigint NOT NULL DEFAULT 0,
    unread_count    integer NOT NULL DEFAULT 0 CHECK (unread_count >= 0),
    PRIMARY KEY (conversation_id, user_id)
) WITH (fillfactor = 70);
CREATE INDEX participants_user ON participants (user_id, conversation_id) WHERE left_at IS NULL;

CREATE TABLE messages (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    conversation_id bigint NOT NULL REFERENCES conversations ON DELETE CASCADE,
    sender_id       bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    content         text NOT NULL CHECK (length(content) <= 4000),
    client_id       text CHECK (length(client_id) <= 128),
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    edited_at       timestamptz,
    deleted_at      timestamptz,
    CHECK (deleted_at IS NOT NULL OR length(content) >= 1),
    CHECK (deleted_at IS NULL OR content = '')
);
CREATE INDEX messages_conversation ON messages (conversation_id, id);
CREATE INDEX messages_sender ON messages (sender_id);

-- A retry with the same key answers the first result; with another body it is refused.
CREATE TABLE idempotency_keys (
    user_id    bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    scope      text NOT NULL CHECK (scope IN ('post', 'message')),
    key        text NOT NULL CHECK (length(key) BETWEEN 1 AND 128),
    body_hash  bytea NOT NULL,
    result_id  bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, scope, key)
);
CREATE INDEX idempotency_keys_created ON idempotency_keys USING brin (created_at);

-- Moderation -------------------------------------------------------------------------------------

CREATE TABLE reports (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reporter_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    user_id     bigint REFERENCES users ON DELETE CASCADE,
    post_id     bigint REFERENCES posts ON DELETE SET NULL,
    message_id  bigint REFERENCES messages ON DELETE SET NULL,
    reason      text NOT NULL CHECK (length(reason) BETWEEN 1 AND 1000),
    status      text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'resolved', 'dismissed')),
    resolved_by bigint REFERENCES users ON DELETE SET NULL,
    resolved_at timestamptz,
    created_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX reports_status ON reports (status, id);
CREATE INDEX reports_post ON reports (post_id) WHERE post_id IS NOT NULL;

CREATE TABLE audit_log (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    admin_id    bigint REFERENCES users ON DELETE SET NULL,
    action      text NOT NULL,
    target_kind text NOT NULL,
    target_id   bigint NOT NULL,
    detail      jsonb,
    created_at  timestamptz NOT NULL DEFAULT now()
);
