"""How our names are dealt out to the nodes of a Redis cluster.

A cluster divides names into 16,384 slots by what stands in braces, and takes several names in one
command only if all are of one slot. Ten thousand users have some 7,500 slots, so their names are
dealt out to 256 shards instead: those of one shard begin with the same tag.
"""

from binascii import crc_hqx
from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from typing import Any
from zlib import crc32

from realtime.redis_connection import RedisAddress

SLOTS = 16_384
SHARDS = 256

Owners = tuple[RedisAddress | None, ...]  # of each shard; None where nobody is known
NOBODY: Owners = (None,) * SHARDS


def shard_of(name: bytes) -> int:
    return crc32(name) % SHARDS


def slot_of(tag: bytes) -> int:
    return crc_hqx(tag, 0) % SLOTS


def _tags() -> tuple[bytes, ...]:
    """The first number for each 256th of the slots: nodes, who own ranges, get even parts."""
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
    """The tag that a name in Redis begins with."""
    return tagged[: tagged.index(b"}") + 1]


def shard_of_tagged(tagged: bytes) -> int:
    return _SHARDS[tag_of(tagged)]


def owners(slots: Sequence[Any], asked: RedisAddress) -> Owners:
    """From what CLUSTER SLOTS answered: [first slot, last slot, [host, port, ...], replicas ...].

    Where a node does not know its own host, it is that by which it was `asked`.
    """
    owner_of_slot: list[RedisAddress | None] = [None] * SLOTS
    for first, last, (host, port, *_), *_ in slots:
        name = host.decode() if host else asked.host
        owner = None if name == "?" else replace(asked, host=name, port=port)
        owner_of_slot[first : last + 1] = [owner] * (last + 1 - first)
    return tuple(owner_of_slot[slot_of(number)] for number in _NUMBERS)
