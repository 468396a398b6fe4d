"""The broker on Redis publish/subscribe: notification hints, never the truth.

A message may be lost at any time; the log in PostgreSQL and the reconciler make up for it. So
nothing is sent twice or waits for long. A channel that nobody here is subscribed to costs this
instance nothing.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from realtime.broker.broker import BrokerCounters
from realtime.broker.cluster.nodes import ClusterNodes
from realtime.broker.keys import KEY_PREFIX
from realtime.broker.redis.connection import CONNECT_SECONDS, RedisAddress
from realtime.broker.redis.link import RedisLink
from realtime.broker.redis.node import RedisNode, single_node


class RedisBroker:
    """A `Broker` on one Redis server or a cluster. Belongs to the loop that opened it."""

    def __init__(self, address: RedisAddress, prefix: bytes, *, cluster: bool) -> None:
        self.on_message: Callable[[bytes, bytes], None] = lambda channel, payload: None
        self.on_gap: Callable[[], None] = lambda: None
        self.counters = BrokerCounters()
        # Redis channels know no databases; without the number two of them would share channels.
        self._prefix = prefix + (b"%d:" % address.db if address.db else b"")
        self._subscriptions: dict[bytes, int] = {}  # how many of each channel
        self.backend: RedisNode | ClusterNodes = (
            ClusterNodes(address, self, self._prefix) if cluster else single_node(address, self)
        )

    @property
    def connected(self) -> bool:
        """Whether every connection is up."""
        return self.backend.connected

    @property
    def links(self) -> list[RedisLink]:
        """The connections to Redis, up or not: two for each server."""
        return self.backend.links

    @property
    def channels(self) -> int:
        """How many channels are subscribed at least once."""
        return len(self._subscriptions)

    def subscribe(self, channel: bytes) -> None:
        """Subscribe to a channel, once more than before (see `Broker`)."""
        count = self._subscriptions.get(channel, 0)
        self._subscriptions[channel] = count + 1
        if count == 0:
            self.backend.subscribe(self._prefix + channel, channel)

    def unsubscribe(self, channel: bytes) -> None:
        """Undo one `subscribe`. Raises KeyError when there is none to undo."""
        count = self._subscriptions[channel]
        if count > 1:
            self._subscriptions[channel] = count - 1
            return
        del self._subscriptions[channel]
        self.backend.unsubscribe(self._prefix + channel)

    async def subscribed(self, timeout_seconds: float = 0.5) -> bool:
        """Wait until Redis has confirmed every `subscribe` made before the call (see `Broker`)."""
        loop = asyncio.get_running_loop()
        confirmed: asyncio.Future[bool] = loop.create_future()

        def settle(outcome: bool) -> None:
            if not confirmed.done():
                confirmed.set_result(outcome)

        self.backend.when_confirmed(settle)
        timer = loop.call_later(timeout_seconds, settle, False)
        try:
            return await confirmed
        finally:
            timer.cancel()

    def publish(self, channel: bytes, payload: bytes) -> bool:
        """Send a message (see `Broker`). False when the link is down or 4 MiB wait already."""
        return self.backend.publish(self._prefix + channel, payload)


@asynccontextmanager
async def open_broker(
    redis_url: str,
    *,
    cluster: bool = False,
    prefix: bytes = KEY_PREFIX.encode(),
    on_message: Callable[[bytes, bytes], None] | None = None,
    on_gap: Callable[[], None] | None = None,
) -> AsyncIterator[RedisBroker]:
    """Open a broker: yield it as soon as it is connected, or after 0.5 s without Redis.

    In the latter case it connects later. Both callbacks may also be set on it afterwards.

    Args:
        redis_url: redis://, rediss:// or unix://.
        cluster: the URL names any node of a Redis cluster.
        prefix: goes before every channel's name.
        on_message: see `Broker`.
        on_gap: see `Broker`.

    Raises:
        ValueError: for a URL that is none.
    """
    broker = RedisBroker(RedisAddress.from_url(redis_url), prefix, cluster=cluster)
    broker.on_message = on_message or broker.on_message
    broker.on_gap = on_gap or broker.on_gap
    # Not a TaskGroup: it would wrap what the caller's block raises into an ExceptionGroup.
    task = asyncio.create_task(broker.backend.run())
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(CONNECT_SECONDS):
                await broker.backend.wait_connected()
        try:
            yield broker
        finally:
            await broker.backend.flush()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
