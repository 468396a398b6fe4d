"""Redis for what is asked and answered (the broker has its own links): bounded, no retries.

Redis being away or silent costs a caller a quarter of a second, never more; what depends on it here
has a way to do without.
"""

import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.connection import parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError

from realtime.broker.cluster.client import ClusterClient
from realtime.broker.redis.connection import RedisAddress

SECONDS = 0.25
CONNECTIONS = 16

# What a caller who can do without Redis catches; a TimeoutError is an OSError.
UNAVAILABLE = (RedisError, OSError)


class RedisExecutor(Protocol):
    """A server, or a cluster of them. Raises what AWAY names, of it ResponseError for a refusal."""

    async def execute_command(self, *words: Any) -> Any: ...


class Script:
    """Called by its hash, and in full where that is unknown. Raises what AWAY names."""

    def __init__(self, redis: RedisExecutor, text: str) -> None:
        self._redis = redis
        self._text = text
        self._hash = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()

    async def __call__(self, keys: Sequence[str], *arguments: str | int) -> Any:
        ask = self._redis.execute_command
        try:
            return await ask("EVALSHA", self._hash, len(keys), *keys, *arguments)
        except NoScriptError:
            return await ask("EVAL", self._text, len(keys), *keys, *arguments)


@asynccontextmanager
async def open_redis(url: str, *, cluster: bool = False) -> AsyncIterator[RedisExecutor]:
    """Does not wait for Redis, which may be away. ValueError for a URL of another scheme.

    In a `cluster` the URL names any of the nodes, and a command takes keys of one slot only.
    """
    named = parse_url(url)

    def server(node: RedisAddress) -> Redis:
        return _server(**named | {"host": node.host, "port": node.port})

    async with (
        ClusterClient(RedisAddress.from_url(url), server, SECONDS) if cluster else _server(**named)
    ) as redis:
        yield redis


def _server(**where: Any) -> Redis:
    options: dict[str, Any] = {
        "max_connections": CONNECTIONS,
        "timeout": SECONDS,
        "socket_timeout": SECONDS,
        "socket_connect_timeout": SECONDS,
        "protocol": 2,  # spares a new connection two round trips
        "retry": Retry(NoBackoff(), 0),
    }
    return Redis.from_pool(BlockingConnectionPool(**options | where))
