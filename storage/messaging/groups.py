"""Groups: their title, who joins them, who leaves."""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from storage.database.pool import Database
from storage.database.query import Query
from storage.errors import Blocked, ConversationFull, NotAGroup, NotFound
from storage.events import log
from storage.events.types import ConversationCreated, ConversationUpdated
from storage.messaging import conversations
from storage.messaging.conversations import BLOCKED, PRESENT, ParticipantView
from storage.records import Conversation

PARTICIPANTS_MAX = 100


@dataclass(frozen=True, slots=True)
class Change:
    """What one participant does to a group; title None leaves it as it is."""

    title: str | None = None
    add: Sequence[int] = ()
    leave: bool = False


@dataclass(frozen=True, slots=True)
class Changed:
    """The group as the one who changed it sees it, and the seats that were told: of those who were
    in it, and of those who are new."""

    conversation: Conversation
    updated: dict[int, ParticipantView]
    created: dict[int, ParticipantView]


GROUP = """
    SELECT c.kind, c.rank, ARRAY(
        SELECT user_id FROM participants p
         WHERE p.conversation_id = c.id AND p.left_at IS NULL) AS members
      FROM conversations c WHERE c.id = $1"""
TITLE = """
    UPDATE conversations SET title = $2, updated_at = now()
     WHERE id = $1 AND title IS DISTINCT FROM $2"""
TOUCH = "UPDATE conversations SET updated_at = now() WHERE id = $1"
# Who joins (again) sees what is written from then on.
JOIN = """
    INSERT INTO participants (conversation_id, user_id, visible_after, last_read_id)
    SELECT $1, joining, $3, $3 FROM unnest($2::bigint[]) AS joining
    ON CONFLICT (conversation_id, user_id) DO UPDATE
       SET joined_at = now(), left_at = NULL, visible_after = $3, last_read_id = $3,
           unread_count = 0"""
LEAVE = """
    UPDATE participants v SET left_at = now(), unread_count = 0 FROM participants before
     WHERE v.conversation_id = $1 AND v.user_id = $2 AND v.left_at IS NULL
       AND before.conversation_id = $1 AND before.user_id = $2
    RETURNING before.unread_count"""

LAST_SEEN = Query(
    f"""
    SELECT {conversations.CONVERSATION} FROM conversations c
      JOIN participants v ON v.conversation_id = c.id AND v.user_id = $1
     WHERE c.id = $2""",
    Conversation,
)


async def change(db: Database, user_id: int, conversation_id: int, change: Change) -> Changed:
    """Any participant may do any of it.

    NotFound unless the user is in the conversation, and for absent users to add; Forbidden for a
    direct conversation, and to add somebody apart by a block; Conflict when it would be too large.
    """
    async with db.transaction() as connection:
        before = await connection.fetchrow(GROUP, conversation_id)
        if before is None or user_id not in before["members"]:
            raise NotFound("conversation")
        await log.lock(connection, {*before["members"], *change.add})
        group = await connection.fetchrow(GROUP, conversation_id)
        assert group is not None
        members = set(group["members"])
        if user_id not in members:
            raise NotFound("conversation")
        if group["kind"] == "direct":
            raise NotAGroup
        new = sorted(set(change.add) - members)
        await _check_new(connection, user_id, new, len(members))
        touched = await _apply(connection, conversation_id, group["rank"], new, change)
        if not (touched or change.leave):
            return Changed(await conversations.get(connection, user_id, conversation_id), {}, {})
        left = -await connection.fetchval(LEAVE, conversation_id, user_id) if change.leave else 0
        # Only those whose counters are locked: nobody can have joined, for that locks them all.
        told = members & set(before["members"])
        updated = await _tell(connection, conversation_id, user_id, told, left)
        created = await conversations.tell(
            connection, ConversationCreated, conversation_id, user_id, new
        )
        seen = await LAST_SEEN.one(connection, user_id, conversation_id)
        return Changed(seen, updated, created)


async def _check_new(
    connection: asyncpg.Connection, user_id: int, new: list[int], members: int
) -> None:
    if not new:
        return
    if members + len(new) > PARTICIPANTS_MAX:
        raise ConversationFull(PARTICIPANTS_MAX)
    if len(await connection.fetch(PRESENT, new)) < len(new):
        raise NotFound("user")
    if await connection.fetchval(BLOCKED, user_id, new):
        raise Blocked


async def _apply(
    connection: asyncpg.Connection,
    conversation_id: int,
    rank: int,
    new: list[int],
    change: Change,
) -> bool:
    """Whether there was anything to do."""
    titled = False
    if change.title is not None:
        done = await connection.execute(TITLE, conversation_id, change.title)
        titled = done != "UPDATE 0"
    if new:
        await connection.execute(JOIN, conversation_id, new, rank)
    if new or change.leave:
        await connection.execute(TOUCH, conversation_id)
    return titled or bool(new)


async def _tell(
    connection: asyncpg.Connection,
    conversation_id: int,
    actor_id: int,
    user_ids: set[int],
    actors_unread: int,
) -> dict[int, ParticipantView]:
    """Log conversation.updated; for the one who leaves it is the last they hear of it."""
    entries = [
        log.EventDraft(
            user_id=user_id,
            event=ConversationUpdated,
            actor_id=actor_id,
            ref=conversation_id,
            unread_messages=actors_unread if user_id == actor_id else 0,
        )
        for user_id in sorted(user_ids)
    ]
    return {
        logged.user_id: ParticipantView(
            await LAST_SEEN.one(connection, logged.user_id, conversation_id), logged
        )
        for logged in await log.append(connection, entries)
    }
