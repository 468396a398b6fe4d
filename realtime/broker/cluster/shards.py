"""How our names are dealt out to the nodes of a Redis cluster.

A cluster divides names into 16,384 slots by what stands in braces, and takes several names in one
command only if all are of one slot. Ten thousand users have some 7,500 slots, so their names are
dealt out to 64 shards instead: those of one shard have the same tag.
"""

from binascii import crc_hqx
from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from typing import Any
from zlib import crc32

from realtime.broker.redis.connection import RedisAddress

SLOTS = 16_384
SHARDS = 64

Slots = list[RedisAddress | None]  # who owns each slot; None where nobody is known
Owners = tuple[RedisAddress | None, ...]  # the same of each shard
NOBODY: Owners = (None,) * SHARDS


def shard_of(name: bytes) -> int:
    return crc32(name) % SHARDS


def slot_of(tag: bytes) -> int:
    return crc_hqx(tag, 0) % SLOTS


def _tags() -> tuple[bytes, ...]:
    """The first number for each 64th of the slots: nodes, who own ranges, get even parts."""
    found: dict[int, bytes] = {}
    for number in count():
        found.setdefault(slot_of(b"%d" % number) * SHARDS // SLOTS, b"%d" % number)
        if len(found) == SHARDS:
            return tuple(found[part] for part in range(SHARDS))
    raise AssertionError


_NUMBERS = _tags()
TAGS = tuple(b"{%s}" % number for number in _NUMBERS)
_SHARDS = {tag: shard for shard, tag in enumerate(TAGS)}


def tag_of(tagged: bytes) -> bytes:
    """The tag that is in a name in Redis."""
    return tagged[tagged.index(b"{") : tagged.index(b"}") + 1]


def shard_of_tagged(tagged: bytes) -> int:
    return _SHARDS[tag_of(tagged)]


def slot_of_key(key: bytes) -> int:
    """By what stands between its first braces, or by all of it."""
    _, brace, rest = key.partition(b"{")
    tag, closed, _ = rest.partition(b"}")
    return slot_of(tag if brace and closed and tag else key)


def owners_of_shards(owners: Slots) -> Owners:
    return tuple(owners[slot_of(number)] for number in _NUMBERS)


def slots(told: Sequence[Any], asked: RedisAddress) -> Slots:
    """From what CLUSTER SLOTS answered: [first slot, last slot, [host, port, ...], replicas ...].

    Where a node does not know its own host, it is that by which it was `asked`.
    """
    found: Slots = [None] * SLOTS
    for first, last, (host, port, *_), *_ in told:
        name = host.decode() if host else asked.host
        owner = None if name == "?" else replace(asked, host=name, port=port)
        found[first : last + 1] = [owner] * (last + 1 - first)
    return found
