"""Who is connected to which instance, as leases in Redis: those of a dead instance run out."""

import secrets
from collections.abc import Sequence
from importlib import resources
from typing import Literal, cast

from redis.asyncio import Redis

LEASE_SECONDS = 40
USERS_PER_CALL = 500

SCRIPT = (resources.files(__package__) / "presence.lua").read_text(encoding="utf-8")


class Leases:
    """Of one instance. Every call raises what realtime.redis_client.AWAY names."""

    def __init__(self, redis: Redis) -> None:
        self._script = redis.register_script(SCRIPT)
        self._instance = secrets.token_hex(8)

    async def take(self, user_ids: Sequence[int]) -> set[int]:
        """Say, or say again, that these users are connected here; who was online before."""
        return await self._call("take", user_ids)

    async def leave(self, user_ids: Sequence[int]) -> set[int]:
        """Say that these users are not connected here any more; who still is elsewhere."""
        return await self._call("leave", user_ids)

    async def online(self, user_ids: Sequence[int]) -> set[int]:
        return await self._call("look", user_ids)

    async def _call(
        self, what: Literal["take", "leave", "look"], user_ids: Sequence[int]
    ) -> set[int]:
        online: set[int] = set()
        for start in range(0, len(user_ids), USERS_PER_CALL):
            users = user_ids[start : start + USERS_PER_CALL]
            keys = [f"mt:online:{user_id}" for user_id in users]
            answer = await self._script(keys=keys, args=[what, self._instance, LEASE_SECONDS])
            flags = cast(Sequence[int], answer)
            online |= {user_id for user_id, flag in zip(users, flags, strict=True) if flag}
        return online
