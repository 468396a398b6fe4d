"""Events as Server-Sent Events carry them (HTML Living Standard, section 9.2).

An event is made of its Socket.IO frame, once for all who are sent it.
"""

from dataclasses import dataclass
from functools import lru_cache

import orjson

from realtime.protocol import encoding

HEARTBEAT = b":\n\n"
CLOSING = "session.closing"
OF_STREAMS = ("stream.post", "stream.subscribed")
SEPARATOR = ";"  # between the parts of an id: none has it


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    """An event without its id, and how far it takes its client.

    `offset` is that of the client's own events, `cursor` that of a stream; None where the event
    takes the client no further.
    """

    text: bytes
    offset: str | None
    stream: str | None
    cursor: str | None


@lru_cache(maxsize=256)  # an event's recipients come one right after another
def of_frame(frame: bytes) -> ServerSentEvent | None:
    """Return the event in the frame of an EVENT packet; None for a packet of another kind."""
    parts = encoding.parts_of_event(frame)
    if parts is None:
        return None
    name, data, offset = parts
    event = name.decode()
    stream = cursor = None
    retry = b""
    if event in OF_STREAMS:
        place = orjson.loads(b"{" + data[data.rindex(b'"stream":') : -1])
        stream, cursor = place["stream"], place["cursor"]
    elif event == CLOSING:
        wait = orjson.loads(data)["data"]["reconnect_in_ms"]
        retry = b"" if wait is None else b"retry: %d\n" % wait
    text = b"%bevent: %b\ndata: %b\n" % (retry, name, data)
    return ServerSentEvent(text, None if offset is None else offset.decode(), stream, cursor)


def event_id(offset: str, cursors: list[str]) -> str:
    """Return what a client shows when it comes back: its offset, and a cursor for each stream."""
    return SEPARATOR.join([offset, *cursors])


def parts_of(id: str) -> tuple[str, list[str]]:
    """Return the offset and the cursors in an id."""
    offset, *cursors = id.split(SEPARATOR)
    return offset, cursors
