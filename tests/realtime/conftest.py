"""A Redis of a test's own, to be killed, and a bus on it."""

from collections.abc import AsyncIterator, Iterator

import pytest

from realtime.bus import Bus, open_bus
from tests.faults.own_cluster import OwnCluster, own_cluster_servers
from tests.faults.own_redis import OwnRedis, own_redis_server


@pytest.fixture
def stopped_redis() -> Iterator[OwnRedis]:
    with own_redis_server() as server:
        yield server


@pytest.fixture
def own_redis(stopped_redis: OwnRedis) -> OwnRedis:
    stopped_redis.start()
    return stopped_redis


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
