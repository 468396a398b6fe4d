"""What the broker tests observe with."""

from realtime.broker.broker import Broker
from realtime.broker.redis.broker import RedisBroker
from realtime.broker.redis.link import RedisLink


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
