"""Who is online, by leases in Redis."""

import pytest

from realtime.broker.redis.client import open_redis
from realtime.ephemeral import presence_store
from realtime.ephemeral.presence_store import PresenceStore
from tests.faults.own_redis import OwnRedis
from tests.waiting import until

BOB = 7


async def test_users_of_an_instance_that_died_are_offline_when_its_lease_ends(
    own_redis: OwnRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence_store, "LEASE_SECONDS", 1)
    async with open_redis(own_redis.url) as redis:
        died, lives = PresenceStore(redis), PresenceStore(redis)
        await died.touch([BOB])
        assert await lives.get([BOB]) == {BOB}

        async def is_gone_with_the_other_instance() -> bool:
            await lives.touch([BOB])
            return not await lives.remove([BOB])

        await until(is_gone_with_the_other_instance)
        assert await lives.get([BOB]) == set()
