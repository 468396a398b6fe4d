"""Events read back from the log, joined with what they are about as it is now.

An event whose subject is gone, is no longer the user's to see, or comes from somebody blocked since
is a tombstone: it keeps its number and says nothing. So is one that a newer release appended, while
instances of this one still run, and that this one does not know.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from storage import notifications
from storage.database.pool import Database
from storage.database.query import Executor
from storage.events import log
from storage.events.declaration import DurableEvent, Reader, StoredEvent, Subject
from storage.events.types import DURABLE, TOMBSTONE
from storage.messaging import candidates, conversations, messages
from storage.social import muted_words, relationships

Load = Callable[[Executor, int, Sequence[int]], Awaitable[Sequence[Any]]]

# Those of some ids that a user may see, and how to tell whose id is whose.
SUBJECTS: dict[Subject, tuple[Load, Callable[[Any], int]]] = {
    Subject.MESSAGE: (messages.get_many, lambda message: message.id),
    Subject.CONVERSATION: (conversations.get_many, lambda conversation: conversation.id),
    Subject.INVITATION: (candidates.invitations, lambda invitation: invitation.id),
    Subject.JOIN_REQUEST: (candidates.join_requests, lambda request: request.id),
    Subject.NOTIFICATION: (notifications.get_many, lambda notification: notification.id),
    Subject.MUTED_WORD: (muted_words.get_many, lambda word: word.id),
    Subject.RELATIONSHIP: (relationships.relationships, lambda one: one.user_id),
}


LATEST_ENOUGH = {name for name, event in DURABLE.items() if event.is_latest_enough}


@dataclass(frozen=True, slots=True)
class ReplayedEvent:
    """An event as the reader may see it now; data is None for a tombstone."""

    seq: int
    at: datetime
    name: str
    data: DurableEvent | None


async def read(db: Database, user_id: int, after: int, limit: int) -> list[ReplayedEvent]:
    """Read the user's events numbered after + 1 onwards, at most `limit`, without a gap."""
    async with db.connection() as connection:
        stored = await log.read(connection, user_id, after, limit)
        if not stored:
            return []
        subjects = await _subjects(connection, user_id, stored)
        outdated = await _outdated(connection, user_id, stored)
        unread = await notifications.unread(connection, user_id)
    reader = Reader(user_id, unread.notifications)
    return [
        ReplayedEvent(event.seq, event.at, TOMBSTONE, None)
        if event.seq in outdated
        else _replayed(event, subjects, reader)
        for event in stored
    ]


Subjects = dict[tuple[Subject, int], Any]


async def _subjects(db: Executor, user_id: int, stored: Sequence[StoredEvent]) -> Subjects:
    """All that these events are about, by one query a kind, and that only where needed."""
    wanted: dict[Subject, set[int]] = {}
    for event in stored:
        kind = DURABLE.get(event.kind)
        if kind is not None and event.ref is not None:
            wanted.setdefault(kind.subject, set()).add(event.ref)
    found: Subjects = {}
    for subject, ids in wanted.items():
        load, id_of = SUBJECTS[subject]
        found |= {(subject, id_of(one)): one for one in await load(db, user_id, list(ids))}
    return found


async def _outdated(db: Executor, user_id: int, stored: Sequence[StoredEvent]) -> set[int]:
    """Find the numbers of those that a later one in the log says all of (is_latest_enough)."""
    found = set()
    for name in {event.kind for event in stored} & LATEST_ENOUGH:
        of_kind = [event for event in stored if event.kind == name and event.ref is not None]
        refs = [event.ref for event in of_kind if event.ref is not None]
        latest = await log.latest(db, user_id, name, of_kind[0].seq, refs) if refs else {}
        found |= {event.seq for event in of_kind if event.seq < latest.get(event.ref or 0, 0)}
    return found


def _replayed(stored: StoredEvent, subjects: Subjects, reader: Reader) -> ReplayedEvent:
    kind = DURABLE.get(stored.kind)
    if kind is None or stored.hidden:
        return ReplayedEvent(stored.seq, stored.at, TOMBSTONE, None)
    data = kind.replay(stored, subjects.get((kind.subject, stored.ref or 0)), reader)
    return ReplayedEvent(stored.seq, stored.at, TOMBSTONE if data is None else kind.name, data)
