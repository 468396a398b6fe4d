"""The broker on a Redis cluster: each channel on the node that owns its shard."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from functools import partial

from realtime.broker.cluster.shards import (
    NOBODY,
    SHARDS,
    TAGS,
    Owners,
    owners_of_shards,
    shard_of,
    shard_of_tagged,
)
from realtime.broker.cluster.slot_map import SlotMap
from realtime.broker.counters import BrokerCallbacks
from realtime.broker.redis.connection import RedisAddress
from realtime.broker.redis.link import RedisLink
from realtime.broker.redis.node import RedisNode
from realtime.broker.redis.publisher import PUBLISH_BUFFER_BYTES, Publisher
from realtime.broker.redis.subscriber import Outcome, SubscribeCommands, Subscriber, by_tag

SHARDED = SubscribeCommands(b"SSUBSCRIBE", b"SUNSUBSCRIBE", by_tag)

PACE_SECONDS = 0.05  # between two looks at the map, at least
CALM_SECONDS = 30  # between two looks while nothing seems wrong


class ClusterNodes:
    """`address` is that of any node. The nodes' links come and go with the map."""

    def __init__(self, address: RedisAddress, broker: BrokerCallbacks, prefix: bytes) -> None:
        self._broker = broker
        self._prefix_length = len(prefix)
        self._beginnings = [prefix + tag for tag in TAGS]  # so that ACLs may go by the prefix
        self._map = SlotMap(address)
        self._owners = NOBODY
        self._nodes: dict[RedisAddress, RedisNode] = {}
        self._tasks: dict[RedisAddress, asyncio.Task[None]] = {}
        self._node_of: list[RedisNode | None] = [None] * SHARDS
        self._channels: dict[bytes, bytes] = {}  # tagged name in Redis -> the retained channel
        self._mapped = asyncio.Event()
        self._stale = asyncio.Event()
        self._informed: RedisAddress | None = None  # who said that the map is stale

    @property
    def links(self) -> list[RedisLink]:
        """Those of all known nodes, up or not."""
        return [link for node in self._nodes.values() for link in node.links]

    @property
    def connected(self) -> bool:
        return None not in self._node_of and all(node.connected for node in self._nodes.values())

    def join(self, name: bytes, channel: bytes) -> None:
        shard, tagged = self._place(name)
        if (node := self._node_of[shard]) is not None:
            node.join(tagged, channel)
        else:
            self._channels[tagged] = channel

    def leave(self, name: bytes) -> None:
        shard, tagged = self._place(name)
        if (node := self._node_of[shard]) is not None:
            node.leave(tagged)
        else:
            del self._channels[tagged]

    def publish(self, name: bytes, payload: bytes) -> bool:
        shard, tagged = self._place(name)
        node = self._node_of[shard]
        if node is None:
            self._broker.counters.publish_dropped += 1
            return False
        return node.publish(tagged, payload)

    def _place(self, name: bytes) -> tuple[int, bytes]:
        """Its shard and its name in Redis."""
        shard = shard_of(name)
        return shard, self._beginnings[shard] + name[self._prefix_length :]

    def when_confirmed(self, callback: Outcome) -> None:
        """Calls back once: when all nodes have confirmed or cannot, with whether all have."""
        outcomes: list[bool] = []
        nodes = list(self._nodes.values())

        def settle(outcome: bool) -> None:
            outcomes.append(outcome)
            if len(outcomes) == len(nodes):
                callback(all(outcomes) and None not in self._node_of)

        for node in nodes:
            node.when_confirmed(settle)
        if not nodes:
            callback(False)

    async def run(self) -> None:
        """Runs until cancelled, and closes all links then."""
        try:
            while True:
                self._stale.clear()
                informed, self._informed = self._informed, None
                if await self._map.refresh(informed):
                    self._follow(owners_of_shards(self._map.slots))
                    self._mapped.set()
                await self._until_stale()
                await asyncio.sleep(PACE_SECONDS)
        finally:
            tasks = list(self._tasks.values())
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def wait_connected(self) -> None:
        await self._mapped.wait()
        for node in list(self._nodes.values()):
            await node.wait_connected()

    async def flush(self) -> None:
        await asyncio.gather(*(node.flush() for node in self._nodes.values()))

    async def _until_stale(self) -> None:
        """Until a node said so, for a second while one is away, for half a minute at most."""
        for _ in range(CALM_SECONDS):
            with suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await self._stale.wait()
            if self._stale.is_set() or not self.connected:
                return

    def _moved(self, address: RedisAddress) -> None:
        """The node at this address said that something is not, or no more, with it."""
        self._informed = address
        self._stale.set()

    def _follow(self, owners: Owners) -> None:
        """Make the nodes and their subscriptions what the map says."""
        self._owners = owners
        addresses = {owner for owner in owners if owner is not None}
        for address in addresses - self._nodes.keys():
            self._open(address)
        former = self._node_of
        self._node_of = [self._nodes[owner] if owner else None for owner in owners]
        if former != self._node_of or any(node.hearing.dropped for node in self._nodes.values()):
            self._hand_over(former)
        for address in self._nodes.keys() - addresses:
            del self._nodes[address]
            self._tasks.pop(address).cancel()
        for node in self._nodes.values():
            node.publishing.buffer_bytes = PUBLISH_BUFFER_BYTES // len(self._nodes)

    def _hand_over(self, former: Sequence[RedisNode | None]) -> None:
        adopted: dict[RedisNode, list[bytes]] = {}
        for name in self._channels:
            shard = shard_of_tagged(name)
            before, now = former[shard], self._node_of[shard]
            dropped = before is not None and name in before.hearing.dropped
            if before is not None and before is not now:
                before.hearing.disown(name)
            if now is not None and (before is not now or dropped):
                adopted.setdefault(now, []).append(name)
        for node, names in adopted.items():
            node.hearing.adopt(names)

    def _open(self, address: RedisAddress) -> None:
        moved = partial(self._moved, address)
        node = self._nodes[address] = RedisNode(
            Subscriber(
                address, self._broker, self._channels, SHARDED, partial(self._names, address), moved
            ),
            Publisher(address, self._broker, b"SPUBLISH", moved),
        )
        self._tasks[address] = asyncio.create_task(node.run())

    def _names(self, address: RedisAddress) -> list[bytes]:
        """Those to be subscribed at this address."""
        shards = {shard for shard, owner in enumerate(self._owners) if owner == address}
        return [name for name in self._channels if shard_of_tagged(name) in shards]
