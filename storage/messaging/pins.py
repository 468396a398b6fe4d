"""Messages that are pinned: what all in a conversation are to find at once."""

from dataclasses import dataclass

import asyncpg

from storage.database.columns import Columns
from storage.database.message_columns import MESSAGE
from storage.database.paging import after, page_by_id
from storage.database.pool import Database
from storage.database.query import Command, Query, Scalar
from storage.database.user_columns import user_ref
from storage.database.visibility import may_interact, not_blocked
from storage.errors import Blocked, NotAccepted, NotFound, TooManyPins
from storage.events import log
from storage.events.types import MessagePinned, MessageUnpinned
from storage.messaging import conversations, group_roles, messages
from storage.records import Message, Page, Pin

PINS_MAX = 50  # in one conversation


@dataclass(frozen=True, slots=True)
class PinChange:
    """The message as the one who has pinned it sees it, and the event to all who see it, if any.

    It is said of its sender, so that it reaches nobody who has blocked them.
    """

    message: Message
    event: MessagePinned | MessageUnpinned
    logged: list[log.AppendedEvent]


@dataclass(frozen=True, slots=True)
class _Target:
    kind: str
    sender_id: int
    who_may_pin: str
    waits: bool
    apart: bool


# A message that is there. Apart: in a direct conversation one of the two blocks the other.
TARGET = Query(
    f"""
    SELECT c.kind, m.sender_id, c.who_may_pin,
           EXISTS (SELECT FROM participants o
                    WHERE o.conversation_id = c.id AND o.is_request) AS waits,
           c.kind = 'direct' AND EXISTS (
               SELECT FROM participants o WHERE o.conversation_id = c.id
                  AND NOT {may_interact("$1", "o.user_id")}) AS apart
      FROM messages m JOIN conversations c ON c.id = m.conversation_id
      JOIN participants v ON v.conversation_id = c.id AND v.user_id = $1
     WHERE m.id = $2 AND v.left_at IS NULL AND m.id > v.visible_after AND m.deleted_at IS NULL
       AND {not_blocked("$1", "m.sender_id")} FOR NO KEY UPDATE OF m""",
    _Target,
)
COUNT_PINS = Scalar("SELECT count(*) FROM message_pins WHERE conversation_id = $1", int)
PIN = Command("""
    WITH flagged AS (
        UPDATE conversations SET has_pins = true WHERE id = $1 AND NOT has_pins)
    INSERT INTO message_pins (conversation_id, message_id, user_id) VALUES ($1, $2, $3)
    ON CONFLICT (message_id) DO NOTHING""")
IS_PINNED = Scalar("SELECT EXISTS (SELECT FROM message_pins WHERE message_id = $1)", bool)
UNPIN = Command("DELETE FROM message_pins WHERE message_id = $1")
CLEAR_FLAG = Command("""
    UPDATE conversations SET has_pins = false WHERE id = $1 AND has_pins
       AND NOT EXISTS (SELECT FROM message_pins WHERE conversation_id = $1)""")
WHO_SEES = Scalar(
    """
    SELECT v.user_id FROM participants v
     WHERE v.conversation_id = $1 AND v.left_at IS NULL AND v.visible_after < $2""",
    int,
)


async def pin(db: Database, user_id: int, message_id: int) -> PinChange:
    """Pin a message; one that is pinned stays so.

    Raises:
        NotFound: There is no such message for the user, or it was taken back.
        RoleRequired: The group lets only its admins pin.
        NotAccepted: Its conversation is a message request.
        Blocked: One of the two of a direct conversation has blocked the other.
        TooManyPins: The conversation has as many as it may.
    """
    conversation_id = (await messages.get(db, user_id, message_id)).conversation_id
    async with db.transaction() as connection:
        members = await conversations.lock_participants(connection, conversation_id)
        target = await _target(connection, user_id, conversation_id, message_id)
        event = MessagePinned(conversation_id, message_id)
        if await IS_PINNED.one(connection, message_id):
            return PinChange(await messages.get(connection, user_id, message_id), event, [])
        if await COUNT_PINS.one(connection, conversation_id) >= PINS_MAX:
            raise TooManyPins(PINS_MAX)
        await PIN.run(connection, conversation_id, message_id, user_id)
        return await _tell(connection, user_id, members, target.sender_id, event)


async def unpin(db: Database, user_id: int, message_id: int) -> PinChange:
    """Have a message pinned no longer. Raises what `pin` does but for TooManyPins."""
    conversation_id = (await messages.get(db, user_id, message_id)).conversation_id
    async with db.transaction() as connection:
        members = await conversations.lock_participants(connection, conversation_id)
        target = await _target(connection, user_id, conversation_id, message_id)
        event = MessageUnpinned(conversation_id, message_id)
        if not await UNPIN.run(connection, message_id):
            return PinChange(await messages.get(connection, user_id, message_id), event, [])
        await CLEAR_FLAG.run(connection, conversation_id)
        return await _tell(connection, user_id, members, target.sender_id, event)


async def _target(
    connection: asyncpg.Connection, user_id: int, conversation_id: int, message_id: int
) -> _Target:
    target = await TARGET.maybe(connection, user_id, message_id)
    if target is None:
        raise NotFound("message")
    if target.kind == "group":
        group = await group_roles.get(connection, user_id, conversation_id)
        group.require(user_id, target.who_may_pin)
    if target.waits:
        raise NotAccepted("Nobody pins in what has not been accepted.")
    if target.apart:
        raise Blocked
    return target


async def _tell(
    connection: asyncpg.Connection,
    user_id: int,
    members: list[int],
    sender_id: int,
    event: MessagePinned | MessageUnpinned,
) -> PinChange:
    seen_by = set(await WHO_SEES.all(connection, event.conversation_id, event.message_id))
    drafts = [
        log.EventDraft(member, type(event), sender_id, event.message_id)
        for member in members
        if member in seen_by
    ]
    logged = await log.append(connection, drafts)
    message = await messages.get(connection, user_id, event.message_id)
    return PinChange(message, event, logged)


PIN_COLUMNS = Columns(
    Pin,
    {
        "id": "p.id",
        "message": MESSAGE,
        "user": user_ref("u").within("(SELECT {} FROM users u WHERE u.id = p.user_id)"),
        "created_at": "p.created_at",
    },
)
PINS = Query(
    f"""
    SELECT {PIN_COLUMNS} FROM message_pins p JOIN messages m ON m.id = p.message_id
      JOIN users s ON s.id = m.sender_id
      JOIN participants v ON v.conversation_id = m.conversation_id AND v.user_id = $1
     WHERE p.conversation_id = $2 AND p.id < $3 AND v.left_at IS NULL AND m.id > v.visible_after
       AND m.deleted_at IS NULL AND {not_blocked("$1", "m.sender_id")}
     ORDER BY p.id DESC LIMIT $4""",
    PIN_COLUMNS,
)


async def latest(
    db: Database, user_id: int, conversation_id: int, limit: int, cursor: str | None
) -> Page[Pin]:
    """Return what is pinned in a conversation, the last pinned first.

    NotFound unless the user is in the conversation.
    """
    rows = await PINS.all(db, user_id, conversation_id, after(cursor), limit + 1)
    if not rows and not await messages.IS_PARTICIPANT.one(db, conversation_id, user_id):
        raise NotFound("conversation")
    return page_by_id(rows, limit)
