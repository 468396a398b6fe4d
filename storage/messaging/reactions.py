"""Reactions to messages: one for each person and emoji.

Who reacts has it in their own log at once. All participants are told of the sums a moment later,
once for what came within it: the message stands in reactions_to_tell until then.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import asyncpg

from storage.database.columns import Columns
from storage.database.paging import after, page_by_id
from storage.database.pool import Database
from storage.database.query import Command, Query, Scalar
from storage.database.user_columns import user_ref
from storage.database.visibility import may_interact, not_blocked
from storage.errors import Blocked, NotAccepted, NotFound, TooManyReactions
from storage.events import log
from storage.events.types import MessageReactions
from storage.messaging import conversations, messages
from storage.records import Message, Page, Reaction, Reactor

DIFFERENT_MAX = 20  # emoji that a message has
EACH_MAX = 5  # of these by one person


@dataclass(frozen=True, slots=True)
class Reacted:
    """A message as the one who has reacted sees it, and the event to that one; None: no change."""

    message: Message
    logged: log.AppendedEvent | None


@dataclass(frozen=True, slots=True)
class _Target:
    waits: bool
    apart: bool


# A message that the user sees, held against its deletion. Apart: they may not write to one another.
TARGET = Query(
    f"""
    SELECT EXISTS (SELECT FROM participants o
                    WHERE o.conversation_id = m.conversation_id AND o.is_request) AS waits,
           NOT {not_blocked("m.sender_id", "$1")} OR EXISTS (
               SELECT FROM conversations c JOIN participants o ON o.conversation_id = c.id
                WHERE c.id = m.conversation_id AND c.kind = 'direct'
                  AND NOT {may_interact("$1", "o.user_id")}) AS apart
      FROM messages m
      JOIN participants v ON v.conversation_id = m.conversation_id AND v.user_id = $1
     WHERE m.id = $2 AND v.left_at IS NULL AND m.id > v.visible_after AND m.deleted_at IS NULL
       AND {not_blocked("$1", "m.sender_id")} FOR NO KEY UPDATE OF m""",
    _Target,
)


@dataclass(frozen=True, slots=True)
class _Before:
    different: int
    by_user: int
    is_known: bool
    is_there: bool


REACTIONS_BEFORE = Query(
    """
    SELECT count(DISTINCT emoji)::integer AS different,
           (count(*) FILTER (WHERE user_id = $2))::integer AS by_user,
           coalesce(bool_or(emoji = $3), false) AS is_known,
           coalesce(bool_or(emoji = $3 AND user_id = $2), false) AS is_there
      FROM message_reactions WHERE message_id = $1""",
    _Before,
)
ADD_REACTION = Command("""
    WITH flagged AS (UPDATE messages SET has_reactions = true WHERE id = $1 AND NOT has_reactions)
    INSERT INTO message_reactions (message_id, user_id, emoji) VALUES ($1, $2, $3)""")
REMOVE_REACTION = Command(
    "DELETE FROM message_reactions WHERE message_id = $1 AND user_id = $2 AND emoji = $3"
)
# Held where it is there already: who is about to tell, and takes it away, waits for this.
TO_TELL = Command("""
    INSERT INTO reactions_to_tell (message_id) VALUES ($1)
    ON CONFLICT (message_id) DO UPDATE SET since = reactions_to_tell.since""")


async def add(db: Database, user_id: int, message_id: int, emoji: str) -> Reacted:
    """React to a message with an emoji in its one spelling; a second time changes nothing.

    Raises:
        NotFound: There is no such message for the user, or it was taken back.
        NotAccepted: Its conversation is a message request.
        Blocked: Its sender has blocked the user, or in a direct conversation either the other.
        TooManyReactions: It has as many different ones, or as many by the user, as it may.
    """
    async with db.transaction() as connection:
        target = await _target(connection, user_id, message_id)
        if target.waits:
            raise NotAccepted("Nobody reacts to what has not been accepted.")
        if target.apart:
            raise Blocked
        before = await REACTIONS_BEFORE.one(connection, message_id, user_id, emoji)
        if before.is_there:
            return Reacted(await messages.get(connection, user_id, message_id), None)
        if before.by_user >= EACH_MAX or (
            before.different >= DIFFERENT_MAX and not before.is_known
        ):
            raise TooManyReactions(DIFFERENT_MAX, EACH_MAX)
        await ADD_REACTION.run(connection, message_id, user_id, emoji)
        return await _changed(connection, user_id, message_id)


async def remove(db: Database, user_id: int, message_id: int, emoji: str) -> Reacted:
    """Take a reaction back, also where one could not react now. NotFound for no such message."""
    async with db.transaction() as connection:
        await _target(connection, user_id, message_id)
        if not await REMOVE_REACTION.run(connection, message_id, user_id, emoji):
            return Reacted(await messages.get(connection, user_id, message_id), None)
        return await _changed(connection, user_id, message_id)


async def _target(connection: asyncpg.Connection, user_id: int, message_id: int) -> _Target:
    await log.lock(connection, [user_id])
    target = await TARGET.maybe(connection, user_id, message_id)
    if target is None:
        raise NotFound("message")
    return target


async def _changed(connection: asyncpg.Connection, user_id: int, message_id: int) -> Reacted:
    await TO_TELL.run(connection, message_id)
    draft = log.EventDraft(user_id, MessageReactions, user_id, message_id)
    (logged,) = await log.append(connection, [draft])
    return Reacted(await messages.get(connection, user_id, message_id), logged)


# Newest first, without whom the viewer has blocked.
REACTOR = Columns(
    Reactor,
    {"id": "r.id", "emoji": "r.emoji", "user": user_ref("u"), "created_at": "r.created_at"},
)
REACTORS = Query(
    f"""
    SELECT {REACTOR} FROM message_reactions r JOIN users u ON u.id = r.user_id
     WHERE r.message_id = $2 AND r.id < $3 AND ($4::text IS NULL OR r.emoji = $4)
       AND u.deleted_at IS NULL AND {not_blocked("$1", "r.user_id")}
     ORDER BY r.id DESC LIMIT $5""",
    REACTOR,
)


async def reactors(
    db: Database,
    user_id: int,
    message_id: int,
    emoji: str | None,
    limit: int,
    cursor: str | None,
) -> Page[Reactor]:
    """Return who has reacted to a message that the user sees, with this emoji or any."""
    rows = await REACTORS.all(db, user_id, message_id, after(cursor), emoji, limit + 1)
    return page_by_id(rows, limit)


@dataclass(frozen=True, slots=True)
class News:
    """What all participants who see a message are told of its reactions, and in whose logs."""

    event: MessageReactions
    actor_id: int
    logged: Sequence[log.AppendedEvent]


@dataclass(frozen=True, slots=True)
class _Place:
    conversation_id: int
    sender_id: int


PLACE = Query("SELECT conversation_id, sender_id FROM messages WHERE id = $1", _Place)
WHO_SEES = Scalar(
    """
    SELECT v.user_id FROM participants v
     WHERE v.conversation_id = $1 AND v.left_at IS NULL AND NOT v.is_request
       AND v.visible_after < $2""",
    int,
)
TAKE_TO_TELL = Command("DELETE FROM reactions_to_tell WHERE message_id = $1")
SUMS = Columns(
    Reaction, {"emoji": "r.emoji", "count": "count(*)::integer", "mine": "NULL::boolean"}
)
SUMS_OF_MESSAGE = Query(
    f"""
    SELECT {SUMS} FROM message_reactions r WHERE r.message_id = $1
     GROUP BY r.emoji ORDER BY min(r.id)""",
    SUMS,
)
CLEAR_FLAG = Command("UPDATE messages SET has_reactions = false WHERE id = $1 AND has_reactions")


async def tell(db: Database, message_id: int) -> News | None:
    """Log the reactions to a message as they are now; None where somebody else has done so.

    It is said of the message's sender, so that it reaches nobody who has blocked them.
    """
    async with db.transaction() as connection:
        place = await PLACE.maybe(connection, message_id)
        if place is None:
            return None
        members = await conversations.lock_participants(connection, place.conversation_id)
        if not await TAKE_TO_TELL.run(connection, message_id):
            return None
        sums = await SUMS_OF_MESSAGE.all(connection, message_id)
        if not sums:
            await CLEAR_FLAG.run(connection, message_id)
        seen_by = set(await WHO_SEES.all(connection, place.conversation_id, message_id))
        drafts = [
            log.EventDraft(member, MessageReactions, place.sender_id, message_id)
            for member in members
            if member in seen_by
        ]
        logged = await log.append(connection, drafts)
        event = MessageReactions(place.conversation_id, message_id, sums)
        return News(event, place.sender_id, logged)


UNTOLD = Scalar(
    "SELECT message_id FROM reactions_to_tell WHERE since < now() - $1::interval LIMIT 100", int
)


async def untold(db: Database, older_than: timedelta) -> list[int]:
    """Return messages whose reactions have changed so long ago, and nobody has told of it."""
    return await UNTOLD.all(db, older_than)
