"""One Redis server as the bus uses it: a link that hears and one that publishes."""

import asyncio

from realtime.broker.counters import Listener
from realtime.broker.redis.connection import RedisAddress
from realtime.broker.redis.publisher import Publishing
from realtime.broker.redis.subscriber import Hearing


class BusNode:
    """All of Redis, where it is no cluster."""

    def __init__(self, hearing: Hearing, publishing: Publishing) -> None:
        self.hearing = hearing
        self.publishing = publishing
        self.join = hearing.join
        self.leave = hearing.leave
        self.when_confirmed = hearing.when_confirmed
        self.publish = publishing.publish
        self.farewell = publishing.farewell

    @property
    def connected(self) -> bool:
        return self.hearing.link.up.is_set() and self.publishing.link.up.is_set()

    async def keep_up(self) -> None:
        """Runs until cancelled, and closes both links then."""
        await asyncio.gather(self.hearing.link.keep_up(), self.publishing.link.keep_up())

    async def wait_up(self) -> None:
        await self.hearing.link.up.wait()
        await self.publishing.link.up.wait()


def single(address: RedisAddress, bus: Listener) -> BusNode:
    return BusNode(Hearing(address, bus, {}), Publishing(address, bus))
