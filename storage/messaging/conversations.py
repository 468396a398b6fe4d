"""Conversations: between two users one, in groups any number."""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from storage.database.columns import MESSAGE, not_blocked, row, user_ref
from storage.database.paging import NEWEST, decode, encode
from storage.database.pool import Database
from storage.database.query import Executor, Query
from storage.errors import Blocked, NotFound
from storage.events import log
from storage.events.types import AboutConversation, ConversationCreated
from storage.records import Conversation, Page

# A Conversation from conversations c and the viewer's participants row v. Nobody leaves a direct
# one, unless by closing the account: then one sees whom it was with.
CONVERSATION = f"""c.id, c.kind, c.title,
    ARRAY(SELECT {user_ref("u")} FROM participants o JOIN users u ON u.id = o.user_id
           WHERE o.conversation_id = c.id AND (o.left_at IS NULL OR c.kind = 'direct')
           ORDER BY o.joined_at, u.id) AS participants,
    (SELECT {row(MESSAGE)} FROM messages m JOIN users s ON s.id = m.sender_id
      WHERE m.conversation_id = c.id AND m.id > v.visible_after
        AND {not_blocked("v.user_id", "m.sender_id")}
      ORDER BY m.id DESC LIMIT 1) AS last_message,
    v.unread_count, c.created_at, c.updated_at"""

MINE = """conversations c JOIN participants v
    ON v.conversation_id = c.id AND v.user_id = $1 AND v.left_at IS NULL"""

SOME = Query(
    f"SELECT {CONVERSATION} FROM {MINE} WHERE c.id = ANY($2::bigint[])",
    Conversation,
)


async def some(db: Executor, user_id: int, ids: Sequence[int]) -> list[Conversation]:
    """Those of these that the user is in, in no order."""
    return await SOME.all(db, user_id, ids)


async def get(db: Executor, user_id: int, conversation_id: int) -> Conversation:
    """NotFound unless the user is in it."""
    if found := await some(db, user_id, [conversation_id]):
        return found[0]
    raise NotFound("conversation")


OTHERS = f"""
    SELECT user_id, {not_blocked("user_id", "$2")} AS hears FROM participants
     WHERE conversation_id = $1 AND left_at IS NULL"""


async def others(db: Database, user_id: int, conversation_id: int) -> list[int]:
    """The other participants who have not blocked the user. NotFound unless the user is in it."""
    rows = await db.fetch(OTHERS, conversation_id, user_id)
    if user_id not in {row["user_id"] for row in rows}:
        raise NotFound("conversation")
    return [row["user_id"] for row in rows if row["user_id"] != user_id and row["hears"]]


@dataclass(frozen=True, slots=True)
class Ranked:
    rank: int
    top: int
    conversation: Conversation


# The list is by latest activity, which moves while one walks through it. A walk therefore goes by
# the order at its start: $3 is the highest message id of then, and a conversation that has been
# written to since counts by its last message up to $3.
LIST = Query(
    f"""
    WITH walk AS (
        SELECT coalesce($3::bigint, (SELECT max(c.rank) FROM {MINE}), 0) AS top),
    ranked AS (
        SELECT c.id, top, CASE WHEN c.rank <= top THEN c.rank ELSE coalesce(
                 (SELECT max(m.id) FROM messages m WHERE m.conversation_id = c.id AND m.id <= top),
                 c.created_rank) END AS rank
          FROM {MINE} CROSS JOIN walk WHERE c.created_rank <= top)
    SELECT r.rank, r.top, {row(CONVERSATION)} AS conversation
      FROM (SELECT * FROM ranked WHERE ranked.rank < $2 ORDER BY ranked.rank DESC LIMIT $4) r
      JOIN {MINE} ON c.id = r.id ORDER BY r.rank DESC""",
    Ranked,
)


async def latest(db: Database, user_id: int, limit: int, cursor: str | None) -> Page[Conversation]:
    """Latest activity first."""
    below, top = decode(cursor, int, int) if cursor else (NEWEST, None)
    rows = await LIST.all(db, user_id, below, top, limit + 1)
    conversations = [row.conversation for row in rows[:limit]]
    if len(rows) <= limit:
        return Page(conversations, None)
    last = rows[limit - 1]
    return Page(conversations, encode(last.rank, last.top))


@dataclass(frozen=True, slots=True)
class ParticipantView:
    """A participant's own view of a conversation that a write has changed, and its log entry."""

    conversation: Conversation
    logged: log.AppendedEvent


@dataclass(frozen=True, slots=True)
class OpenedConversation:
    """A conversation and, where it is new, every participant's view of it by user id."""

    conversation_id: int
    seats: dict[int, ParticipantView]


PRESENT = "SELECT id FROM users WHERE id = ANY($1::bigint[]) AND deleted_at IS NULL"
BLOCKED = """
    SELECT EXISTS (SELECT FROM blocks WHERE (blocker_id = $1 AND blocked_id = ANY($2::bigint[]))
                                         OR (blocked_id = $1 AND blocker_id = ANY($2::bigint[])))"""
DIRECT = "SELECT id FROM conversations WHERE direct_key = $1"
CREATE = """
    WITH ranked AS (SELECT nextval(pg_get_serial_sequence('messages', 'id')) AS rank)
    INSERT INTO conversations (kind, title, direct_key, creator_id, created_rank, rank)
    SELECT $1, $2, $3, $4, rank, rank FROM ranked
    RETURNING id"""
JOIN = "INSERT INTO participants (conversation_id, user_id) SELECT $1, unnest($2::bigint[])"


async def create(
    db: Database, creator_id: int, other_ids: Sequence[int], title: str | None
) -> OpenedConversation:
    """A conversation with these others: direct with one and no title, else a group.

    Two users' direct conversation is made once: asked for again, it is opened without new seats.
    NotFound for an absent user; Forbidden where the creator and one of them are apart by a block.
    """
    kind = "direct" if len(other_ids) == 1 and title is None else "group"
    everyone = sorted({creator_id, *other_ids})
    key = ":".join(map(str, everyone)) if kind == "direct" else None
    async with db.transaction() as connection:
        await log.lock(connection, everyone)
        if len(await connection.fetch(PRESENT, everyone)) < len(everyone):
            raise NotFound("user")
        if await connection.fetchval(BLOCKED, creator_id, list(other_ids)):
            raise Blocked
        if key is not None and (existing := await connection.fetchval(DIRECT, key)):
            return OpenedConversation(existing, {})
        conversation_id = await connection.fetchval(CREATE, kind, title, key, creator_id)
        await connection.execute(JOIN, conversation_id, everyone)
        seats = await tell(connection, ConversationCreated, conversation_id, creator_id, everyone)
        return OpenedConversation(conversation_id, seats)


async def tell(
    connection: asyncpg.Connection,
    event: type[AboutConversation],
    conversation_id: int,
    actor_id: int,
    user_ids: Sequence[int],
) -> dict[int, ParticipantView]:
    """Log a change of a conversation to these participants, each with their own view of it."""
    entries = [log.EventDraft(user_id, event, actor_id, conversation_id) for user_id in user_ids]
    return {
        logged.user_id: ParticipantView(
            await get(connection, logged.user_id, conversation_id), logged
        )
        for logged in await log.append(connection, entries)
    }
