"""One Redis server as the broker uses it: a link that subscribes and one that publishes."""

import asyncio

from realtime.broker.broker import BrokerCallbacks
from realtime.broker.redis.connection import RedisAddress
from realtime.broker.redis.link import RedisLink
from realtime.broker.redis.publisher import Publisher
from realtime.broker.redis.subscriber import Subscriber


class RedisNode:
    """All of Redis, where it is no cluster. See Subscriber and Publisher for its methods."""

    def __init__(self, subscriber: Subscriber, publisher: Publisher) -> None:
        self.subscriber = subscriber
        self.publisher = publisher
        self.subscribe = subscriber.subscribe
        self.unsubscribe = subscriber.unsubscribe
        self.when_confirmed = subscriber.when_confirmed
        self.publish = publisher.publish
        self.flush = publisher.flush

    @property
    def links(self) -> list[RedisLink]:
        """Both of them, up or not."""
        return [self.subscriber.link, self.publisher.link]

    @property
    def connected(self) -> bool:
        """Whether both links are up."""
        return self.subscriber.link.connected.is_set() and self.publisher.link.connected.is_set()

    async def run(self) -> None:
        """Keep both links up until cancelled, and close them then."""
        await asyncio.gather(self.subscriber.link.run(), self.publisher.link.run())

    async def wait_connected(self) -> None:
        """Return as soon as both links are up."""
        await self.subscriber.link.connected.wait()
        await self.publisher.link.connected.wait()


def single_node(address: RedisAddress, broker: BrokerCallbacks) -> RedisNode:
    """Return the only node there is, with links that are not opened yet."""
    return RedisNode(Subscriber(address, broker, {}), Publisher(address, broker))
