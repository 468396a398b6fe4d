"""One Redis server as the broker uses it: a link that hears and one that publishes."""

import asyncio

from realtime.broker.counters import BrokerCallbacks
from realtime.broker.redis.connection import RedisAddress
from realtime.broker.redis.link import RedisLink
from realtime.broker.redis.publisher import Publisher
from realtime.broker.redis.subscriber import Subscriber


class RedisNode:
    """All of Redis, where it is no cluster."""

    def __init__(self, hearing: Subscriber, publishing: Publisher) -> None:
        self.hearing = hearing
        self.publishing = publishing
        self.join = hearing.join
        self.leave = hearing.leave
        self.when_confirmed = hearing.when_confirmed
        self.publish = publishing.publish
        self.flush = publishing.flush

    @property
    def links(self) -> list[RedisLink]:
        """Both of them, up or not."""
        return [self.hearing.link, self.publishing.link]

    @property
    def connected(self) -> bool:
        return self.hearing.link.up.is_set() and self.publishing.link.up.is_set()

    async def run(self) -> None:
        """Runs until cancelled, and closes both links then."""
        await asyncio.gather(self.hearing.link.run(), self.publishing.link.run())

    async def wait_connected(self) -> None:
        await self.hearing.link.up.wait()
        await self.publishing.link.up.wait()


def single(address: RedisAddress, broker: BrokerCallbacks) -> RedisNode:
    return RedisNode(Subscriber(address, broker, {}), Publisher(address, broker))
