"""Messages: sent once, numbered for every participant, read up to a point."""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from storage import idempotency
from storage.database.columns import MESSAGE, may_interact, not_blocked, row
from storage.database.paging import after, cut
from storage.database.pool import Database
from storage.database.query import Executor, Query
from storage.errors import Blocked, NotAuthor, NotFound
from storage.events import log
from storage.events.types import (
    ConversationRead,
    MessageCreated,
    MessageDeleted,
    MessageUpdated,
)
from storage.records import Message, Page

SOME = Query(
    f"""
    SELECT {MESSAGE} FROM messages m JOIN users s ON s.id = m.sender_id
      JOIN participants v ON v.conversation_id = m.conversation_id AND v.user_id = $1
     WHERE m.id = ANY($2::bigint[]) AND v.left_at IS NULL AND m.id > v.visible_after
       AND {not_blocked("$1", "m.sender_id")}""",
    Message,
)


async def some(db: Executor, user_id: int, ids: Sequence[int]) -> list[Message]:
    """Those of these that the user may see, in no order."""
    return await SOME.all(db, user_id, ids)


async def get(db: Executor, user_id: int, message_id: int) -> Message:
    if found := await some(db, user_id, [message_id]):
        return found[0]
    raise NotFound("message")


IN = """
    SELECT EXISTS (SELECT FROM participants
                    WHERE conversation_id = $1 AND user_id = $2 AND left_at IS NULL)"""
LIST = Query(
    f"""
    SELECT {MESSAGE} FROM messages m JOIN users s ON s.id = m.sender_id
      JOIN participants v ON v.conversation_id = m.conversation_id AND v.user_id = $1
     WHERE m.conversation_id = $2 AND v.left_at IS NULL AND m.id > v.visible_after AND m.id < $3
       AND {not_blocked("$1", "m.sender_id")}
     ORDER BY m.id DESC LIMIT $4""",
    Message,
)


async def newest(
    db: Database, user_id: int, conversation_id: int, limit: int, cursor: str | None
) -> Page[Message]:
    """NotFound unless the user is in the conversation."""
    rows = await LIST.all(db, user_id, conversation_id, after(cursor), limit + 1)
    if not rows and not await db.fetchval(IN, conversation_id, user_id):
        raise NotFound("conversation")
    return cut(rows, limit, lambda row: row, lambda row: row.id)


@dataclass(frozen=True, slots=True)
class Delivery:
    user_id: int
    seq: int


@dataclass(frozen=True, slots=True)
class Sent:
    """A new message, and its number in the log of each whom it goes to, the sender included."""

    message: Message
    deliveries: list[Delivery]


# One round trip, in this order: lock the counters of all participants; take the message's id only
# then, so that ids, numbers and commits agree (count(*) reads every lock before the first insert);
# move the others' unread counts, which settles who is still there; number; log.
SEND = Query(
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
    SELECT {row(MESSAGE)} AS message, ARRAY(SELECT ROW(user_id, seq) FROM numbered) AS deliveries
      FROM message m JOIN users s ON s.id = m.sender_id""",
    Sent,
)


async def send(
    db: Database,
    sender_id: int,
    conversation_id: int,
    content: str,
    client_id: str | None,
    key: idempotency.Key | None,
) -> Sent:
    """Store a message as the next event of all participants.

    With a key that was used for this very message: that message, without deliveries. NotFound
    unless the sender is in the conversation, Forbidden where the two of a direct one are apart by
    a block.
    """
    used = (key.key, key.body_hash) if key else (None, None)
    try:
        sent = await SEND.maybe(db, sender_id, conversation_id, content, client_id, *used)
    except asyncpg.UniqueViolationError:
        assert key is not None
        if (message_id := await idempotency.result(db, key)) is not None:
            return Sent(await get(db, sender_id, message_id), [])
        await idempotency.trim(db)
        sent = await SEND.maybe(db, sender_id, conversation_id, content, client_id, *used)
    if sent is not None:
        return sent
    if key is not None and (message_id := await idempotency.result(db, key)) is not None:
        return Sent(await get(db, sender_id, message_id), [])  # blocked only since the first try
    if await db.fetchval(IN, conversation_id, sender_id):
        raise Blocked("One of you has blocked the other, or is gone.")
    raise NotFound("conversation")


@dataclass(frozen=True, slots=True)
class Read:
    """How far a participant has read: what is left, and the log's entry for each participant."""

    up_to: int
    unread_count: int
    logged: list[log.AppendedEvent]


MEMBERS = "SELECT user_id FROM participants WHERE conversation_id = $1 AND left_at IS NULL"
BELONGS = "SELECT EXISTS (SELECT FROM messages WHERE id = $1 AND conversation_id = $2)"
MARK = f"""
    WITH before AS (
        SELECT unread_count, last_read_id, visible_after FROM participants
         WHERE conversation_id = $1 AND user_id = $2 AND left_at IS NULL)
    UPDATE participants v SET last_read_id = $3, unread_count = (
           SELECT count(*) FROM messages m
            WHERE m.conversation_id = $1 AND m.id > greatest($3, before.visible_after)
              AND m.sender_id <> $2 AND m.deleted_at IS NULL
              AND {not_blocked("$2", "m.sender_id")})
      FROM before
     WHERE v.conversation_id = $1 AND v.user_id = $2 AND before.last_read_id < $3
    RETURNING v.unread_count, before.unread_count - v.unread_count AS fewer"""
UNREAD = """
    SELECT unread_count FROM participants
     WHERE conversation_id = $1 AND user_id = $2 AND left_at IS NULL"""


async def mark_read(db: Database, user_id: int, conversation_id: int, up_to: int) -> Read:
    """Move the user's read mark forward, never back; logged empty when it was there already.

    NotFound unless the user is in the conversation and the message of it.
    """
    async with db.transaction() as connection:
        members = await _lock_members(connection, conversation_id)
        if user_id not in members:
            raise NotFound("conversation")
        if not await connection.fetchval(BELONGS, up_to, conversation_id):
            raise NotFound("message")
        row = await connection.fetchrow(MARK, conversation_id, user_id, up_to)
        if row is None:
            left = await connection.fetchval(UNREAD, conversation_id, user_id)
            return Read(up_to, left or 0, [])
        entries = [
            log.EventDraft(
                user_id=member,
                event=ConversationRead,
                actor_id=user_id,
                ref=conversation_id,
                data={"up_to": up_to},
                unread_messages=-row["fewer"] if member == user_id else 0,
            )
            for member in members
        ]
        return Read(up_to, row["unread_count"], await log.append(connection, entries))


@dataclass(frozen=True, slots=True)
class Changed:
    """A message as its sender changed it, and the log's entry for each participant."""

    message: Message
    logged: list[log.AppendedEvent]


OWN = """
    SELECT m.conversation_id, m.sender_id, m.content FROM messages m
      JOIN participants v ON v.conversation_id = m.conversation_id AND v.user_id = $1
     WHERE m.id = $2 AND v.left_at IS NULL AND m.id > v.visible_after AND m.deleted_at IS NULL"""
EDIT = "UPDATE messages SET content = $2, edited_at = now() WHERE id = $1 AND deleted_at IS NULL"
DELETE = """
    UPDATE messages SET content = '', deleted_at = now() WHERE id = $1 AND deleted_at IS NULL"""
NO_LONGER_UNREAD = f"""
    UPDATE participants v SET unread_count = unread_count - 1
     WHERE v.conversation_id = $1 AND v.user_id <> $2 AND v.left_at IS NULL
       AND v.last_read_id < $3 AND v.visible_after < $3 AND v.unread_count > 0
       AND {not_blocked("v.user_id", "$2")}
    RETURNING v.user_id"""


async def edit(db: Database, sender_id: int, message_id: int, content: str) -> Changed:
    """Replace the content; logged is empty when nothing changes. NotFound, Forbidden."""
    async with db.transaction() as connection:
        own = await _own(connection, sender_id, message_id)
        members = await _lock_members(connection, own["conversation_id"])
        if own["content"] == content:
            return Changed(await get(connection, sender_id, message_id), [])
        if await connection.execute(EDIT, message_id, content) == "UPDATE 0":
            raise NotFound("message")
        entries = [
            log.EventDraft(member, MessageUpdated, sender_id, message_id) for member in members
        ]
        logged = await log.append(connection, entries)
        return Changed(await get(connection, sender_id, message_id), logged)


async def delete(db: Database, sender_id: int, message_id: int) -> Changed:
    """Take the content away; who had not read it has one less to read. NotFound, Forbidden."""
    async with db.transaction() as connection:
        own = await _own(connection, sender_id, message_id)
        conversation_id = own["conversation_id"]
        members = await _lock_members(connection, conversation_id)
        if await connection.execute(DELETE, message_id) == "UPDATE 0":
            raise NotFound("message")
        rows = await connection.fetch(NO_LONGER_UNREAD, conversation_id, sender_id, message_id)
        had_not_read = {row["user_id"] for row in rows}
        entries = [
            log.EventDraft(
                user_id=member,
                event=MessageDeleted,
                actor_id=sender_id,
                ref=message_id,
                unread_messages=-(member in had_not_read),
            )
            for member in members
        ]
        logged = await log.append(connection, entries)
        return Changed(await get(connection, sender_id, message_id), logged)


async def _own(connection: asyncpg.Connection, sender_id: int, message_id: int) -> asyncpg.Record:
    own = await connection.fetchrow(OWN, sender_id, message_id)
    if own is None:
        raise NotFound("message")
    if own["sender_id"] != sender_id:
        raise NotAuthor("Only its sender may change a message.")
    return own


async def _lock_members(connection: asyncpg.Connection, conversation_id: int) -> list[int]:
    """Everybody in the conversation, their counters held; who left while we waited is not."""
    asked = [row["user_id"] for row in await connection.fetch(MEMBERS, conversation_id)]
    locked = await log.lock(connection, asked)
    now = {row["user_id"] for row in await connection.fetch(MEMBERS, conversation_id)}
    return sorted(locked & now)
