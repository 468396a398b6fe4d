"""The instance's ear and mouth on Redis pub/sub: doorbells, never the truth.

A message may be lost at any time; the log in PostgreSQL and the sweep make up for it. So nothing
is sent twice or waits for long. A channel that nobody here retains costs this instance nothing.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from realtime.broker.cluster.nodes import ClusterNodes
from realtime.broker.counters import BrokerCounters
from realtime.broker.redis.connection import CONNECT_SECONDS, RedisAddress
from realtime.broker.redis.link import RedisLink
from realtime.broker.redis.node import RedisNode, single


class RedisBroker:
    """What this instance listens to, and says. Belongs to the loop that opened it.

    `on_message(channel, payload)` is called in the reader and must not block; what it raises is
    logged and counted. `on_gap()` is called when a hearing link has come up late or again and
    all its channels are subscribed: what was published meanwhile is lost, read it elsewhere.
    """

    def __init__(self, address: RedisAddress, prefix: bytes, *, cluster: bool) -> None:
        self.on_message: Callable[[bytes, bytes], None] = lambda channel, payload: None
        self.on_gap: Callable[[], None] = lambda: None
        self.counters = BrokerCounters()
        # Redis channels know no databases; without the number two of them would hear each other.
        self._prefix = prefix + (b"%d:" % address.db if address.db else b"")
        self._retained: dict[bytes, int] = {}
        self._redis: RedisNode | ClusterNodes = (
            ClusterNodes(address, self, self._prefix) if cluster else single(address, self)
        )

    @property
    def connected(self) -> bool:
        return self._redis.connected

    @property
    def links(self) -> list[RedisLink]:
        """The connections to Redis, up or not: two for each server."""
        return self._redis.links

    @property
    def channels(self) -> int:
        """How many are retained at least once."""
        return len(self._retained)

    def subscribe(self, channel: bytes) -> None:
        """Messages of the channel arrive from soon on (see `subscribed`) until its last release."""
        count = self._retained.get(channel, 0)
        self._retained[channel] = count + 1
        if count == 0:
            self._redis.join(self._prefix + channel, channel)

    def unsubscribe(self, channel: bytes) -> None:
        """Undoes one retain. Raises KeyError when there is none to undo."""
        count = self._retained[channel]
        if count > 1:
            self._retained[channel] = count - 1
            return
        del self._retained[channel]
        self._redis.leave(self._prefix + channel)

    async def subscribed(self, timeout_seconds: float = 0.5) -> bool:
        """True as soon as Redis has confirmed every retain made before the call.

        False when it is away or the time is over: go on then. If the link comes (back) later,
        `on_gap` tells; if a confirmation is only slow, the sweep finds what was missed.
        """
        loop = asyncio.get_running_loop()
        confirmed: asyncio.Future[bool] = loop.create_future()

        def settle(outcome: bool) -> None:
            if not confirmed.done():
                confirmed.set_result(outcome)

        self._redis.when_confirmed(settle)
        timer = loop.call_later(timeout_seconds, settle, False)
        try:
            return await confirmed
        finally:
            timer.cancel()

    def publish(self, channel: bytes, payload: bytes) -> bool:
        """Leaves with all else that this tick of the loop publishes, in order, at most once.

        False, and counted, when the link is down or 4 MiB wait already. True promises nothing.
        """
        return self._redis.publish(self._prefix + channel, payload)


@asynccontextmanager
async def open_broker(
    redis_url: str,
    *,
    cluster: bool = False,
    prefix: bytes = b"mt:",
    on_message: Callable[[bytes, bytes], None] | None = None,
    on_gap: Callable[[], None] | None = None,
) -> AsyncIterator[RedisBroker]:
    """Yields as soon as all links are up, or after 0.5 s without Redis: then they come later.

    `cluster`: the URL names any node of a Redis cluster. `prefix` goes before every channel's name,
    so that several installations may share a Redis. Both callbacks may also be set on the broker
    afterwards. Raises ValueError for a URL that is none.
    """
    broker = RedisBroker(RedisAddress.from_url(redis_url), prefix, cluster=cluster)
    broker.on_message = on_message or broker.on_message
    broker.on_gap = on_gap or broker.on_gap
    redis = broker._redis
    # Not a TaskGroup: it would wrap what the caller's block raises into an ExceptionGroup.
    task = asyncio.create_task(redis.run())
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(CONNECT_SECONDS):
                await redis.wait_connected()
        try:
            yield broker
        finally:
            await redis.flush()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
