"""Events are declared once, and all that is made of the declarations agrees."""

import re
from dataclasses import fields

import pytest

from storage.database.pool import Database
from storage.events.declaration import Audience, DurableEvent, Event
from storage.events.types import DURABLE, EVENTS, HINTS, TOMBSTONE

CHECK = """
    SELECT pg_get_constraintdef(oid) FROM pg_constraint
     WHERE conrelid = 'events'::regclass AND contype = 'c'"""


async def test_the_schema_takes_the_durable_events_and_no_others(db: Database) -> None:
    (definition,) = [row[0] for row in await db.fetch(CHECK)]
    assert set(re.findall(r"'([a-z._]+)'", definition)) == set(DURABLE)


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
