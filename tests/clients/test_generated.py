"""What the clients know of the API is what its documents say."""

from clients.generate.__main__ import outdated
from clients.generate.model import read_documents
from handlers.edges.rest.routes import ROUTES
from handlers.edges.socketio import COMMANDS
from storage.events.types import EVENTS, TOMBSTONE


def test_generated_files_are_those_of_this_version() -> None:
    assert outdated() == []  # else: make clients


def test_every_operation_of_rest_and_sockets_can_be_called() -> None:
    known = {operation.name for operation in read_documents().operations}
    assert known == {route.operation for route in ROUTES} | set(COMMANDS)


def test_every_event_has_a_type() -> None:
    assert set(read_documents().events) == {event.name for event in EVENTS} | {TOMBSTONE}
