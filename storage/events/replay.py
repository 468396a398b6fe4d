"""Events read back from the log, joined with what they are about as it is now.

An event whose subject is gone, is no longer the user's to see, or comes from somebody blocked since
is a void: it keeps its number and says nothing.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import orjson

from storage import notifications
from storage.database.pool import Database
from storage.database.query import Executor
from storage.events import log
from storage.messaging import conversations, messages
from storage.notifications import Unread
from storage.records import Conversation, Message, Notification
from storage.social import relationships

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ReplayedEvent:
    """Name and data as `storage.events.types` has them, "void" and None for a void."""

    seq: int
    at: datetime
    name: str
    data: Any


async def read(db: Database, user_id: int, after: int, limit: int) -> list[ReplayedEvent]:
    """The user's events numbered after + 1 onwards, at most `limit`, without a gap."""
    async with db.connection() as connection:
        records = await log.read(connection, user_id, after, limit)
        if not records:
            return []
        subjects = await _subjects(connection, user_id, records)
    return [_event(record, subjects) for record in records]


@dataclass(frozen=True, slots=True)
class _Subjects:
    messages: dict[int, Message]
    conversations: dict[int, Conversation]
    notifications: dict[int, Notification]
    relationships: dict[int, relationships.Relationship]
    unread: Unread
    user_id: int


async def _subjects(db: Executor, user_id: int, records: Sequence[log.StoredEvent]) -> _Subjects:
    """Everything that these records refer to, by one query a kind, and that only where needed."""

    def refs(*prefixes: str) -> list[int]:
        return list({r.ref for r in records if r.ref is not None and r.kind.startswith(prefixes)})

    message_ids = refs("message.")
    conversation_ids = refs("conversation.")
    notification_ids = refs("notification.created")
    related_ids = refs("relationship.")
    return _Subjects(
        messages=_by(
            await messages.some(db, user_id, message_ids) if message_ids else [],
            lambda message: message.id,
        ),
        conversations=_by(
            await conversations.some(db, user_id, conversation_ids) if conversation_ids else [],
            lambda conversation: conversation.id,
        ),
        notifications=_by(
            await notifications.some(db, user_id, notification_ids) if notification_ids else [],
            lambda notification: notification.id,
        ),
        relationships=_by(
            await relationships.relationships(db, user_id, related_ids) if related_ids else [],
            lambda relationship: relationship.user_id,
        ),
        unread=await notifications.unread(db, user_id),
        user_id=user_id,
    )


def _by(found: Iterable[T], key: Callable[[T], int]) -> dict[int, T]:
    return {key(one): one for one in found}


def _event(record: log.StoredEvent, subjects: _Subjects) -> ReplayedEvent:
    data = None if record.hidden else DATA[record.kind](record, subjects)
    return ReplayedEvent(record.seq, record.at, "void" if data is None else record.kind, data)


def _message(record: log.StoredEvent, subjects: _Subjects) -> Any:
    message = subjects.messages.get(record.ref or 0)
    return message and {"message": message}


def _message_deleted(record: log.StoredEvent, subjects: _Subjects) -> Any:
    message = subjects.messages.get(record.ref or 0)
    return message and {"conversation_id": message.conversation_id, "message_id": message.id}


def _conversation(record: log.StoredEvent, subjects: _Subjects) -> Any:
    conversation = subjects.conversations.get(record.ref or 0)
    return conversation and {"conversation": conversation}


def _conversation_read(record: log.StoredEvent, subjects: _Subjects) -> Any:
    conversation = subjects.conversations.get(record.ref or 0)
    if conversation is None:
        return None
    data = {"conversation_id": conversation.id, "user_id": record.actor_id, **_kept(record)}
    if record.actor_id == subjects.user_id:
        data["unread_count"] = conversation.unread_count
    return data


def _notification(record: log.StoredEvent, subjects: _Subjects) -> Any:
    notification = subjects.notifications.get(record.ref or 0)
    return notification and {
        "notification": notification,
        "unread_count": subjects.unread.notifications,
    }


def _notification_read(record: log.StoredEvent, subjects: _Subjects) -> Any:
    return {**_kept(record), "unread_count": subjects.unread.notifications}


def _relationship(record: log.StoredEvent, subjects: _Subjects) -> Any:
    return subjects.relationships.get(record.ref or 0)


def _kept(record: log.StoredEvent) -> dict[str, Any]:
    kept: dict[str, Any] = orjson.loads(record.data or "{}")
    return kept


DATA: dict[str, Callable[[log.StoredEvent, _Subjects], Any]] = {
    "message.created": _message,
    "message.updated": _message,
    "message.deleted": _message_deleted,
    "conversation.created": _conversation,
    "conversation.updated": _conversation,
    "conversation.read": _conversation_read,
    "notification.created": _notification,
    "notification.read": _notification_read,
    "relationship.changed": _relationship,
}
