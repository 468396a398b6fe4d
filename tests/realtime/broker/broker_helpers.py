"""What the broker tests observe with."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from realtime.broker.broker import Broker
from realtime.broker.redis.broker import RedisBroker, open_broker
from realtime.broker.redis.link import RedisLink
from tests.waiting import until


@asynccontextmanager
async def connected_broker(url: str, **options: Any) -> AsyncIterator[RedisBroker]:
    """A broker that is connected, however busy the machine is.

    `open_broker` goes on without after half a second.
    """
    async with open_broker(url, **options) as broker:
        await until(lambda: broker.connected, 30)
        yield broker


async def confirmed(broker: RedisBroker) -> bool:
    """Whether Redis confirms all subscriptions, however busy the machine is.

    The broker itself goes on without after half a second.
    """
    return await broker.subscribed(timeout_seconds=10)


def publishing_link(broker: RedisBroker) -> RedisLink:
    """That of a broker on a single Redis."""
    (link,) = [link for link in broker.links if link.name == "publishing"]
    return link


class Received(list[tuple[bytes, bytes]]):
    """What a broker delivered, and how often it reported a gap."""

    gaps = 0

    def __init__(self, broker: Broker) -> None:
        super().__init__()
        broker.on_message = lambda channel, payload: self.append((channel, payload))
        broker.on_gap = self.count_gap

    def count_gap(self) -> None:
        self.gaps += 1
