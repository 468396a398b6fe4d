"""Real PostgreSQL and Redis for every test, started as a stranger would start them."""

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import aiohttp
import pytest
from aiohttp.test_utils import TestServer
from pytest_aiohttp import AiohttpClient

from server.app import create_app
from server.config import load_config
from server.config.load import Config
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


@dataclass(frozen=True, slots=True)
class Services:
    """Where this test process's own servers listen, on Unix sockets, and keep their data."""

    database_url: str
    redis_url: str
    data_dir: Path


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
    }
    command = [sys.executable, "-m", "server", "migrate"]
    subprocess.run(command, env=os.environ | environment, check=True)
    return load_config(environment, services.data_dir)


@pytest.fixture
async def own_settings(settings: Config, tmp_path: Path) -> AsyncIterator[Config]:
    """Of a server with a database and a media store for one test alone."""
    async with own_database(settings.database_url) as url:
        yield replace(settings, database_url=url, media_dir=tmp_path / "media")


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
