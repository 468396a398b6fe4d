"""A bus on a Redis of a test's own."""

from collections.abc import AsyncIterator, Iterator

import pytest

from realtime.broker.redis.broker import Bus, open_bus
from tests.faults.own_cluster import OwnCluster, own_cluster_servers
from tests.faults.own_redis import OwnRedis


@pytest.fixture
async def bus(own_redis: OwnRedis) -> AsyncIterator[Bus]:
    async with open_bus(own_redis.url) as bus:
        yield bus


@pytest.fixture
def cluster() -> Iterator[OwnCluster]:
    """Of three nodes that serve."""
    with own_cluster_servers() as servers:
        servers.start()
        yield servers
