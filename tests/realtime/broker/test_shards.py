"""How names are distributed over the nodes of a Redis cluster."""

from collections import Counter

import pytest
from redis.crc import key_slot

from realtime.broker.cluster.shards import (
    SHARDS,
    SLOTS,
    TAGS,
    owners_of_shards,
    parse_slots,
    shard_of,
    shard_of_tagged,
    slot_of_key,
    tag_of,
)
from realtime.broker.redis.connection import RedisAddress

SEED = RedisAddress.from_url("redis://:secret@seed:7000")


@pytest.mark.parametrize(
    "key", [b"", b"a", b"{a}b", b"{}a", b"a{b}c{d}", b"a{b", b"a}b{c}", b"{{a}}", "é{ž}".encode()]
)
def test_slot_of_a_key_is_that_of_redis(key: bytes) -> None:
    assert slot_of_key(key) == key_slot(key)


def test_any_division_of_the_slots_into_ranges_gives_each_node_its_part_of_the_shards() -> None:
    for nodes in (1, 3, 5, 16):
        parts = Counter(slot_of_key(tag) * nodes // SLOTS for tag in TAGS)
        assert len(parts) == nodes
        assert max(parts.values()) - min(parts.values()) <= 1 + (SHARDS % nodes > 0)


def test_every_instance_of_every_release_deals_a_name_to_the_same_shard() -> None:
    assert TAGS[:4] == (b"{10}", b"{18}", b"{113}", b"{342}")
    assert [shard_of(b"mt:u:%d" % user) for user in range(4)] == [3, 21, 47, 57]


def test_a_tagged_name_tells_its_shard() -> None:
    for shard, tag in enumerate(TAGS):
        assert shard_of_tagged(b"mt:%su:1" % tag) == shard
        assert tag_of(b"mt:%su:1" % tag) == tag


def test_owners_are_read_from_what_a_node_tells_and_unknown_ones_left_out() -> None:
    reply = [
        [0, 99, [b"10.0.0.1", 7001, b"id", []], [b"10.0.0.9", 7009, b"a replica", []]],
        [100, 199, [None, 7002, b"id", []]],
        [200, 299, [b"", 7003, b"id", []]],
        [300, 399, [b"?", 7004, b"id", []]],
    ]
    found = parse_slots(reply, SEED)
    assert len(found) == SLOTS
    where = [(owner.host, owner.port) if owner else None for owner in found[0:500:100]]
    assert where == [("10.0.0.1", 7001), ("seed", 7002), ("seed", 7003), None, None]
    assert all(owner.password == "secret" for owner in found if owner)
    assert len(owners_of_shards(found)) == SHARDS
