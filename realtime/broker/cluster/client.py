"""What is asked of a Redis cluster: each command goes to the node that has its keys.

Not by redis-py's cluster client (8.1): within our limits of time and connections it answered 30 to
47 of 160 commands at once on a cluster that was well, and one that fails has it read what all nodes
and commands are anew, for 8 ms of CPU. The nodes' clients are those of a single server.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Self

from redis import exceptions
from redis.asyncio import Redis
from redis.exceptions import AskError, MovedError

from realtime.broker.cluster.shards import slot_of_key
from realtime.broker.cluster.slot_map import SlotMap
from realtime.broker.redis.connection import RedisAddress

LOOK_PAUSE_SECONDS = 1.0  # between two looks at the map after failures


class ClusterClient:
    """`seed` is any of the nodes. Its clients, made by `server`, are closed with it."""

    def __init__(
        self, seed: RedisAddress, server: Callable[[RedisAddress], Redis], seconds: float
    ) -> None:
        self._map = SlotMap(seed)
        self._make_server = server
        self._seconds = seconds
        self._servers: dict[RedisAddress, Redis] = {}
        self._looking: asyncio.Task[bool] | None = None
        self._looked_at = 0.0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait({self._looking})
        for one in self._servers.values():
            await one.aclose()

    async def execute_command(self, *words: Any) -> Any:
        """As Redis's, of a command on keys, in so many seconds at most."""
        async with asyncio.timeout(self._seconds):
            slot = slot_of_key(_first_key(words).encode())
            if self._map.slots[slot] is None:
                await asyncio.wait({self._look()})
            node = self._map.slots[slot]
            if node is None:
                raise exceptions.ConnectionError("no node of the cluster is known to have the key")
            try:
                return await self._ask(node, words)
            except MovedError as moved:
                node = self._map.slots[slot] = _redirected(node, moved)
                return await self._ask(node, words)
            except AskError as moving:
                return await self._ask(_redirected(node, moving), ("ASKING",), words)
            except (exceptions.ConnectionError, exceptions.TimeoutError):
                self._look()  # perhaps another node has taken its place
                raise

    async def _ask(self, node: RedisAddress, *commands: tuple[Any, ...]) -> Any:
        """The answer to the last one; all on one connection."""
        if node not in self._servers:
            self._servers[node] = self._make_server(node)
        one: Any = self._servers[node]
        if len(commands) == 1:
            return await one.execute_command(*commands[0])
        async with one.pipeline(transaction=False) as pipeline:
            for command in commands:
                pipeline.execute_command(*command)
            return (await pipeline.execute())[-1]

    def _look(self) -> "asyncio.Task[bool]":
        """One look at a time."""
        now = asyncio.get_running_loop().time()
        if self._looking is None or (
            self._looking.done() and now - self._looked_at > LOOK_PAUSE_SECONDS
        ):
            self._looked_at = now
            self._looking = asyncio.create_task(self._map.refresh())
        return self._looking


def _first_key(words: tuple[Any, ...]) -> str:
    return str(words[3] if words[0] in ("EVAL", "EVALSHA") else words[1])


def _redirected(asked: RedisAddress, error: AskError) -> RedisAddress:
    return replace(asked, host=error.host or asked.host, port=error.port)
