"""Three instances, Redis and a database, all behind proxies, and what may happen to each."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp

from storage.database.pool import Database, open_database
from tests.conftest import Services
from tests.faults.own_redis import OwnRedis, own_redis_server
from tests.faults.proxy import FaultProxy, Mode, before_postgres, fault_proxy
from tests.journeys.reconnecting_client import QUIET
from tests.people import Instance
from tests.processes import PROGRAM
from tests.server.lifecycle import instances
from tests.storage.own_database import own_database

INSTANCES = 3
FAULT_SECONDS = (0.5, 3.0)
CALM_SECONDS = (1.0, 3.0)

SETTINGS = QUIET | {"ACCESS_TOKEN_SECONDS": "86400", "LOG_LEVEL": "warning"}


class Front(Instance):
    """A place where an instance is found, whichever process it is just now."""

    def __init__(self, proxy: FaultProxy, http: aiohttp.ClientSession) -> None:
        super().__init__(f"http://127.0.0.1:{proxy.port}", http)
        self.proxy = proxy
        self.process: instances.Instance | None = None
        self._stack = AsyncExitStack()
        self.logged: list[str] = []

    async def start(self, services: Services, directory: Path, env: dict[str, str]) -> None:
        self._stack = AsyncExitStack()
        serving = instances.serving(services, directory, "--no-jobs", program=PROGRAM, **env)
        self.process = await self._stack.enter_async_context(serving)
        where = urlsplit(self.process.url)
        self.proxy.target = (str(where.hostname), int(where.port or 0))

    async def kill(self) -> None:
        assert self.process is not None
        self.process.process.kill()
        _, _, err = await asyncio.to_thread(self.process.end)
        self.logged += err.splitlines()
        await self._stack.aclose()


class Site:
    """All of it, and the faults that it may have."""

    def __init__(
        self, fronts: list[Front], redis: OwnRedis, links: dict[str, FaultProxy], db: Database
    ) -> None:
        self.fronts = fronts
        self.db = db
        self.done: dict[str, int] = {}
        self._redis = redis
        self._links = links
        self.start: Callable[[Front], Awaitable[None]]

    async def misbehave(self, chance: random.Random, until: float) -> None:
        """One fault after another."""
        loop = asyncio.get_running_loop()
        kinds = [
            *(self.kill, self.kill, self.cut),
            *(self.redis_killed, self.redis_stopped, self.postgres_cut),
            *(self.link(what, mode) for what in self._links for mode in ("blackhole", "refuse")),
        ]
        while loop.time() < until:
            fault = chance.choice(kinds)
            self.done[fault.__name__] = self.done.get(fault.__name__, 0) + 1
            await fault(chance)
            await asyncio.sleep(chance.uniform(*CALM_SECONDS))

    async def kill(self, chance: random.Random) -> None:
        front = chance.choice(self.fronts)
        await front.kill()
        await self.start(front)

    async def cut(self, chance: random.Random) -> None:
        front = chance.choice(self.fronts)
        await front.proxy.set_mode("reset")
        await front.proxy.set_mode("pass")

    async def redis_killed(self, chance: random.Random) -> None:
        self._redis.kill()
        await asyncio.sleep(chance.uniform(*FAULT_SECONDS))
        await asyncio.to_thread(self._redis.start)

    async def redis_stopped(self, chance: random.Random) -> None:
        self._redis.stop()
        await asyncio.sleep(chance.uniform(*FAULT_SECONDS))
        self._redis.go_on()

    async def postgres_cut(self, chance: random.Random) -> None:
        await self.db.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    def link(self, what: str, mode: Mode) -> Callable[[random.Random], Awaitable[None]]:
        async def fault(chance: random.Random) -> None:
            await self._links[what].set_mode(mode)
            await asyncio.sleep(chance.uniform(*FAULT_SECONDS))
            await self._links[what].set_mode("pass")

        fault.__name__ = f"{what}_{mode}"
        return fault


@asynccontextmanager
async def open_site(services: Services, directory: Path) -> AsyncIterator[Site]:
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        redis = stack.enter_context(own_redis_server())
        redis.start()
        url = await enter(own_database(services.database_url))
        to_postgres, database_url = await enter(before_postgres(url))
        to_redis = await enter(fault_proxy(redis.socket))
        env = SETTINGS | {
            "DATABASE_URL": database_url,
            "REDIS_URL": f"redis://127.0.0.1:{to_redis.port}",
        }
        http = await enter(aiohttp.ClientSession())
        fronts = [Front(await enter(fault_proxy(("127.0.0.1", 1))), http) for _ in range(INSTANCES)]
        db = await enter(open_database(url, 4))
        site = Site(fronts, redis, {"redis": to_redis, "postgres": to_postgres}, db)
        site.start = lambda front: front.start(services, directory, env)
        await asyncio.gather(*map(site.start, fronts))
        try:
            yield site
        finally:
            for front in fronts:
                await front.kill()
