"""Events as bytes: what clients read, and what instances ring one another with.

An event is encoded and framed once. What differs between its recipients, the number in front, is
put before the shared tail by concatenation.

A doorbell is one line: `NAME FIELD FIELD ... REST`, the fields being integers.
"""

from datetime import UTC, datetime
from typing import Any

import orjson

from realtime.protocol import frames

TOMBSTONE = b'"data":null}]'


def encode_tail(at: datetime, data: Any) -> bytes:
    """All of an event that is the same for every recipient: `"ts":...,"data":...}]`."""
    body = orjson.dumps({"ts": at, "data": data}, option=orjson.OPT_UTC_Z)
    return body[1:] + b"]"


def now() -> datetime:
    return datetime.now(UTC)


def event(name: bytes, seq: bytes, tail: bytes) -> bytes:
    """An EVENT packet of the default namespace, in its frame: seq is digits, or null."""
    return frames.text(b"".join((b'42["', name, b'",{"seq":', seq, b",", tail)))


def live(name: str, data: Any) -> bytes:
    return event(name.encode(), b"null", encode_tail(now(), data))


def durable(name: str, seq: int, at: datetime, data: Any) -> bytes:
    return event(name.encode(), b"%d" % seq, encode_tail(at, data))


def ack(id: int, answer: Any) -> bytes:
    """An ACK packet with one argument, in its frame. Raises TypeError when it is no JSON."""
    return frames.text(b"43%d%b" % (id, orjson.dumps([answer], option=orjson.OPT_UTC_Z)))


DISCONNECT = frames.text(b"41")  # for good: stock clients do not come back by themselves


def tombstone(tail: bytes) -> bytes:
    """The tail of an event that is not to be seen: when it was, and nothing else."""
    ts, _, _ = tail.partition(b',"data":')
    return ts + b"," + TOMBSTONE


def with_cursor(tail: bytes, cursor: bytes) -> bytes:
    """The tail of a post.created with the feed cursor of the instance that delivers it."""
    return tail[:-3] + b',"cursor":"' + cursor + b'"}}]'


def doorbell(name: str, *fields: int, tail: bytes) -> bytes:
    return b" ".join((name.encode(), *(b"%d" % field for field in fields), tail))


def user_channel(user_id: int) -> bytes:
    """Where a user's durable events ring, and the ends of their sessions."""
    return b"u:%d" % user_id


def post_channel(post_id: int) -> bytes:
    """Where changes of a post ring, for those who watch it."""
    return b"p:%d" % post_id


def presence_channel(user_id: int) -> bytes:
    """Where a user's coming and going rings, for those who watch it."""
    return b"s:%d" % user_id


def author_channel(user_id: int) -> bytes:
    """Where what a user posts and retweets rings."""
    return b"a:%d" % user_id
