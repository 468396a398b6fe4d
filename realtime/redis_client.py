"""Redis for what is asked and answered (the bus has links of its own): bounded in time, no retries.

Redis being away or silent costs a caller a quarter of a second, never more; what depends on it here
has a way to do without.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

SECONDS = 0.25
CONNECTIONS = 16

# What a caller who can do without Redis catches; a TimeoutError is an OSError.
AWAY = (RedisError, OSError)


@asynccontextmanager
async def open_redis(url: str) -> AsyncIterator[Redis]:
    """Does not wait for Redis, which may be away. ValueError for a URL of another scheme."""
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=CONNECTIONS,
        timeout=SECONDS,
        socket_timeout=SECONDS,
        socket_connect_timeout=SECONDS,
        protocol=2,  # spares a new connection two round trips
        retry=Retry(NoBackoff(), 0),
    )
    async with Redis.from_pool(pool) as redis:
        yield redis
