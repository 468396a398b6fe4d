"""The broker on a Redis cluster: each channel on the node that owns its shard."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from functools import partial

from realtime.broker.broker import BrokerCallbacks
from realtime.broker.cluster.shards import (
    NO_OWNERS,
    SHARDS,
    TAGS,
    ShardOwners,
    owners_of_shards,
    shard_of,
    shard_of_tagged,
)
from realtime.broker.cluster.slot_map import SlotMap
from realtime.broker.redis.connection import RedisAddress
from realtime.broker.redis.link import RedisLink
from realtime.broker.redis.node import RedisNode
from realtime.broker.redis.publisher import PUBLISH_BUFFER_BYTES, Publisher
from realtime.broker.redis.subscriber import Outcome, SubscribeCommands, Subscriber, by_tag

SHARDED = SubscribeCommands(b"SSUBSCRIBE", b"SUNSUBSCRIBE", by_tag)

REFRESH_SECONDS_MIN = 0.05  # between two reads of the slot map
REFRESH_SECONDS = 30  # between two reads while nothing seems wrong


class ClusterNodes:
    """All nodes of a cluster, whose links come and go with the slot map.

    `address` is that of any node.
    """

    def __init__(self, address: RedisAddress, broker: BrokerCallbacks, prefix: bytes) -> None:
        self._broker = broker
        self._prefix_length = len(prefix)
        self._tagged_prefixes = [prefix + tag for tag in TAGS]  # so that ACLs may go by the prefix
        self._map = SlotMap(address)
        self._owners = NO_OWNERS
        self.nodes: dict[RedisAddress, RedisNode] = {}
        self._tasks: dict[RedisAddress, asyncio.Task[None]] = {}
        self._node_of: list[RedisNode | None] = [None] * SHARDS
        self.channels: dict[bytes, bytes] = {}  # tagged name in Redis -> channel
        self._mapped = asyncio.Event()
        self._stale = asyncio.Event()
        self._redirected_by: RedisAddress | None = None  # it knows a newer map

    @property
    def links(self) -> list[RedisLink]:
        """Those of all known nodes, up or not."""
        return [link for node in self.nodes.values() for link in node.links]

    @property
    def connected(self) -> bool:
        """Whether every shard has a node, and the links of all nodes are up."""
        return None not in self._node_of and all(node.connected for node in self.nodes.values())

    def subscribe(self, name: bytes, channel: bytes) -> None:
        """Subscribe on the node that has the name, or later if none is known to."""
        shard, tagged = self._locate(name)
        if (node := self._node_of[shard]) is not None:
            node.subscribe(tagged, channel)
        else:
            self.channels[tagged] = channel

    def unsubscribe(self, name: bytes) -> None:
        """Undo `subscribe`."""
        shard, tagged = self._locate(name)
        if (node := self._node_of[shard]) is not None:
            node.unsubscribe(tagged)
        else:
            del self.channels[tagged]

    def publish(self, name: bytes, payload: bytes) -> bool:
        """Send a message to the node that has the name. False, and counted, when none is known."""
        shard, tagged = self._locate(name)
        node = self._node_of[shard]
        if node is None:
            self._broker.counters.publish_dropped += 1
            return False
        return node.publish(tagged, payload)

    def _locate(self, name: bytes) -> tuple[int, bytes]:
        """Return the shard of a name, and the name with its tag."""
        shard = shard_of(name)
        return shard, self._tagged_prefixes[shard] + name[self._prefix_length :]

    def when_confirmed(self, callback: Outcome) -> None:
        """Call back once: when all nodes have confirmed or cannot, with whether all have."""
        outcomes: list[bool] = []
        nodes = list(self.nodes.values())

        def settle(outcome: bool) -> None:
            outcomes.append(outcome)
            if len(outcomes) == len(nodes):
                callback(all(outcomes) and None not in self._node_of)

        for node in nodes:
            node.when_confirmed(settle)
        if not nodes:
            callback(False)

    async def run(self) -> None:
        """Follow the slot map until cancelled, and close all links then."""
        try:
            while True:
                self._stale.clear()
                redirected_by, self._redirected_by = self._redirected_by, None
                if await self._map.refresh(redirected_by):
                    self._apply(owners_of_shards(self._map.slots))
                    self._mapped.set()
                await self._wait_stale()
                await asyncio.sleep(REFRESH_SECONDS_MIN)
        finally:
            tasks = list(self._tasks.values())
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def wait_connected(self) -> None:
        """Return as soon as the map is known and the links of all nodes are up."""
        await self._mapped.wait()
        for node in list(self.nodes.values()):
            await node.wait_connected()

    async def flush(self) -> None:
        """Wait, 0.5 s at most, until the nodes have what was published."""
        await asyncio.gather(*(node.flush() for node in self.nodes.values()))

    async def _wait_stale(self) -> None:
        """Wait until a node says so, for 1 s while one is away, for half a minute at most."""
        for _ in range(REFRESH_SECONDS):
            with suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await self._stale.wait()
            if self._stale.is_set() or not self.connected:
                return

    def _on_moved(self, address: RedisAddress) -> None:
        """Read the map from the node that said that a channel is not, or no more, with it."""
        self._redirected_by = address
        self._stale.set()

    def _apply(self, owners: ShardOwners) -> None:
        """Make the nodes and their subscriptions what the map says."""
        self._owners = owners
        addresses = {owner for owner in owners if owner is not None}
        for address in addresses - self.nodes.keys():
            self._add_node(address)
        former = self._node_of
        self._node_of = [self.nodes[owner] if owner else None for owner in owners]
        if former != self._node_of or any(node.subscriber.dropped for node in self.nodes.values()):
            self._reassign(former)
        for address in self.nodes.keys() - addresses:
            del self.nodes[address]
            self._tasks.pop(address).cancel()
        for node in self.nodes.values():
            node.publisher.buffer_bytes = PUBLISH_BUFFER_BYTES // len(self.nodes)

    def _reassign(self, former: Sequence[RedisNode | None]) -> None:
        moved: dict[RedisNode, list[bytes]] = {}
        for name in self.channels:
            shard = shard_of_tagged(name)
            before, now = former[shard], self._node_of[shard]
            dropped = before is not None and name in before.subscriber.dropped
            if before is not None and before is not now:
                before.subscriber.forget_moved(name)
            if now is not None and (before is not now or dropped):
                moved.setdefault(now, []).append(name)
        for node, names in moved.items():
            node.subscriber.add_moved(names)

    def _add_node(self, address: RedisAddress) -> None:
        on_moved = partial(self._on_moved, address)
        node = self.nodes[address] = RedisNode(
            Subscriber(
                address,
                self._broker,
                self.channels,
                SHARDED,
                partial(self._assigned, address),
                on_moved,
            ),
            Publisher(address, self._broker, b"SPUBLISH", on_moved),
        )
        self._tasks[address] = asyncio.create_task(node.run())

    def _assigned(self, address: RedisAddress) -> list[bytes]:
        """Return the names to be subscribed at this address."""
        shards = {shard for shard, owner in enumerate(self._owners) if owner == address}
        return [name for name in self.channels if shard_of_tagged(name) in shards]
