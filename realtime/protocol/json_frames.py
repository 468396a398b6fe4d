"""What is said on a plain WebSocket: a JSON object in each text frame, without Socket.IO.

An event is made of its Socket.IO frame, once for all who are sent it.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from realtime.protocol import encoding, frames

ID_LENGTH_MAX = 100
FIELDS = frozenset(("id", "command", "data"))

CommandId = int | str | None


class BadFrame(ValueError):
    """A frame that is no command; `id` is its own, where it has one."""

    def __init__(self, id: CommandId, message: str) -> None:
        super().__init__(message)
        self.id = id


@dataclass(frozen=True, slots=True)
class Command:
    """A command of a client; without an id it is not answered."""

    id: CommandId
    name: str
    args: list[Any]


def read(message: bytes) -> Command:
    """Return the command in a text frame. Raises BadFrame."""
    try:
        found = orjson.loads(message)
    except orjson.JSONDecodeError as error:
        raise BadFrame(None, f"The frame is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise BadFrame(None, "The frame is not a JSON object.")
    id, name, data = found.get("id"), found.get("command"), found.get("data")
    if not (id is None or type(id) is int or (isinstance(id, str) and len(id) <= ID_LENGTH_MAX)):
        raise BadFrame(
            None, f"`id` is an integer, or a string of at most {ID_LENGTH_MAX} characters."
        )
    if not isinstance(name, str):
        raise BadFrame(id, "The frame has no `command`, which is a string.")
    if found.keys() - FIELDS:
        raise BadFrame(id, "A frame has `id`, `command` and `data`, and no other field.")
    return Command(id, name, [] if data is None else [data])


@lru_cache(maxsize=256)  # an event's recipients come one right after another
def of_frame(frame: bytes) -> bytes | None:
    """Return the event in the frame of an EVENT packet; None for a packet of another kind."""
    parts = encoding.parts_of_event(frame)
    if parts is None:
        return None
    name, body, offset = parts
    last = b"" if offset is None else b',"offset":"%b"' % offset
    return frames.text(b'{"event":"%b",%b%b}' % (name, body[1:-1], last))


def result(id: CommandId, data: Any) -> bytes:
    """Return the answer to a command that was carried out. Raises TypeError for what is no JSON."""
    return frames.text(orjson.dumps({"id": id, "result": data}, option=orjson.OPT_UTC_Z))


def problem(id: CommandId, body: dict[str, Any]) -> bytes:
    """Return the answer to what was not carried out, with its problem details."""
    return frames.text(orjson.dumps({"id": id, "problem": body}, option=orjson.OPT_UTC_Z))
