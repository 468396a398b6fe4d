"""Events are declared once, and all that is made of the declarations agrees."""

from dataclasses import fields

import asyncpg
import pytest

from storage.database.pool import Database
from storage.events.declaration import Audience, DurableEvent, Event
from storage.events.types import DURABLE, EVENTS, HINTS, TOMBSTONE

KINDS = "SELECT unnest(enum_range(NULL::event_kind))::text"
APPEND = "INSERT INTO events (user_id, seq, kind, actor_id) VALUES (0, 1, $1, 0)"


async def test_the_schema_takes_the_durable_events_and_no_others(db: Database) -> None:
    assert {row[0] for row in await db.fetch(KINDS)} == set(DURABLE)
    with pytest.raises(asyncpg.InvalidTextRepresentationError, match="event_kind"):
        await db.execute(APPEND, "of.tomorrow")


def concrete(kind: type[Event]) -> set[type[Event]]:
    below = {found for sub in kind.__subclasses__() for found in concrete(sub)}
    return below | ({kind} if hasattr(kind, "name") else set())


def test_every_event_that_is_declared_is_listed() -> None:
    listed = set(EVENTS)
    # A dataclass with slots is made twice; the first is nowhere but among the subclasses.
    assert {event.__qualname__ for event in concrete(Event)} == {one.__qualname__ for one in listed}


@pytest.mark.parametrize("event", EVENTS, ids=[event.__name__ for event in EVENTS])
def test_an_event_says_who_receives_it_how_and_what(event: type[Event]) -> None:
    assert isinstance(event.audience, Audience)
    assert (event.hint is None) == (event.audience is Audience.SOCKET)
    assert event.name != TOMBSTONE
    doc = event.__doc__ or ""
    assert doc
    assert not doc.startswith(event.__name__ + "(")
    assert fields(event)


def test_events_of_one_name_have_one_hint_and_one_way_of_replay() -> None:
    for event in EVENTS:
        if event.hint is not None:
            assert HINTS[event.name] is event.hint
        if issubclass(event, DurableEvent):
            assert issubclass(event, DURABLE[event.name])
