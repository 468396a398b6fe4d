"""Commands to Redis and their replies (publish/subscribe has its own links): bounded, no retries.

Redis being away or silent costs a caller a quarter of a second, never more; what depends on it here
has a way to do without.
"""

import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Protocol

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.connection import parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError, ResponseError

from realtime.broker.cluster.client import ClusterClient
from realtime.broker.redis.connection import RedisAddress

COMMAND_SECONDS = 0.25
CONNECTIONS_MAX = 16

# What a caller who can do without Redis catches; a TimeoutError is an OSError.
UNAVAILABLE = (RedisError, OSError)
# One of UNAVAILABLE: Redis is there, and has refused the command.
CommandRefused = ResponseError


class RedisExecutor(Protocol):
    """A server, or a cluster of them, that carries out commands."""

    async def execute_command(self, *words: Any) -> Any:
        """Return the reply to a command. Raises UNAVAILABLE, of it CommandRefused for an error."""


class Script:
    """A Lua script: called by its hash, and in full where that is unknown."""

    def __init__(self, redis: RedisExecutor, text: str) -> None:
        self._redis = redis
        self._text = text
        self._hash = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()

    async def __call__(self, keys: Sequence[str], *arguments: str | int) -> Any:
        """Run the script and return its reply. Raises UNAVAILABLE."""
        execute = self._redis.execute_command
        try:
            return await execute("EVALSHA", self._hash, len(keys), *keys, *arguments)
        except NoScriptError:
            return await execute("EVAL", self._text, len(keys), *keys, *arguments)


@asynccontextmanager
async def open_redis(url: str, *, cluster: bool = False) -> AsyncIterator[RedisExecutor]:
    """Open a client, without waiting for Redis, which may be away.

    In a `cluster` the URL names any of the nodes, and a command takes keys of one slot only.

    Raises:
        ValueError: for a URL of another scheme.
    """
    options = parse_url(url)

    def connect_node(node: RedisAddress) -> Redis:
        return _client(**options | {"host": node.host, "port": node.port})

    async with (
        ClusterClient(RedisAddress.from_url(url), connect_node, COMMAND_SECONDS)
        if cluster
        else _client(**options)
    ) as redis:
        yield redis


class _Client(Redis):
    _is_closed = False

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """Do what Redis does, on uvloop, too: its transports refuse to write by RuntimeError.

        Once it is closed, no connection is opened again, or left open that was just being opened.
        """
        if self._is_closed:
            raise ConnectionError("The client is closed.")
        try:
            return await super().execute_command(*args, **options)  # type: ignore[no-untyped-call]
        except RuntimeError as error:
            raise ConnectionError(str(error)) from error
        finally:
            if self._is_closed:
                with suppress(RedisError):
                    await self.connection_pool.disconnect()

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        """Close all connections, for good; none is waited for longer than a command may take."""
        self._is_closed = True
        with suppress(RedisError):  # of each the end has begun
            await super().aclose(close_connection_pool)


def _client(**where: Any) -> Redis:
    options: dict[str, Any] = {
        "max_connections": CONNECTIONS_MAX,
        "timeout": COMMAND_SECONDS,
        "socket_timeout": COMMAND_SECONDS,
        "socket_connect_timeout": COMMAND_SECONDS,
        "protocol": 2,  # spares a new connection two round trips
        "retry": Retry(NoBackoff(), 0),
    }
    return _Client.from_pool(BlockingConnectionPool(**options | where))
