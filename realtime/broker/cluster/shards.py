"""How our names are distributed over the nodes of a Redis cluster.

A cluster divides names into 16,384 slots by what stands in braces, and takes several names in one
command only if all are of one slot. Ten thousand users have some 7,500 slots, so their names are
distributed over 64 shards instead: those of one shard have the same tag.
"""

from binascii import crc_hqx
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from zlib import crc32

from realtime.broker.redis.connection import RedisAddress

SLOTS = 16_384
SHARDS = 64

SlotOwners = list[RedisAddress | None]  # None where no node is known
ShardOwners = tuple[RedisAddress | None, ...]
NO_OWNERS: ShardOwners = (None,) * SHARDS


def shard_of(name: bytes) -> int:
    """Return the shard of a name that has no tag yet."""
    return crc32(name) % SHARDS


def slot_of(tag: bytes) -> int:
    """Return the slot of what is hashed of a key: CRC16 (Redis cluster specification)."""
    return crc_hqx(tag, 0) % SLOTS


def _tags() -> tuple[bytes, ...]:
    """Return the first number for each 64th of the slots: nodes own ranges, so get even parts."""
    found: dict[int, bytes] = {}
    number = 0
    while len(found) < SHARDS:
        found.setdefault(slot_of(b"%d" % number) * SHARDS // SLOTS, b"%d" % number)
        number += 1
    return tuple(found[part] for part in range(SHARDS))


_NUMBERS = _tags()
TAGS = tuple(b"{%s}" % number for number in _NUMBERS)
_SHARDS = {tag: shard for shard, tag in enumerate(TAGS)}


def tag_of(tagged: bytes) -> bytes:
    """Return the tag that is in a name in Redis, with its braces."""
    return tagged[tagged.index(b"{") : tagged.index(b"}") + 1]


def shard_of_tagged(tagged: bytes) -> int:
    """Return the shard of a name in Redis, by its tag."""
    return _SHARDS[tag_of(tagged)]


def slot_of_key(key: bytes) -> int:
    """Return the slot of a key, by what stands between its first braces, or by all of it."""
    _, brace, rest = key.partition(b"{")
    tag, closed, _ = rest.partition(b"}")
    return slot_of(tag if brace and closed and tag else key)


def owners_of_shards(owners: SlotOwners) -> ShardOwners:
    """Return who owns each shard, given who owns each slot."""
    return tuple(owners[slot_of(number)] for number in _NUMBERS)


def parse_slots(reply: Sequence[Any], asked: RedisAddress) -> SlotOwners:
    """Return who owns each slot, from the reply to CLUSTER SLOTS.

    Args:
        reply: ranges of [first slot, last slot, [host, port, ...], replicas ...].
        asked: the node that replied; its host stands for one that does not know its own.
    """
    found: SlotOwners = [None] * SLOTS
    for first, last, (host, port, *_), *_ in reply:
        name = host.decode() if host else asked.host
        owner = None if name == "?" else replace(asked, host=name, port=port)
        found[first : last + 1] = [owner] * (last + 1 - first)
    return found
