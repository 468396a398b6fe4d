"""Embedded servers: started, reused, adopted, shared, stopped by whoever leaves last."""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import asyncpg
import psutil
import pytest
import redis

from server.embedded import embedded
from server.embedded import postgres as embedded_postgres
from server.embedded import redis as embedded_redis
from server.embedded.failure import EmbeddedError
from server.embedded.sockets import socket_dir
from tests.conftest import Services
from tests.processes import printed, running


@pytest.fixture(scope="module")
def cluster_dir() -> Iterator[Path]:
    """A short path. Making a cluster takes most of a test's time, so the tests share one."""
    path = Path(tempfile.mkdtemp(prefix="mt-"))
    # As if a first start had been killed while it made the cluster.
    (path / "postgres.new").mkdir()
    (path / "postgres.new" / "PG_VERSION").write_text("18\n")
    yield path
    shutil.rmtree(path)


@pytest.fixture
def data_dir(cluster_dir: Path) -> Iterator[Path]:
    """Whatever still runs in it at the end of a test is stopped."""
    yield cluster_dir
    embedded_redis.stop(cluster_dir)
    embedded_postgres.stop(cluster_dir)


async def ask(urls: Mapping[str, str], sql: str) -> object:
    connection = await asyncpg.connect(urls["DATABASE_URL"])
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


def postmaster(data_dir: Path) -> int:
    return int((data_dir / "postgres" / "postmaster.pid").read_text().split()[0])


def valkey(data_dir: Path) -> int:
    return int((data_dir / "redis" / "valkey.pid").read_text())


def answers(urls: Mapping[str, str]) -> bool:
    with closing(redis.Redis.from_url(urls["REDIS_URL"])) as client:
        try:
            return bool(client.ping())
        except redis.ConnectionError:
            return False


def started(process: subprocess.Popen[str]) -> dict[str, str]:
    return dict(json.loads(printed(process)))


async def test_servers_answer_and_are_gone_afterwards(data_dir: Path) -> None:
    with embedded(data_dir) as urls:
        assert await ask(urls, "SELECT current_database()") == "minitwitter"
        assert answers(urls)
        server = psutil.Process(postmaster(data_dir))
    assert not answers(urls)
    assert not server.is_running() or server.status() == psutil.STATUS_ZOMBIE


async def test_a_second_start_finds_the_data_of_the_first(data_dir: Path) -> None:
    with embedded(data_dir) as urls:
        await ask(urls, "CREATE TABLE found (id int)")
    with embedded(data_dir) as urls:
        assert await ask(urls, "SELECT count(*) FROM found") == 0


async def test_words_of_every_script_are_lowered_and_split(services: Services) -> None:
    urls = {"DATABASE_URL": services.database_url}
    assert await ask(urls, "SELECT lower('ПРИВЕТ')") == "привет"
    assert await ask(urls, "SELECT to_tsvector('simple', 'ŽLUTÝ')::text") == "'žlutý':1"
    await ask(urls, "CREATE EXTENSION IF NOT EXISTS pg_trgm")
    assert await ask(urls, "SELECT similarity('ПРИВЕТ', 'привет')") == 1


async def test_the_last_of_two_users_stops_the_servers(data_dir: Path) -> None:
    with running("services", "--data-dir", str(data_dir)) as first:
        urls = started(first)
        with running("services", "--data-dir", str(data_dir)) as second:
            assert started(second) == urls
            first.terminate()
            assert first.wait(60) == 0
            assert answers(urls)
            assert await ask(urls, "SELECT 1") == 1
            second.terminate()
            assert second.wait(60) == 0
    assert not answers(urls)


async def test_two_that_start_at_once_share_one_pair_of_servers(data_dir: Path) -> None:
    command = ("services", "--data-dir", str(data_dir))
    with running(*command) as first, running(*command) as second:
        assert started(first) == started(second)


async def test_servers_left_by_a_killed_process_are_adopted(data_dir: Path) -> None:
    with running("services", "--data-dir", str(data_dir)) as process:
        started(process)
        process.kill()
        process.wait()
    left = postmaster(data_dir)
    with embedded(data_dir) as urls:
        assert postmaster(data_dir) == left
        assert await ask(urls, "SELECT 1") == 1
    assert not answers(urls)


async def test_servers_that_were_killed_start_anew_with_what_was_committed(data_dir: Path) -> None:
    with embedded(data_dir) as urls:
        await ask(urls, "CREATE TABLE kept (id int)")
        for pid in (postmaster(data_dir), valkey(data_dir)):
            os.kill(pid, signal.SIGKILL)
        with embedded(data_dir) as again:
            assert await ask(again, "SELECT count(*) FROM kept") == 0
            assert answers(again)


async def test_a_pid_file_that_names_another_process_is_stale(data_dir: Path) -> None:
    with embedded(data_dir):
        pass
    (data_dir / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n")
    with embedded(data_dir) as urls:
        assert await ask(urls, "SELECT 1") == 1


async def test_a_cluster_whose_making_was_cut_short_is_made_anew(data_dir: Path) -> None:
    with embedded(data_dir, with_redis=False) as urls:
        assert list(urls) == ["DATABASE_URL"]
        assert await ask(urls, "SELECT 1") == 1
        assert not (data_dir / "postgres.new").exists()


async def test_a_path_too_deep_for_a_socket_and_full_of_odd_characters_works(
    data_dir: Path,
) -> None:
    deep = data_dir / "a path, with 'quotes' & blanks %41 #1" / ("deep" * 20)
    with embedded(deep) as urls:
        assert await ask(urls, "SELECT 1") == 1
        assert answers(urls)
        sockets = Path(unquote(urlsplit(urls["REDIS_URL"]).path)).parent
        assert sockets.stat().st_mode & 0o077 == 0
        other = Path(parse_qs(urlsplit(urls["DATABASE_URL"]).query)["host"][0])
    for made in (sockets, other):
        shutil.rmtree(made)


def test_a_socket_directory_that_someone_else_may_enter_is_refused(tmp_path: Path) -> None:
    deep = tmp_path / ("deep" * 30)
    made = socket_dir(deep, "s", os.geteuid())
    try:
        made.chmod(0o755)
        with pytest.raises(EmbeddedError, match="remove it"):
            socket_dir(deep, "s", os.geteuid())
    finally:
        made.rmdir()


def test_a_server_that_does_not_start_is_told_with_the_end_of_its_log(data_dir: Path) -> None:
    with embedded(data_dir, with_redis=False):
        pass
    settings = data_dir / "postgres" / "postgresql.conf"
    good = settings.read_text()
    settings.write_text(f"{good}\nno_such_setting = 1\n")
    try:
        with pytest.raises(EmbeddedError, match="no_such_setting"), embedded(data_dir):
            pass
    finally:
        settings.write_text(good)


def test_ctrl_c_in_a_terminal_reaches_no_server(services: Services) -> None:
    for pid in (postmaster(services.data_dir), valkey(services.data_dir)):
        assert os.getsid(pid) == pid


def test_a_stale_socket_file_is_replaced(data_dir: Path) -> None:
    (data_dir / "redis").mkdir(exist_ok=True)
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(data_dir / "redis" / "valkey.sock"))
    with embedded(data_dir, with_postgres=False) as urls:
        assert answers(urls)
