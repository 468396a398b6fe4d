"""Message requests: direct conversations that wait until the one who was written to answers.

Nothing tells the sender of it: messages are stored as ever, and the recipient's row of participants
has `is_request`. What is declined has left_at, too. It is in no count and no list but its own.
"""

from dataclasses import dataclass
from typing import Literal

import asyncpg

from storage.database.pool import Database
from storage.database.query import Executor, Query, Scalar
from storage.database.visibility import is_active, may_interact, not_muted
from storage.errors import NotAccepted, NotFound, TooManyRequests
from storage.events import log
from storage.events.declaration import DurableEvent
from storage.events.types import ConversationCreated, MessageRequestEnded
from storage.messaging.conversations import latest_of, own_views, page_of_latest
from storage.messaging.group_changes import Told
from storage.records import Conversation, Page

MESSAGES_MAX = 10  # that one writes to somebody who has not answered
OPENED_MAX = 50  # first messages to such people within OPENED_WITHIN
OPENED_WITHIN = "interval '24 hours'"


def _has_message_above(bound: str) -> str:
    """Return the condition that the other of a request v has written something that is there."""
    return f"""EXISTS (
    SELECT FROM messages m
     WHERE m.conversation_id = v.conversation_id AND m.sender_id <> v.user_id
       AND m.id > {bound} AND m.deleted_at IS NULL)"""


# A request v that its recipient is shown: it has a message, and the other is
# nobody whom the recipient does not want to hear.
SHOWN = f"""v.is_request AND {_has_message_above("v.visible_after")} AND EXISTS (
    SELECT FROM participants o JOIN users u ON u.id = o.user_id
     WHERE o.conversation_id = v.conversation_id AND o.user_id <> v.user_id AND {is_active("u")}
       AND {may_interact("v.user_id", "o.user_id")} AND {not_muted("v.user_id", "o.user_id")})"""

LATEST_REQUESTS = latest_of(SHOWN)
UNREAD_REQUESTS = Scalar(
    f"""
    SELECT count(*) FROM participants v WHERE v.user_id = $1 AND v.left_at IS NULL AND {SHOWN}
       AND {_has_message_above("greatest(v.last_read_id, v.visible_after)")}""",
    int,
)


async def latest(db: Database, user_id: int, limit: int, cursor: str | None) -> Page[Conversation]:
    """Return the requests that wait for the user's answer, latest activity first."""
    return await page_of_latest(db, LATEST_REQUESTS, user_id, limit, cursor)


async def unread(db: Executor, user_id: int) -> int:
    """Count the requests that have something that the user has not read."""
    return await UNREAD_REQUESTS.one(db, user_id)


Reach = Literal["conversation", "request", "refused"]

# How user $2 is reached by $1, who has never written to them.
REACH = Scalar(
    """
    SELECT CASE WHEN u.who_may_write_to_me = 'everybody' THEN 'conversation'
                WHEN u.who_may_write_to_me = 'nobody' THEN 'refused'
                WHEN EXISTS (SELECT FROM follows WHERE follower_id = $2 AND followed_id = $1)
                THEN 'conversation'
                WHEN u.who_may_write_to_me = 'requests' THEN 'request' ELSE 'refused' END
      FROM users u WHERE u.id = $2""",
    str,
)
# By the user, their bots, or whoever's bot they are: nobody has more by having bots.
OPENED_OF_LATE = Scalar(
    f"""
    SELECT count(*) FROM conversations c JOIN participants o ON o.conversation_id = c.id
     WHERE c.creator_id IN (
           SELECT coalesce(owner_id, id) FROM users WHERE id = $1
           UNION ALL
           SELECT b.id FROM users u JOIN users b ON b.owner_id = coalesce(u.owner_id, u.id)
            WHERE u.id = $1)
       AND c.kind = 'direct' AND c.created_at > now() - {OPENED_WITHIN}
       AND o.user_id <> c.creator_id AND o.is_request""",
    int,
)


async def is_to_be_one(connection: asyncpg.Connection, user_id: int, other_id: int) -> bool:
    """Tell whether the conversation that the user opens is a request to the other.

    Raises:
        NotAccepted: The other takes no messages of the user.
        TooManyRequests: The user has opened too many of late that nobody has answered.
    """
    reach = await REACH.one(connection, user_id, other_id)
    if reach == "refused":
        raise NotAccepted
    if reach != "request":
        return False
    if await OPENED_OF_LATE.one(connection, user_id) >= OPENED_MAX:
        raise TooManyRequests("participants", "Too many people of late have not answered you.")
    return True


@dataclass(frozen=True, slots=True)
class _Accepted:
    more_unread: int


# Returns by how many messages the unread ones of all conversations grow.
ACCEPT = Query(
    """
    WITH before AS MATERIALIZED (
        SELECT unread_count, greatest(last_read_id, visible_after) AS up_to FROM participants
         WHERE conversation_id = $1 AND user_id = $2 AND is_request)
    UPDATE participants v SET is_request = false, left_at = NULL, unread_count = (
           SELECT count(*) FROM messages m
            WHERE m.conversation_id = $1 AND m.id > before.up_to AND m.sender_id <> $2
              AND m.deleted_at IS NULL)
      FROM before WHERE v.conversation_id = $1 AND v.user_id = $2
    RETURNING v.unread_count - before.unread_count AS more_unread""",
    _Accepted,
)
# Returns how many messages were unread, which were counted by instances of the release before.
DECLINE = Scalar(
    """
    UPDATE participants v SET left_at = now(), unread_count = 0 FROM participants before
     WHERE v.conversation_id = $1 AND v.user_id = $2 AND v.is_request AND v.left_at IS NULL
       AND before.conversation_id = $1 AND before.user_id = $2
    RETURNING before.unread_count""",
    int,
)
ALL_PARTICIPANTS = Scalar("SELECT user_id FROM participants WHERE conversation_id = $1", int)
# Whether user $2 has declined request $1, or is in the conversation; NULL: it is none of theirs.
STATE = Scalar(
    """
    SELECT CASE WHEN is_request THEN CASE WHEN left_at IS NULL THEN 'waits' ELSE 'declined' END
                ELSE 'joined' END
      FROM participants
     WHERE conversation_id = $1 AND user_id = $2 AND (is_request OR left_at IS NULL)""",
    str,
)


async def accept(db: Database, user_id: int, conversation_id: int) -> list[Told]:
    """Have a request among the user's conversations; nothing where it is one of them already.

    NotFound unless it is the user's, and not declined.
    """
    async with db.transaction() as connection:
        await _lock(connection, conversation_id)
        state = await STATE.maybe(connection, conversation_id, user_id)
        if state not in ("waits", "joined"):
            raise NotFound("request")
        return await accept_locked(connection, user_id, conversation_id)


async def accept_locked(
    connection: asyncpg.Connection, user_id: int, conversation_id: int
) -> list[Told]:
    """Do so, also with what was declined; the counters of both are locked."""
    accepted = await ACCEPT.maybe(connection, conversation_id, user_id)
    if accepted is None:
        return []
    view = (await own_views(connection, conversation_id, [user_id]))[user_id]
    moved = log.EventDraft(
        user_id, ConversationCreated, user_id, conversation_id,
        unread_messages=accepted.more_unread,
    )  # fmt: skip
    return await _tell(
        connection, user_id, conversation_id, "accepted", [(moved, ConversationCreated(view))]
    )


async def decline(db: Database, user_id: int, conversation_id: int) -> list[Told]:
    """Have a request gone for the user, which nobody else is told; nothing where it is.

    NotFound unless it is the user's.
    """
    async with db.transaction() as connection:
        await _lock(connection, conversation_id)
        if await STATE.maybe(connection, conversation_id, user_id) not in ("waits", "declined"):
            raise NotFound("request")
        unread = await DECLINE.maybe(connection, conversation_id, user_id)
        if unread is None:
            return []
        return await _tell(connection, user_id, conversation_id, "declined", [], -unread)


async def _lock(connection: asyncpg.Connection, conversation_id: int) -> None:
    """Lock the counters of both, also of who has declined: as who sends there does."""
    await log.lock(connection, await ALL_PARTICIPANTS.all(connection, conversation_id))


async def _tell(
    connection: asyncpg.Connection,
    user_id: int,
    conversation_id: int,
    outcome: Literal["accepted", "declined"],
    then: list[tuple[log.EventDraft, DurableEvent]],
    unread_messages: int = 0,
) -> list[Told]:
    """Log that the request has ended, and what follows, to the user alone."""
    ended = MessageRequestEnded(conversation_id, outcome)
    draft = log.EventDraft(
        user_id,
        MessageRequestEnded,
        user_id,
        None,
        {"conversation_id": conversation_id, "outcome": outcome},
        unread_messages=unread_messages,
    )
    entries = [(draft, ended), *then]
    appended = await log.append(connection, [draft for draft, _ in entries])
    return [Told(event, logged) for (_, event), logged in zip(entries, appended, strict=True)]
