"""Read receipts: up to which message a participant has read a conversation."""

from dataclasses import dataclass

import asyncpg

from storage.database.pool import Database
from storage.database.query import Executor, Query, Scalar
from storage.database.visibility import not_blocked
from storage.errors import NotFound
from storage.events import log
from storage.events.types import ConversationRead
from storage.messaging import conversations


@dataclass(frozen=True, slots=True)
class ReadReceipt:
    """How far a participant has read, what is left, and the event to each participant."""

    conversation_id: int
    up_to: int
    unread_count: int
    logged: list[log.AppendedEvent]


MESSAGE_IS_IN_CONVERSATION = Scalar(
    "SELECT EXISTS (SELECT FROM messages WHERE id = $1 AND conversation_id = $2)", bool
)


@dataclass(frozen=True, slots=True)
class _Marked:
    unread_count: int
    fewer: int
    is_moved: bool


COUNTED_ANEW = 1_000


def counting(conversation: str, user: str) -> str:
    """Return the condition on messages m of a conversation that they count as unread for a user."""
    return f"""m.conversation_id = {conversation} AND m.sender_id <> {user}
        AND m.deleted_at IS NULL AND {not_blocked(user, "m.sender_id")}"""


# Nothing is left after the last message. Else what is left is counted anew if it is little, and if
# not what has now been read is deducted, which happens to a message but once. Where the mark stands
# already, what is left is less when somebody has been blocked since whose messages are behind it.
MARK_CONVERSATION_READ = Query(
    f"""
    WITH before AS MATERIALIZED (
        SELECT unread_count, last_read_id, visible_after FROM participants
         WHERE conversation_id = $1 AND user_id = $2 AND left_at IS NULL),
    remaining AS MATERIALIZED (
        SELECT CASE WHEN $3 >= (SELECT rank FROM conversations WHERE id = $1) THEN 0 ELSE (
               SELECT count(*) FROM (
                   SELECT FROM messages m
                    WHERE m.id > greatest($3, (SELECT visible_after FROM before))
                      AND {counting("$1", "$2")}
                    LIMIT {COUNTED_ANEW} + 1) counted) END AS messages)
    UPDATE participants v SET last_read_id = $3, unread_count = CASE
           WHEN v.is_request THEN v.unread_count
           WHEN remaining.messages <= {COUNTED_ANEW} THEN remaining.messages
           ELSE greatest({COUNTED_ANEW}, before.unread_count - (
                SELECT count(*) FROM messages m
                 WHERE m.id > greatest(before.last_read_id, before.visible_after) AND m.id <= $3
                   AND {counting("$1", "$2")})) END
      FROM before, remaining
     WHERE v.conversation_id = $1 AND v.user_id = $2
       AND (before.last_read_id < $3 OR before.last_read_id = $3
            AND remaining.messages < least(before.unread_count, {COUNTED_ANEW} + 1))
    RETURNING CASE WHEN v.is_request THEN remaining.messages::integer ELSE v.unread_count END
              AS unread_count, before.unread_count - v.unread_count AS fewer,
              before.last_read_id < $3 AS is_moved""",
    _Marked,
)
UNREAD_IN_CONVERSATION = Scalar(
    f"""
    SELECT {conversations.UNREAD} FROM participants v
     WHERE conversation_id = $1 AND user_id = $2 AND left_at IS NULL""",
    int,
)


HAS_READ = Scalar(
    """
    SELECT EXISTS (SELECT FROM participants
         WHERE conversation_id = $1 AND user_id = $2 AND last_read_id >= $3)""",
    bool,
)


async def has_read(db: Executor, user_id: int, conversation_id: int, message_id: int) -> bool:
    """Tell whether the user has read this message."""
    return await HAS_READ.one(db, conversation_id, user_id, message_id)


async def mark_read(db: Database, user_id: int, conversation_id: int, up_to: int) -> ReadReceipt:
    """Move the user's read mark forward, never back; logged is empty when it was there already.

    The others learn of it unless a block keeps it from them (conversations.recipients), or one of
    the two tells of none (receipt_privacy).
    NotFound unless the user is in the conversation and the message of it.
    """
    async with db.transaction() as connection:
        members = await conversations.lock_participants(connection, conversation_id)
        if user_id not in members:
            raise NotFound("conversation")
        if not await MESSAGE_IS_IN_CONVERSATION.one(connection, up_to, conversation_id):
            raise NotFound("message")
        marked = await MARK_CONVERSATION_READ.maybe(connection, conversation_id, user_id, up_to)
        if marked is None:
            left = await UNREAD_IN_CONVERSATION.maybe(connection, conversation_id, user_id)
            return ReadReceipt(conversation_id, up_to, left or 0, [])
        reached = {user_id}
        if marked.is_moved:
            reached |= set(
                await conversations.recipients(connection, user_id, conversation_id, up_to)
            )
        drafts = [
            log.EventDraft(
                user_id=member,
                event=ConversationRead,
                actor_id=user_id,
                ref=conversation_id,
                data={"up_to": up_to},
                unread_messages=-marked.fewer if member == user_id else 0,
            )
            for member in members
            if member in reached
        ]
        logged = await log.append(connection, drafts)
        return ReadReceipt(conversation_id, up_to, marked.unread_count, logged)


@dataclass(frozen=True, slots=True)
class _Recounted:
    conversation_id: int
    up_to: int
    unread_count: int
    fewer: int


RECOUNTED = 50  # conversations

# What is unread by the one whom $1 has just blocked is hidden. In their direct conversation nothing
# else is unread. In groups it is counted anew if it is little, as in MARK_CONVERSATION_READ, and of
# many, or much, when they are read next.
UNCOUNT_BLOCKED = Query(
    f"""
    WITH shared AS MATERIALIZED (
        SELECT v.conversation_id, v.last_read_id, v.visible_after, v.unread_count, c.kind
          FROM participants v JOIN conversations c ON c.id = v.conversation_id
         WHERE v.user_id = $1 AND v.left_at IS NULL AND NOT v.is_request AND v.unread_count > 0
           AND EXISTS (SELECT FROM participants o
                        WHERE o.conversation_id = v.conversation_id AND o.user_id = $2)
         ORDER BY c.kind = 'direct' DESC, c.rank DESC LIMIT {RECOUNTED}),
    recounted AS MATERIALIZED (
        SELECT s.*, CASE s.kind WHEN 'direct' THEN 0 ELSE (
               SELECT count(*) FROM (
                   SELECT FROM messages m
                    WHERE m.id > greatest(s.last_read_id, s.visible_after)
                      AND {counting("s.conversation_id", "$1")}
                    LIMIT {COUNTED_ANEW} + 1) counted) END AS messages
          FROM shared s)
    UPDATE participants v SET unread_count = r.messages
      FROM recounted r
     WHERE v.conversation_id = r.conversation_id AND v.user_id = $1
       AND r.messages < r.unread_count AND r.messages <= {COUNTED_ANEW}
    RETURNING v.conversation_id, greatest(v.last_read_id, v.visible_after) AS up_to,
              v.unread_count, r.unread_count - v.unread_count AS fewer""",
    _Recounted,
)


async def uncount_blocked(
    connection: asyncpg.Connection, user_id: int, blocked_id: int
) -> list[ReadReceipt]:
    """Have what somebody wrote whom the user, whose counter is locked, has blocked unread no more.

    The user's read marks stay where they are. Returns what is left where that is less now.
    """
    recounted = await UNCOUNT_BLOCKED.all(connection, user_id, blocked_id)
    drafts = [
        log.EventDraft(
            user_id=user_id,
            event=ConversationRead,
            actor_id=user_id,
            ref=one.conversation_id,
            data={"up_to": one.up_to},
            unread_messages=-one.fewer,
        )
        for one in recounted
    ]
    logged = await log.append(connection, drafts)
    return [
        ReadReceipt(one.conversation_id, one.up_to, one.unread_count, [event])
        for one, event in zip(recounted, logged, strict=True)
    ]
