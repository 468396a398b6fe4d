"""Who is connected to which instance, as leases in Redis: those of a dead instance run out."""

import asyncio
import secrets
from collections.abc import Sequence
from importlib import resources
from typing import Literal

from realtime.broker.cluster.client import ClusterClient
from realtime.broker.cluster.shards import SHARDS, TAGS
from realtime.broker.keys import KEY_PREFIX
from realtime.broker.redis.client import RedisExecutor, Script

LEASE_SECONDS = 40
USERS_PER_CALL = 500
SHARDS_AT_ONCE = 8

SCRIPT = (resources.files(__package__) / "presence.lua").read_text(encoding="utf-8")

What = Literal["touch", "remove", "get"]


class PresenceStore:
    """The leases of one instance.

    Every call raises what realtime.broker.redis.client.UNAVAILABLE names.

    In a cluster, where a call takes users of one shard, the others are served before it raises.
    """

    def __init__(self, redis: RedisExecutor) -> None:
        self._script = Script(redis, SCRIPT)
        self._sharded = isinstance(redis, ClusterClient)
        self._instance = secrets.token_hex(8)

    async def touch(self, user_ids: Sequence[int]) -> set[int]:
        """Take or renew leases for users connected here; return who had any before."""
        return await self._call("touch", user_ids)

    async def remove(self, user_ids: Sequence[int]) -> set[int]:
        """Drop the leases of users who are gone from here; return who still has any."""
        return await self._call("remove", user_ids)

    async def get(self, user_ids: Sequence[int]) -> set[int]:
        """Return which of these are connected to any instance."""
        return await self._call("get", user_ids)

    async def _call(self, what: What, user_ids: Sequence[int]) -> set[int]:
        if not self._sharded:
            return await self._call_node(what, "", user_ids)
        turns = asyncio.Semaphore(SHARDS_AT_ONCE)

        async def call(tag: str, users: Sequence[int]) -> set[int]:
            async with turns:
                return await self._call_node(what, tag, users)

        shards: dict[str, list[int]] = {}
        for user_id in user_ids:
            shards.setdefault(TAGS[user_id % SHARDS].decode(), []).append(user_id)
        outcomes = await asyncio.gather(
            *(call(tag, users) for tag, users in shards.items()), return_exceptions=True
        )
        online: set[int] = set()
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
            online |= outcome
        return online

    async def _call_node(self, what: What, tag: str, user_ids: Sequence[int]) -> set[int]:
        """Call one node; the tag goes into all keys."""
        online: set[int] = set()
        for start in range(0, len(user_ids), USERS_PER_CALL):
            users = user_ids[start : start + USERS_PER_CALL]
            keys = [f"{KEY_PREFIX}{tag}online:{user_id}" for user_id in users]
            flags = await self._script(keys, what, self._instance, LEASE_SECONDS)
            online |= {user_id for user_id, flag in zip(users, flags, strict=True) if flag}
        return online
