"""Behind PgBouncer in session mode all works; in another mode nothing starts, and says why.

In transaction mode (PgBouncer 1.18, Debian 12's) a prepared statement, a setting and LISTEN are
left on whichever server a transaction had.
"""

import asyncio
import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from server.config.load import Config
from storage import jobs
from storage.database.availability import DatabaseRefused, check_connection
from storage.database.pool import SETTINGS, open_database
from storage.jobs.listener import open_queue
from storage.migrations import migrate
from tests.conftest import Services, running
from tests.faults.own_pgbouncer import own_pgbouncer, program
from tests.faults.own_postgres import OwnPostgres, own_postgres_servers
from tests.processes import run
from tests.waiting import until

pytestmark = pytest.mark.skipif(
    program() is None, reason="there is no pgbouncer: apt-get install pgbouncer"
)


@pytest.fixture(scope="module")
def server() -> Iterator[OwnPostgres]:
    with own_postgres_servers("p") as (made,):
        made.initialise()
        made.start()
        yield made


@pytest.fixture(scope="module")
def by_session(server: OwnPostgres) -> Iterator[str]:
    """Whose schema was made through PgBouncer, too."""
    with own_pgbouncer(server, "session") as url:
        asyncio.run(migrate(url))
        yield url


@pytest.fixture(scope="module", params=["transaction", "statement"])
def otherwise(server: OwnPostgres, request: pytest.FixtureRequest) -> Iterator[str]:
    with own_pgbouncer(server, request.param) as url:
        yield url


# Session mode


async def test_by_session_people_write_read_and_are_told(settings: Config, by_session: str) -> None:
    async with running(replace(settings, database_url=by_session)) as instance:
        ana, bo = await instance.people("ana", "bo")
        await instance.follow(bo, ana)
        async with instance.socket(bo) as socket:
            await socket.ready()
            post = await instance.write(ana, "through a bouncer")
            told = await socket.next("post.created")
            assert told["post"]["id"] == post["id"]
            chat = await instance.chat(ana, bo)
            said = await instance.say(ana, chat, "hello")
            assert (await socket.next("message.created"))["message"]["id"] == said["id"]
        feed = await instance.get("/api/posts/feed/", bo)
        assert [one["id"] for one in feed["results"]] == [post["id"]]


async def test_by_session_each_connection_has_our_settings_and_leaves_none(
    server: OwnPostgres, by_session: str
) -> None:
    async with open_database(by_session) as db:

        async def shown(name: str) -> object:
            return await db.fetchval("SELECT current_setting($1)", name)

        names = ["jit", "mini_twitter.writes_words", "application_name"]
        assert [await shown(name) for name in names] == [SETTINGS[name] for name in names]
        assert await shown("statement_timeout") == "2s"
        assert await shown("transaction_timeout") == "8s"
    stranger = await asyncpg.connect(by_session)
    try:
        assert await stranger.fetchval("SHOW statement_timeout") == "0"
    finally:
        await stranger.close()


async def test_by_session_a_worker_hears_of_jobs(by_session: str) -> None:
    heard = asyncio.Event()
    async with open_database(by_session) as db, open_queue(by_session, heard.set):
        await db.execute(f"NOTIFY {jobs.queue.CHANNEL}")
        await asyncio.wait_for(heard.wait(), 30)


async def test_by_session_a_statement_that_nobody_waits_for_is_cancelled(by_session: str) -> None:
    async with open_database(by_session, 1) as db:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(db.fetchval("SELECT pg_sleep(1.5)"), 0.2)
        assert await db.fetchval("SELECT 1") == 1


async def test_a_pgbouncer_that_went_and_came_is_found_again(server: OwnPostgres) -> None:
    with own_pgbouncer(server, "session", name="r") as url:
        pass
    async with open_database(url) as db:

        async def answers() -> bool:
            try:
                return bool(await db.fetchval("SELECT true"))
            except Exception:  # noqa: BLE001
                return False

        for _ in range(2):
            with own_pgbouncer(server, "session", name="r") as again:
                assert again == url
                await until(answers, 30)
            assert not await answers()


# Other modes


async def test_otherwise_nothing_starts(otherwise: str, by_session: str) -> None:
    await check_connection(by_session)
    with pytest.raises(DatabaseRefused, match="pool_mode"):
        await check_connection(otherwise)


async def test_otherwise_it_is_known_also_while_others_take_servers(otherwise: str) -> None:
    """And statement mode at once."""

    async def busy() -> None:
        connection = await asyncpg.connect(otherwise, statement_cache_size=0)
        try:
            while True:
                await connection.execute("SELECT pg_sleep(0.001)")
        finally:
            connection.terminate()

    tasks = [asyncio.create_task(busy()) for _ in range(3)]
    try:
        for _ in range(5):
            with pytest.raises(DatabaseRefused):
                await check_connection(otherwise)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def test_otherwise_the_operator_is_told_what_to_change(
    otherwise: str, services: Services, tmp_path: Path
) -> None:
    env = {"DATABASE_URL": otherwise, "REDIS_URL": services.redis_url}
    served = run("serve", "--port", "0", "--data-dir", str(tmp_path), env=env, seconds=60)
    assert served.returncode != 0
    assert "pool_mode" in served.stderr
    examined = run("doctor", "--data-dir", str(tmp_path), env=env, seconds=100)
    assert "FAIL database: PgBouncer" in examined.stdout


async def test_what_transaction_mode_would_break(server: OwnPostgres) -> None:
    """Why it is refused; should PgBouncer learn it, this says so."""
    with own_pgbouncer(server, "transaction", 2, "x") as url:
        one, other = await asyncpg.connect(url), await asyncpg.connect(url)
        try:
            # LISTEN stays with the server, and the settings of one are another's.
            await one.execute("LISTEN bouncer")
            async with other.transaction():
                listens = await other.fetchval("SELECT pg_listening_channels()")
            assert listens == "bouncer"
            await one.execute("SET statement_timeout = 1234")
            assert await other.fetchval("SHOW statement_timeout") == "1234ms"

            async def work(connection: asyncpg.Connection, n: int) -> None:
                for i in itertools.count():  # until they meet
                    await connection.fetchval(f"SELECT {n} + $1::int", i)

            with pytest.raises(
                (asyncpg.InvalidSQLStatementNameError, asyncpg.DuplicatePreparedStatementError)
            ):
                await asyncio.wait_for(asyncio.gather(work(one, 1), work(other, 2)), 20)
        finally:
            one.terminate()
            other.terminate()
