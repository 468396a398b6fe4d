"""Real PostgreSQL and Redis for every test, started as a stranger would start them."""

import asyncio
import gc
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import aiohttp
import asyncpg
import pytest
from aiohttp import web_app
from aiohttp.test_utils import TestServer
from pytest_aiohttp import AiohttpClient
from redis import Redis

from handlers.rate_limits import Bucket, bucket_key, caller_of
from server.app import create_app
from server.config import load_config
from server.config.load import Config
from storage.database import breaker, pool
from storage.database.pool import Database, open_database
from tests.faults.own_redis import OwnRedis, own_redis_server
from tests.people import Instance
from tests.storage.own_database import own_database

STOP_SECONDS = 15


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--shuffle",
        type=int,
        metavar="SEED",
        help="run files, and the tests of each, in an order by this seed: none may need another",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    seed = config.getoption("--shuffle")
    if seed is not None:
        choose = random.Random(seed)
        paths = sorted({item.path for item in items})
        rank = {path: choose.random() for path in paths}
        choose.shuffle(items)
        items.sort(key=lambda item: rank[item.path])


def pytest_collection_finish() -> None:
    """Spare the garbage collector all that is there for as long as the tests run."""
    gc.collect()
    gc.freeze()


def pytest_runtest_teardown() -> None:
    """Let go of the applications of a test: aiohttp keeps a thousand handlers with theirs."""
    web_app._cached_build_middleware.cache_clear()  # noqa: SLF001


@dataclass(frozen=True, slots=True)
class Services:
    """Where this test process's own servers listen, on Unix sockets, and keep their data."""

    database_url: str
    redis_url: str
    data_dir: Path


def never_sync(database_url: str) -> None:
    """Spare a server waiting for the disk: its data need not outlive the machine's crash.

    What a server that is killed has written is with the kernel, and is there when it starts again.
    """

    async def alter() -> None:
        connection = await asyncpg.connect(database_url)
        await connection.execute("ALTER SYSTEM SET fsync = off")
        await connection.execute("SELECT pg_reload_conf()")
        await connection.close()

    # A loop of its own, which is nobody's current one before or after.
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        runner.run(alter())


@pytest.fixture(scope="session")
def services() -> Iterator[Services]:
    """One pair of servers per test process (so one per xdist worker), gone at the end.

    In CI, DATABASE_URL and REDIS_URL may name servers of the system instead. Only one test
    process may then use them.
    """
    # Straight under the system's temporary directory: Unix socket paths end at 104 bytes.
    data_dir = Path(tempfile.mkdtemp(prefix="mini-twitter-"))
    command = [sys.executable, "-m", "server", "services", "--data-dir", str(data_dir)]
    # The pipe is a lifeline: should this process be killed, the servers end with it.
    lifeline, ours = os.pipe()
    with subprocess.Popen(
        [*command, "--lifeline", str(lifeline)],
        stdout=subprocess.PIPE,
        text=True,
        pass_fds=[lifeline],
    ) as process:
        os.close(lifeline)
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, f"`services` ended with {process.wait()}; its reason stands above"
            urls = json.loads(line)
            if "DATABASE_URL" not in os.environ:
                never_sync(urls["DATABASE_URL"])
            yield Services(urls["DATABASE_URL"], urls["REDIS_URL"], data_dir)
        finally:
            process.terminate()
            process.wait(STOP_SECONDS)
            os.close(ours)
            shutil.rmtree(data_dir, ignore_errors=True)


@pytest.fixture(scope="session")
def settings(services: Services) -> Config:
    """Of a server on these services, with cheap passwords and without rate limits; migrated."""
    environment = {
        "DATABASE_URL": services.database_url,
        "REDIS_URL": services.redis_url,
        "BCRYPT_ROUNDS": "4",
        "RATE_LIMITS": "off",
        "NEW_ACCOUNTS_OPEN_TO": "everybody",
    }
    command = [sys.executable, "-m", "server", "migrate"]
    subprocess.run(command, env=os.environ | environment, check=True)
    return load_config(environment, services.data_dir)


@pytest.fixture(scope="session")
def buckets(services: Services) -> Iterator[Callable[[], None]]:
    """Fills the rate limits of this machine's address, from which most tests ask."""
    names = [bucket_key(bucket.quota, caller_of("127.0.0.1")) for bucket in Bucket]
    with Redis.from_url(services.redis_url) as redis:
        yield lambda: redis.delete(*names)


@pytest.fixture(autouse=True)
def full_buckets(request: pytest.FixtureRequest) -> None:
    """Have each test that uses the servers begin with full ones, whatever the one before spent."""
    if "services" in request.fixturenames:
        request.getfixturevalue("buckets")()


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give PostgreSQL ten times as long to answer: where many tests run, its turn may come late."""
    monkeypatch.setitem(pool.SETTINGS, "statement_timeout", "20000")
    monkeypatch.setitem(pool.SETTINGS, "idle_in_transaction_session_timeout", "50000")
    monkeypatch.setitem(pool.TRANSACTION_TIMEOUT, "transaction_timeout", "80000")
    monkeypatch.setattr(pool, "COMMAND_SECONDS", 30.0)
    monkeypatch.setattr(pool, "ACQUIRE_SECONDS", 30.0)
    monkeypatch.setattr(breaker, "VERDICT_SECONDS", 4.5)


@pytest.fixture
async def own_settings(settings: Config, tmp_path: Path) -> AsyncIterator[Config]:
    """Of a server with a database and a media store for one test alone."""
    async with own_database(settings.database_url) as url:
        yield replace(settings, database_url=url, media_dir=tmp_path / "media")


@pytest.fixture
async def own_db(own_settings: Config) -> AsyncIterator[Database]:
    async with open_database(own_settings.database_url) as db:
        yield db


@pytest.fixture
async def db(settings: Config) -> AsyncIterator[Database]:
    async with open_database(settings.database_url) as database:
        yield database


@asynccontextmanager
async def running(settings: Config) -> AsyncIterator[Instance]:
    """An instance in this process, on a port of its own, that ends with the block.

    pytest-aiohttp's fixtures end servers only after the test: too late for a test that restarts an
    instance, looks at what one leaves behind, or has it reach its services through a proxy.
    """
    async with TestServer(create_app(settings)) as server, aiohttp.ClientSession() as http:
        yield Instance(str(server.make_url("")).rstrip("/"), http)


async def _serve(settings: Config, client: AiohttpClient) -> Instance:
    served = await client(create_app(settings), cookie_jar=aiohttp.DummyCookieJar())
    return Instance(str(served.make_url("")).rstrip("/"), served.session)


@pytest.fixture
async def instance(settings: Config, aiohttp_client: AiohttpClient) -> Instance:
    """An instance in this process, until the end of the test."""
    return await _serve(settings, aiohttp_client)


@pytest.fixture
async def usual_instance(settings: Config, aiohttp_client: AiohttpClient) -> Instance:
    """The same where strangers' messages are requests, as they are unless an operator says so."""
    usual = replace(settings, new_accounts_open_to="followed")
    return await _serve(usual, aiohttp_client)


@pytest.fixture
async def two_instances(
    settings: Config, aiohttp_client: AiohttpClient
) -> tuple[Instance, Instance]:
    """Two instances on the same services, until the end of the test."""
    return await _serve(settings, aiohttp_client), await _serve(settings, aiohttp_client)


@pytest.fixture
def stopped_redis() -> Iterator[OwnRedis]:
    """A Redis of the test's own, to be started and killed."""
    with own_redis_server() as server:
        yield server


@pytest.fixture
def own_redis(stopped_redis: OwnRedis) -> OwnRedis:
    stopped_redis.start()
    return stopped_redis
