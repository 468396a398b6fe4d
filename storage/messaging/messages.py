"""Messages: each is sent once and numbered for every participant."""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from storage import idempotency
from storage.database.columns import MESSAGE, Columns
from storage.database.paging import after, page_by_id
from storage.database.pool import Database
from storage.database.query import Command, Executor, Query, Scalar
from storage.database.visibility import may_interact, not_blocked
from storage.errors import Blocked, NotAuthor, NotFound
from storage.events import log
from storage.events.types import (
    MessageCreated,
    MessageDeleted,
    MessageUpdated,
)
from storage.messaging import conversations
from storage.records import Message, Page

MESSAGES_BY_ID = Query(
    f"""
    SELECT {MESSAGE} FROM messages m JOIN users s ON s.id = m.sender_id
      JOIN participants v ON v.conversation_id = m.conversation_id AND v.user_id = $1
     WHERE m.id = ANY($2::bigint[]) AND v.left_at IS NULL AND m.id > v.visible_after
       AND {not_blocked("$1", "m.sender_id")}""",
    MESSAGE,
)


async def get_many(db: Executor, user_id: int, ids: Sequence[int]) -> list[Message]:
    """Return those of these that the user may see, in no order."""
    return await MESSAGES_BY_ID.all(db, user_id, ids)


async def get(db: Executor, user_id: int, message_id: int) -> Message:
    """Return a message. NotFound unless the user may see it."""
    if found := await get_many(db, user_id, [message_id]):
        return found[0]
    raise NotFound("message")


IS_PARTICIPANT = Scalar(
    """
    SELECT EXISTS (SELECT FROM participants
                    WHERE conversation_id = $1 AND user_id = $2 AND left_at IS NULL)""",
    bool,
)
NEWEST_MESSAGES = Query(
    f"""
    SELECT {MESSAGE} FROM messages m JOIN users s ON s.id = m.sender_id
      JOIN participants v ON v.conversation_id = m.conversation_id AND v.user_id = $1
     WHERE m.conversation_id = $2 AND v.left_at IS NULL AND m.id > v.visible_after AND m.id < $3
       AND {not_blocked("$1", "m.sender_id")}
     ORDER BY m.id DESC LIMIT $4""",
    MESSAGE,
)


async def newest(
    db: Database, user_id: int, conversation_id: int, limit: int, cursor: str | None
) -> Page[Message]:
    """Return a conversation's messages, the newest first.

    NotFound unless the user is in the conversation.
    """
    rows = await NEWEST_MESSAGES.all(db, user_id, conversation_id, after(cursor), limit + 1)
    if not rows and not await IS_PARTICIPANT.one(db, conversation_id, user_id):
        raise NotFound("conversation")
    return page_by_id(rows, limit)


@dataclass(frozen=True, slots=True)
class Delivery:
    """Whom an event goes to, and its number in that user's log."""

    user_id: int
    seq: int


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A new message, and whom it goes to, the sender included."""

    message: Message
    deliveries: list[Delivery]


SENT_MESSAGE = Columns(
    SentMessage,
    {
        "message": MESSAGE,
        "deliveries": Columns(Delivery, {"user_id": "user_id", "seq": "seq"}).within(
            "ARRAY(SELECT {} FROM numbered)"
        ),
    },
)
# One round trip, in this order: lock the counters of all participants; take the message's id only
# then, so that ids, numbers and commits agree (count(*) reads every lock before the first insert);
# move the others' unread counts, which settles who is still there; number; log.
SEND_MESSAGE = Query(
    f"""
    WITH locked AS MATERIALIZED (
        SELECT s.user_id FROM user_seq s
          JOIN participants v ON v.user_id = s.user_id AND v.conversation_id = $2
         WHERE v.left_at IS NULL
           AND EXISTS (SELECT FROM participants
                        WHERE conversation_id = $2 AND user_id = $1 AND left_at IS NULL)
           AND NOT EXISTS (SELECT FROM conversations c
                             JOIN participants o ON o.conversation_id = c.id
                            WHERE c.id = $2 AND c.kind = 'direct' AND (
                                o.left_at IS NOT NULL OR NOT {may_interact("$1", "o.user_id")}))
         ORDER BY s.user_id FOR NO KEY UPDATE OF s),
    message AS (
        INSERT INTO messages (conversation_id, sender_id, content, client_id)
        SELECT $2, $1, $3, $4 WHERE (SELECT count(*) FROM locked) > 0
        RETURNING *),
    keyed AS (
        INSERT INTO idempotency_keys (user_id, scope, key, body_hash, result_id)
        SELECT $1, 'message', $5, $6, id FROM message WHERE $5::text IS NOT NULL),
    unread AS (
        UPDATE participants v SET unread_count = unread_count + 1 FROM message
         WHERE v.conversation_id = $2 AND v.user_id <> $1 AND v.left_at IS NULL
           AND {not_blocked("v.user_id", "$1")}
        RETURNING v.user_id),
    recipients AS MATERIALIZED (
        SELECT user_id, 1 AS unread FROM unread UNION ALL SELECT sender_id, 0 FROM message),
    numbered AS (
        UPDATE user_seq s SET seq = seq + 1, unread_messages = unread_messages + r.unread
          FROM recipients r WHERE s.user_id = r.user_id RETURNING s.user_id, s.seq),
    ranked AS (
        UPDATE conversations c SET rank = m.id, updated_at = m.created_at
          FROM message m WHERE c.id = $2),
    logged AS (
        INSERT INTO events (user_id, seq, kind, ref, actor_id, at)
        SELECT n.user_id, n.seq, '{MessageCreated.name}', m.id, $1, m.created_at
          FROM numbered n, message m)
    SELECT {SENT_MESSAGE}
      FROM message m JOIN users s ON s.id = m.sender_id""",
    SENT_MESSAGE,
)


async def send(
    db: Database,
    sender_id: int,
    conversation_id: int,
    content: str,
    client_id: str | None,
    key: idempotency.Key | None,
) -> SentMessage:
    """Store a message as the next event of all participants.

    With a key that was used for this very message: return that message, without deliveries.

    Raises:
        NotFound: The sender is not in the conversation.
        Blocked: One of the two of a direct conversation has blocked the other, or is gone.
    """
    used = (key.key, key.body_hash) if key else (None, None)
    try:
        sent = await SEND_MESSAGE.maybe(db, sender_id, conversation_id, content, client_id, *used)
    except asyncpg.UniqueViolationError:  # of the key: nothing else here can clash
        if key is None:
            raise
        if (message_id := await idempotency.result(db, key)) is not None:
            return SentMessage(await get(db, sender_id, message_id), [])
        await idempotency.forget(db, key)
        sent = await SEND_MESSAGE.maybe(db, sender_id, conversation_id, content, client_id, *used)
    if sent is not None:
        return sent
    if key is not None and (message_id := await idempotency.result(db, key)) is not None:
        return SentMessage(
            await get(db, sender_id, message_id), []
        )  # blocked only since the first try
    if await IS_PARTICIPANT.one(db, conversation_id, sender_id):
        raise Blocked("One of you has blocked the other, or is gone.")
    raise NotFound("conversation")


@dataclass(frozen=True, slots=True)
class MessageChange:
    """A message as its sender changed it, and the event to each participant."""

    message: Message
    logged: list[log.AppendedEvent]


@dataclass(frozen=True, slots=True)
class _StoredMessage:
    conversation_id: int
    sender_id: int
    content: str


STORED_MESSAGE = Query(
    """
    SELECT m.conversation_id, m.sender_id, m.content FROM messages m
      JOIN participants v ON v.conversation_id = m.conversation_id AND v.user_id = $1
     WHERE m.id = $2 AND v.left_at IS NULL AND m.id > v.visible_after AND m.deleted_at IS NULL""",
    _StoredMessage,
)
EDIT_MESSAGE = Command(
    "UPDATE messages SET content = $2, edited_at = now() WHERE id = $1 AND deleted_at IS NULL"
)
DELETE_MESSAGE = Command("""
    UPDATE messages SET content = '', deleted_at = now() WHERE id = $1 AND deleted_at IS NULL""")
DEDUCT_UNREAD_MESSAGE = Scalar(
    f"""
    UPDATE participants v SET unread_count = unread_count - 1
     WHERE v.conversation_id = $1 AND v.user_id <> $2 AND v.left_at IS NULL
       AND v.last_read_id < $3 AND v.visible_after < $3 AND v.unread_count > 0
       AND {not_blocked("v.user_id", "$2")}
    RETURNING v.user_id""",
    int,
)


# It would reach the other as a new message would.
APART_IN_DIRECT = Scalar(
    f"""
    SELECT EXISTS (
        SELECT FROM conversations c JOIN participants o ON o.conversation_id = c.id
         WHERE c.id = $1 AND c.kind = 'direct' AND NOT {may_interact("$2", "o.user_id")})""",
    bool,
)


async def edit(db: Database, sender_id: int, message_id: int, content: str) -> MessageChange:
    """Replace the content; logged is empty when nothing changes.

    NotFound; NotAuthor unless the sender asks; Blocked where one of the two of a direct
    conversation has blocked the other.
    """
    async with db.transaction() as connection:
        stored = await _own_message(connection, sender_id, message_id)
        members = await conversations.lock_participants(connection, stored.conversation_id)
        if stored.content == content:
            return MessageChange(await get(connection, sender_id, message_id), [])
        if await APART_IN_DIRECT.one(connection, stored.conversation_id, sender_id):
            raise Blocked("One of you has blocked the other.")
        if not await EDIT_MESSAGE.run(connection, message_id, content):
            raise NotFound("message")
        drafts = [
            log.EventDraft(member, MessageUpdated, sender_id, message_id) for member in members
        ]
        logged = await log.append(connection, drafts)
        return MessageChange(await get(connection, sender_id, message_id), logged)


async def delete(db: Database, sender_id: int, message_id: int) -> MessageChange:
    """Remove the content; who had not read the message has one less to read.

    NotFound; NotAuthor unless the sender asks.
    """
    async with db.transaction() as connection:
        conversation_id = (await _own_message(connection, sender_id, message_id)).conversation_id
        members = await conversations.lock_participants(connection, conversation_id)
        if not await DELETE_MESSAGE.run(connection, message_id):
            raise NotFound("message")
        had_not_read = set(
            await DEDUCT_UNREAD_MESSAGE.all(connection, conversation_id, sender_id, message_id)
        )
        drafts = [
            log.EventDraft(
                user_id=member,
                event=MessageDeleted,
                actor_id=sender_id,
                ref=message_id,
                unread_messages=-(member in had_not_read),
            )
            for member in members
        ]
        logged = await log.append(connection, drafts)
        return MessageChange(await get(connection, sender_id, message_id), logged)


async def _own_message(
    connection: asyncpg.Connection, sender_id: int, message_id: int
) -> _StoredMessage:
    stored = await STORED_MESSAGE.maybe(connection, sender_id, message_id)
    if stored is None:
        raise NotFound("message")
    if stored.sender_id != sender_id:
        raise NotAuthor("Only its sender may change a message.")
    return stored
