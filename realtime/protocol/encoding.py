"""Events as the bytes that clients read.

An event is encoded and framed once. What differs between its recipients, the number in front, is
put before the shared tail by concatenation.
"""

from datetime import UTC, datetime
from typing import Any

import orjson

from realtime.protocol import frames

DISCONNECT = frames.text(b"41")  # for good: stock clients do not come back by themselves

_DATA_OF_TOMBSTONE = b'"data":null}]'


def now() -> datetime:
    """Return the present moment as an event carries it, in UTC."""
    return datetime.now(UTC)


def encode_tail(at: datetime, data: Any) -> bytes:
    """Return all of an event that is the same for every recipient: `"ts":...,"data":...}]`."""
    body = orjson.dumps({"ts": at, "data": data}, option=orjson.OPT_UTC_Z)
    return body[1:] + b"]"


def data_of(tail: bytes) -> Any:
    """Return the data in a tail, as JSON has it."""
    return orjson.loads(b"{" + tail[:-1])["data"]


def tombstone(tail: bytes) -> bytes:
    """Return the tail of an event that is not to be seen: when it was, and nothing else."""
    ts, _, _ = tail.partition(b',"data":')
    return ts + b"," + _DATA_OF_TOMBSTONE


def durable_event(name: str, seq: int, tail: bytes) -> bytes:
    """Return the frame of event number seq: an EVENT packet of the default namespace."""
    return _event(name.encode(), b"%d" % seq, tail)


def live_event(name: str, tail: bytes) -> bytes:
    """Return the frame of an event that has no number."""
    return _event(name.encode(), b"null", tail)


def feed_event(name: str, tail: bytes, cursor: int) -> bytes:
    """Return the frame of an event of a feed entry, with a feed cursor added to its data."""
    return live_event(name, b'%b,"cursor":"%d"}}]' % (tail[:-3], cursor))


def stream_event(name: str, tail: bytes, stream: bytes, cursor: str) -> bytes:
    """Return the frame of a post's event with its stream, as JSON, and a cursor in its data."""
    return live_event(
        name, b'%b,"stream":%b,"cursor":"%b"}}]' % (tail[:-3], stream, cursor.encode())
    )


def with_offset(frame: bytes, offset: str) -> bytes:
    """Return the frame of an event with an offset as its last argument: JSON needs no escapes."""
    return frames.text(b'%b,"%b"]' % (frames.payload(frame)[:-1], offset.encode()))


def parts_of_event(frame: bytes) -> tuple[bytes, bytes, bytes | None] | None:
    """Return the name, the object as JSON and the offset, if there is one, of an event's frame.

    None for a packet of another kind.
    """
    packet = frames.payload(frame)
    if not packet.startswith(b'42["'):
        return None
    name, _, rest = packet[4:].partition(b'",')
    if not rest.endswith(b'"]'):
        return name, rest[:-1], None
    body, _, offset = rest[:-1].rpartition(b'},"')
    return name, body + b"}", offset[:-1]


def event_of_now(name: str, data: Any) -> bytes:
    """Return the frame of an event that has no number and happens now."""
    return live_event(name, encode_tail(now(), data))


def _event(name: bytes, seq: bytes, tail: bytes) -> bytes:
    return frames.text(b"".join((b'42["', name, b'",{"seq":', seq, b",", tail)))


def ack(id: int, answer: Any) -> bytes:
    """Return an ACK packet with one argument, or with those of a tuple, in its frame.

    Raises TypeError when they are no JSON.
    """
    arguments = answer if isinstance(answer, tuple) else [answer]
    return frames.text(b"43%d%b" % (id, orjson.dumps(arguments, option=orjson.OPT_UTC_Z)))
