"""Reads go to streaming replicas, everybody sees what they wrote, and no replica need be there."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import pytest

from handlers.edges.rest.routes import ROUTES
from handlers.operations import REGISTRY
from handlers.rate_limits import Bucket
from handlers.replica_reads import WrittenPositions
from realtime.broker.redis.client import open_redis
from server.config.load import Config
from storage.database.connection import Connection
from storage.database.pool import open_database
from storage.database.replicas import Replicas, open_replicas
from storage.migrations import migrate
from tests.conftest import Services, running
from tests.faults.own_postgres import OwnPostgres, has_replayed, own_postgres_servers
from tests.faults.own_redis import OwnRedis
from tests.people import Instance, Person
from tests.processes import run
from tests.waiting import until

LAG = "5s"
ROUNDS = 20


class Fleet(NamedTuple):
    primary: OwnPostgres
    near: OwnPostgres
    far: OwnPostgres

    @property
    def replicas(self) -> tuple[OwnPostgres, OwnPostgres]:
        return self.near, self.far


@pytest.fixture(scope="module")
def servers() -> Iterator[Fleet]:
    with own_postgres_servers("p", "n", "f") as made:
        fleet = Fleet(*made)
        fleet.primary.initialise()
        fleet.primary.configure(wal_level="replica", max_wal_senders="6", wal_keep_size="256MB")
        fleet.primary.start()
        asyncio.run(migrate(fleet.primary.url()))
        for replica in fleet.replicas:
            replica.copy_from(fleet.primary)
            replica.start()
        yield fleet


@pytest.fixture
def fleet(servers: Fleet) -> Iterator[Fleet]:
    """All there, and none of them lags, before and after."""
    yield servers
    for replica in servers.replicas:
        replica.kill()
        replica.configure(recovery_min_apply_delay="0")
        replica.start()


@pytest.fixture
def config(settings: Config, fleet: Fleet) -> Config:
    urls = tuple(replica.url() for replica in fleet.replicas)
    return replace(settings, database_url=fleet.primary.url(), database_replica_urls=urls)


async def metric(instance: Instance, name: str) -> float:
    text = (await instance.get("/metrics")).body.decode()
    lines = [line for line in text.splitlines() if line.startswith(name)]
    return sum(float(line.rpartition(" ")[2]) for line in lines)


async def answered_by(instance: Instance, who: str) -> float:
    return await metric(instance, f'mini_twitter_lagging_reads_total{{by="{who}"}}')


async def asked_of_a_replica(instance: Instance, path: str, by: Person | None = None) -> None:
    """Ask until a replica answers, which one that is late does not."""

    async def is_answered_by_one() -> bool:
        before = await answered_by(instance, "replica")
        await instance.get(path, by)
        return await answered_by(instance, "replica") == before + 1

    await until(is_answered_by_one, 30)


async def usable(instance: Instance, count: int) -> None:
    """Wait until so many are."""

    async def are() -> bool:
        return await metric(instance, "mini_twitter_replica_usable") == count

    await until(are, 60)


@asynccontextmanager
async def serving(config: Config, replicas: int = 2) -> AsyncIterator[Instance]:
    async with running(config) as instance:
        await usable(instance, replicas)
        yield instance


async def newest(instance: Instance, by: Person | None = None, **more: Any) -> int:
    reply = await instance.get("/api/posts/?limit=1", by, **more)
    return int(reply["results"][0]["id"])


@asynccontextmanager
async def looking(fleet: Fleet) -> AsyncIterator[Replicas]:
    async with (
        open_database(fleet.primary.url()) as primary,
        open_replicas(primary, [one.url() for one in fleet.replicas], media_url="/") as replicas,
    ):
        task = asyncio.create_task(replicas.run())
        yield replicas
        task.cancel()
        await asyncio.wait({task})


async def run_sql(server: OwnPostgres, sql: str) -> None:
    connection = await asyncpg.connect(server.url())
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


@asynccontextmanager
async def frozen(*replicas: OwnPostgres) -> AsyncIterator[None]:
    """They answer, and replay nothing meanwhile."""
    for replica in replicas:
        await run_sql(replica, "SELECT pg_wal_replay_pause()")
    try:
        yield
    finally:
        for replica in replicas:
            await run_sql(replica, "SELECT pg_wal_replay_resume()")


# What replicas answer


LAGGING = {route.path: route for route in ROUTES if REGISTRY[route.operation].may_lag}
NOT_LAGGING = ("/api/users/me/", "/api/posts/feed/", "/api/notifications/", "/api/messages/")


@pytest.fixture
def prepared(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Where statements were prepared from now on, and which."""
    found: list[tuple[str, str]] = []
    prepare = Connection.prepare

    async def record(self: Connection, sql: str, **options: Any) -> Any:
        found.append((str(self._addr), sql))
        return await prepare(self, sql, **options)

    monkeypatch.setattr(Connection, "prepare", record)
    return found


async def test_what_may_lag_is_answered_by_replicas_and_nothing_else_is(
    config: Config, fleet: Fleet, prepared: list[tuple[str, str]]
) -> None:
    async with serving(config) as instance:
        ana = await instance.person()
        post = await instance.post("/api/posts/", ana, {"content": "hello #replica"})
        for path in LAGGING:
            id = post["id"] if path.startswith("/api/posts/") else ana.id
            query = "?q=hello" if path == "/api/search/" else ""
            await asked_of_a_replica(instance, path.format(id=id) + query, ana)
        before = await answered_by(instance, "replica"), await answered_by(instance, "primary")
        for path in NOT_LAGGING:
            await instance.get(path, ana)
        after = await answered_by(instance, "replica"), await answered_by(instance, "primary")
        assert before == after
    at_replicas = [sql for where, sql in prepared if str(fleet.primary.directory) not in where]
    assert any("FROM posts" in sql for sql in at_replicas)
    assert not [sql for sql in at_replicas if "_snapshot" in sql or "pg_current_xact" in sql]


def test_what_may_lag_only_reads_and_can_be_asked_for() -> None:
    lagging = [operation for operation in REGISTRY.values() if operation.may_lag]
    assert {operation.bucket for operation in lagging} == {Bucket.READ}
    assert {operation.name for operation in lagging} == {
        route.operation for route in LAGGING.values() if route.method == "GET"
    }


async def test_a_snapshot_of_a_replica_does_not_tell_what_is_open(fleet: Fleet) -> None:
    """So nothing that walks by snapshot may lag; should PostgreSQL mend it, this says so."""
    primary = await asyncpg.connect(fleet.primary.url())
    later = await asyncpg.connect(fleet.primary.url())
    replica = await asyncpg.connect(fleet.near.url())
    try:
        await later.execute("CREATE TABLE IF NOT EXISTS scratch (n int)")
        async with primary.transaction():
            await primary.execute("INSERT INTO scratch VALUES (1)")
            xid = int(await primary.fetchval("SELECT pg_current_xact_id()::text"))
            await later.execute("INSERT INTO scratch VALUES (2)")
            await has_replayed(fleet.primary, fleet.near)
            says = "SELECT pg_visible_in_snapshot($1::text::xid8, pg_current_snapshot())"
            assert await later.fetchval(says, str(xid)) is False
            assert await replica.fetchval(says, str(xid)) is True
    finally:
        for connection in (primary, later, replica):
            await connection.close()
        await run_sql(fleet.primary, "DROP TABLE scratch")


# What one wrote


async def test_everybody_sees_what_they_wrote_at_whichever_instance_they_ask(
    config: Config,
) -> None:
    async with serving(config) as one, serving(config) as other:
        ana = await one.person()
        await one.get("/api/posts/", ana)
        for n in range(ROUNDS):
            post = await one.post("/api/posts/", ana, {"content": f"round {n}"})
            assert await newest(other, ana) == post["id"]
            liked = await other.post(f"/api/posts/{post['id']}/like/", ana)
            assert liked["liked"] is True
            assert (await one.get(f"/api/posts/{post['id']}/", ana))["likes_count"] == 1
        assert await answered_by(one, "replica") > 0


async def test_replicas_that_stand_still_answer_visitors_and_not_who_wrote(
    config: Config, fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.database.replicas.LAG_MAX_SECONDS", 1_000.0)
    async with serving(config) as instance, serving(config) as other:
        ana = await instance.person()
        old = await instance.post("/api/posts/", ana, {"content": "before"})
        for replica in fleet.replicas:
            await has_replayed(fleet.primary, replica)
        async with frozen(*fleet.replicas):
            new = await instance.post("/api/posts/", ana, {"content": "after"})
            token = new.headers["Consistency-Token"]
            assert await newest(instance) == old["id"]
            assert await newest(instance, ana) == new["id"]
            assert await newest(other, ana) == new["id"]
            assert await newest(instance, headers={"Consistency-Token": token}) == new["id"]
            assert await newest(instance, headers={"Consistency-Token": "x"}) == old["id"]
            # What a replica does not have at all is looked for on the primary.
            assert (await instance.get(f"/api/posts/{new['id']}/"))["id"] == new["id"]


async def test_of_two_positions_the_greater_is_kept_whichever_comes_last(
    services: Services,
) -> None:
    user_id = secrets.randbelow(2**40) + 2**41
    async with open_redis(services.redis_url) as redis:
        for position in (2**33, 2**32, 17):
            await WrittenPositions(redis).note(user_id, position)
            assert await WrittenPositions(redis).of(user_id) == 2**33
        one = WrittenPositions(redis)
        await one.note(user_id, 2**33 + 1)
        await one.note(user_id, 1)
        assert await one.of(user_id) == await WrittenPositions(redis).of(user_id) == 2**33 + 1
        assert await one.of(user_id + 1) == 0


async def test_without_redis_who_is_signed_in_reads_from_the_primary(
    config: Config, own_redis: OwnRedis
) -> None:
    mine = replace(config, redis_url=own_redis.url)
    async with serving(mine) as one, serving(mine) as other:
        ana = await one.person()
        own_redis.kill()
        for n in range(5):
            post = await one.post("/api/posts/", ana, {"content": f"alone {n}"})
            assert await newest(other, ana) == post["id"]


# Replicas that are away, or late


async def test_a_replica_that_was_killed_fails_nobody_and_comes_back(
    config: Config, fleet: Fleet
) -> None:
    async with serving(config) as instance:
        ana = await instance.person()
        fleet.near.kill()
        for n in range(ROUNDS):
            post = await instance.post("/api/posts/", ana, {"content": f"one less {n}"})
            assert await newest(instance, ana) == post["id"]
            await instance.get("/api/posts/")
        await usable(instance, 1)
        await asked_of_a_replica(instance, "/api/posts/")
        fleet.far.kill()
        await usable(instance, 0)
        before = await answered_by(instance, "replica")
        await instance.get("/api/posts/")
        assert await answered_by(instance, "replica") == before
        fleet.near.start()
        fleet.far.start()
        await usable(instance, 2)


async def test_a_replica_that_lags_by_5_seconds_is_left_out_and_comes_back(
    config: Config, fleet: Fleet
) -> None:
    fleet.far.configure(recovery_min_apply_delay=LAG)
    async with serving(config, 1) as instance:
        ana = await instance.person()

        async def is_late() -> bool:
            await instance.post("/api/posts/", ana, {"content": "later"})
            return await metric(instance, "mini_twitter_replica_lag_seconds") > 3

        await until(is_late, 60)
        for n in range(ROUNDS):
            post = await instance.post("/api/posts/", ana, {"content": f"late {n}"})
            assert await newest(instance, ana) == post["id"]
        assert await metric(instance, "mini_twitter_replica_usable") <= 1
        fleet.far.configure(recovery_min_apply_delay="0")
        await usable(instance, 2)


async def test_visitors_are_answered_while_the_primary_is_away(
    config: Config, fleet: Fleet
) -> None:
    async with serving(config) as instance:
        ana = await instance.person()
        post = await instance.post("/api/posts/", ana, {"content": "read me"})
        for replica in fleet.replicas:
            await has_replayed(fleet.primary, replica)
        fleet.primary.kill()
        try:
            for _ in range(ROUNDS):
                assert await newest(instance) == post["id"]
        finally:
            fleet.primary.start()
        await usable(instance, 2)


async def test_what_was_known_of_a_replica_is_forgotten_with_its_connections(fleet: Fleet) -> None:
    """One that was killed may begin further back than it was."""
    async with looking(fleet) as replicas:
        near = replicas.all[0]
        await until(lambda: near.position > 0)
        fleet.near.kill()
        await until(lambda: not near.db.available)
        fleet.near.start()
        await until(lambda: near.db.available, 30)
        opened = near.db.opened
        await near.db.fetchval("SELECT 1")
        assert near.db.opened > opened or near.position > 0
        await until(lambda: near.position > 0)


async def test_what_is_no_replica_of_the_primary_is_not_asked(fleet: Fleet) -> None:
    with own_postgres_servers("x") as (stranger,):
        stranger.initialise()
        stranger.start()
        async with (
            open_database(fleet.primary.url()) as primary,
            open_replicas(primary, [stranger.url()], media_url="/") as replicas,
        ):
            await replicas.look()
            assert replicas.all[0].trouble == "it is no replica, or no longer"
            assert await replicas.choose(0) is None


async def test_doctor_says_which_replica_follows(
    services: Services, fleet: Fleet, tmp_path: Path
) -> None:
    urls = ",".join(replica.url() for replica in fleet.replicas)
    env = {
        "DATABASE_URL": fleet.primary.url(),
        "DATABASE_REPLICA_URLS": urls,
        "REDIS_URL": services.redis_url,
    }
    fleet.far.kill()
    done = await asyncio.to_thread(run, "doctor", "--data-dir", str(tmp_path), env=env, seconds=100)
    lines = [line for line in done.stdout.splitlines() if " replicas: " in line]
    assert [line.split(" replicas:")[0].strip() for line in lines] == ["OK", "FAIL"], done.stdout
    assert "does not answer" in lines[1]
