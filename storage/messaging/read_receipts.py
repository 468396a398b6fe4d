"""Read receipts: up to which message a participant has read a conversation."""

from dataclasses import dataclass

from storage.database.pool import Database
from storage.database.query import Query, Scalar
from storage.database.visibility import not_blocked
from storage.errors import NotFound
from storage.events import log
from storage.events.types import ConversationRead
from storage.messaging import conversations


@dataclass(frozen=True, slots=True)
class ReadReceipt:
    """How far a participant has read, what is left, and the event to each participant."""

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


COUNTED_ANEW = 1_000

# Messages m of conversation $1 that count as unread for user $2.
COUNTING = f"""m.conversation_id = $1 AND m.sender_id <> $2 AND m.deleted_at IS NULL
    AND {not_blocked("$2", "m.sender_id")}"""
# Nothing is left after the last message. Else what is left is counted anew if it is little, and if
# not what has now been read is deducted, which happens to a message but once.
MARK_CONVERSATION_READ = Query(
    f"""
    WITH before AS MATERIALIZED (
        SELECT unread_count, last_read_id, visible_after FROM participants
         WHERE conversation_id = $1 AND user_id = $2 AND left_at IS NULL),
    remaining AS MATERIALIZED (
        SELECT CASE WHEN $3 >= (SELECT rank FROM conversations WHERE id = $1) THEN 0 ELSE (
               SELECT count(*) FROM (
                   SELECT FROM messages m
                    WHERE m.id > greatest($3, (SELECT visible_after FROM before)) AND {COUNTING}
                    LIMIT {COUNTED_ANEW} + 1) counted) END AS messages)
    UPDATE participants v SET last_read_id = $3, unread_count = CASE
           WHEN remaining.messages <= {COUNTED_ANEW} THEN remaining.messages
           ELSE greatest({COUNTED_ANEW}, before.unread_count - (
                SELECT count(*) FROM messages m
                 WHERE m.id > greatest(before.last_read_id, before.visible_after) AND m.id <= $3
                   AND {COUNTING})) END
      FROM before, remaining
     WHERE v.conversation_id = $1 AND v.user_id = $2 AND before.last_read_id < $3
    RETURNING v.unread_count, before.unread_count - v.unread_count AS fewer""",
    _Marked,
)
UNREAD_IN_CONVERSATION = Scalar(
    """
    SELECT unread_count FROM participants
     WHERE conversation_id = $1 AND user_id = $2 AND left_at IS NULL""",
    int,
)


async def mark_read(db: Database, user_id: int, conversation_id: int, up_to: int) -> ReadReceipt:
    """Move the user's read mark forward, never back; logged is empty when it was there already.

    The others learn of it unless a block keeps it from them (conversations.recipients).
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
            return ReadReceipt(up_to, left or 0, [])
        reached = {user_id, *await conversations.recipients(connection, user_id, conversation_id)}
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
        return ReadReceipt(up_to, marked.unread_count, await log.append(connection, drafts))
