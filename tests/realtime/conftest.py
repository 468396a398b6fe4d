"""A broker on a Redis of a test's own."""

from collections.abc import AsyncIterator, Iterator

import pytest

from realtime.broker.redis.broker import RedisBroker
from tests.faults.own_cluster import OwnCluster, own_cluster_servers
from tests.faults.own_redis import OwnRedis
from tests.realtime.broker.broker_helpers import connected_broker


@pytest.fixture
async def broker(own_redis: OwnRedis) -> AsyncIterator[RedisBroker]:
    async with connected_broker(own_redis.url) as broker:
        yield broker


@pytest.fixture
def cluster() -> Iterator[OwnCluster]:
    """Of three nodes that serve."""
    with own_cluster_servers() as servers:
        servers.start()
        yield servers
