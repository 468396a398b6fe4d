"""Commands to a Redis cluster: each goes to the node that has its keys.

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

REFRESH_PAUSE_SECONDS = 1.0  # between two reads of the slot map after failures


class ClusterClient:
    """A `RedisExecutor` on all nodes of a cluster.

    `seed` is any of them. The nodes' clients, made by `connect_node`, are closed with it.
    """

    def __init__(
        self, seed: RedisAddress, connect_node: Callable[[RedisAddress], Redis], seconds: float
    ) -> None:
        self._map = SlotMap(seed)
        self._connect_node = connect_node
        self._seconds = seconds
        self._nodes: dict[RedisAddress, Redis] = {}
        self._refreshing: asyncio.Task[bool] | None = None
        self._refreshed_at = 0.0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        if self._refreshing is not None:
            self._refreshing.cancel()
            await asyncio.wait({self._refreshing})
        for one in self._nodes.values():
            await one.aclose()

    async def execute_command(self, *words: Any) -> Any:
        """Return the reply to a command on keys of one slot. Raises client.UNAVAILABLE.

        Follows redirections, in the client's time limit altogether.
        """
        async with asyncio.timeout(self._seconds):
            slot = slot_of_key(_first_key(words).encode())
            if self._map.slots[slot] is None:
                await asyncio.wait({self._refresh_map()})
            node = self._map.slots[slot]
            if node is None:
                raise exceptions.ConnectionError("no node of the cluster is known to have the key")
            try:
                return await self._execute_on(node, words)
            except MovedError as moved:
                node = self._map.slots[slot] = _redirected(node, moved)
                return await self._execute_on(node, words)
            except AskError as moving:
                return await self._execute_on(_redirected(node, moving), ("ASKING",), words)
            except (exceptions.ConnectionError, exceptions.TimeoutError):
                self._refresh_map()  # perhaps another node has taken its place
                raise

    async def _execute_on(self, node: RedisAddress, *commands: tuple[Any, ...]) -> Any:
        """Execute commands on one connection and return the reply to the last one."""
        if node not in self._nodes:
            self._nodes[node] = self._connect_node(node)
        one: Any = self._nodes[node]
        if len(commands) == 1:
            return await one.execute_command(*commands[0])
        async with one.pipeline(transaction=False) as pipeline:
            for command in commands:
                pipeline.execute_command(*command)
            return (await pipeline.execute())[-1]

    def _refresh_map(self) -> "asyncio.Task[bool]":
        """Read the slot map, unless that is under way or was just done."""
        now = asyncio.get_running_loop().time()
        if self._refreshing is None or (
            self._refreshing.done() and now - self._refreshed_at > REFRESH_PAUSE_SECONDS
        ):
            self._refreshed_at = now
            self._refreshing = asyncio.create_task(self._map.refresh())
        return self._refreshing


def _first_key(words: tuple[Any, ...]) -> str:
    return str(words[3] if words[0] in ("EVAL", "EVALSHA") else words[1])


def _redirected(asked: RedisAddress, error: AskError) -> RedisAddress:
    return replace(asked, host=error.host or asked.host, port=error.port)
