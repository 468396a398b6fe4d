"""The chat servers, each from its own packages, without privileges, in a directory of its own.

Ports are free ones of loopback. What was started is ended by its pid.
"""

import asyncio
import os
import pwd
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import asyncpg

from benchmarks.chat.debian import installed_packages
from benchmarks.chat.load import Pair
from benchmarks.chat.matrix import MatrixPair
from benchmarks.chat.ours import OurPair
from benchmarks.chat.xmpp import XmppPair
from benchmarks.delivery.machine import SERVER_CORE
from benchmarks.delivery.process import Failed, server
from benchmarks.rest import data, installed

HERE = Path(__file__).parents[2]
PEERS = Path(__file__).with_name("peers")
START_S = 60
STOP_S = 10
NOBODY = "nobody"
EJABBERD_TABLES = Path("/usr/share/ejabberd/sql/pg.new.sql")


@dataclass(frozen=True, slots=True)
class Setting:
    """Where things are; urls are those of PostgreSQL, as a superuser, and Redis."""

    keep: Path
    directory: Path
    urls: Mapping[str, str]
    redis: int  # the pid


@dataclass(frozen=True, slots=True)
class Chat:
    """A server that runs: the processes that are it, and how to have two people on it.

    in_postgres: whether it keeps messages there; else what PostgreSQL does meanwhile is not its.
    """

    name: str
    pids: Sequence[int]
    open: Callable[[int], Any]
    in_postgres: bool = True

    async def pair(self, number: int) -> Pair:
        pair: Pair = await self.open(number)
        return pair


@asynccontextmanager
async def ours(setting: Setting) -> AsyncIterator[Chat]:
    """Everything on but the rate limits, since one pair writes more than anybody may."""
    database = await _database(setting, "chat_ours")
    environment = {
        **setting.urls,
        "DATABASE_URL": database,
        "RATE_LIMITS": "off",
        "BCRYPT_ROUNDS": "4",
        "LOG_LEVEL": "warning",
        "NEW_ACCOUNTS_OPEN_TO": "everybody",
    }
    data_dir = str(setting.directory / "ours")
    command = (sys.executable, "-m", "server", "serve", "--port", "0", "--data-dir", data_dir)
    log = setting.directory / "ours.log"
    with server(command, {SERVER_CORE}, log, cwd=HERE, env=environment) as running:
        yield Chat("ours", [running.pid, setting.redis], partial(OurPair.open, running.url))


@asynccontextmanager
async def ejabberd(setting: Setting, *, sql: bool) -> AsyncIterator[Chat]:
    _need("usr/sbin/ejabberdctl", "ejabberd")
    _need("usr/lib/erlang/lib/p1_pgsql-*", "erlang-p1-pgsql")
    name = "ejabberd, PostgreSQL" if sql else "ejabberd, mnesia"
    directory = _directory(setting, name, "ejabberd")
    port = free_port()
    more = ""
    if sql:
        url = await _database(setting, "chat_ejabberd")
        await _execute(url, EJABBERD_TABLES)
        more = _ejabberd_sql(url)
    config = directory / "ejabberd.yml"
    text = (PEERS / "ejabberd.yml").read_text()
    config.write_text(text.format(store="sql" if sql else "mnesia", sql=more, port=port))
    erl = ("erl", "-noinput", "+K", "true", "+P", "250000")
    mnesia = ("-mnesia", "dir", f'"{directory}/mnesia"', "-s", "ejabberd")
    environment = {
        "EJABBERD_CONFIG_PATH": str(config),
        "EJABBERD_LOG_PATH": str(directory / "ejabberd.log"),
        "ERL_LIBS": str(_ejabberd_library()),
        "HOME": str(directory),
    }
    async with _started([*erl, *mnesia], directory, "ejabberd", port, environment) as pid:
        yield Chat(name, [pid], partial(XmppPair.open, port), in_postgres=sql)


def _ejabberd_library() -> Path:
    [library, *_] = [found.parent for found in Path("/usr/lib").glob("*-linux-gnu/ejabberd-*")]
    return library


def _ejabberd_sql(url: str) -> str:
    parts = urlsplit(url)
    if parts.hostname is None:
        raise Failed("PostgreSQL is not on TCP, where ejabberd could reach it")
    return f"""
sql_type: pgsql
sql_server: "{parts.hostname}"
sql_port: {parts.port}
sql_database: "{parts.path.removeprefix("/")}"
sql_username: "{parts.username}"
sql_password: "{parts.password}"
new_sql_schema: true
"""


@asynccontextmanager
async def prosody(setting: Setting) -> AsyncIterator[Chat]:
    _need("usr/bin/prosody", "prosody")
    directory = _directory(setting, "prosody", "prosody")
    port = free_port()
    config = directory / "prosody.cfg.lua"
    text = (PEERS / "prosody.cfg.lua").read_text()
    config.write_text(text.format(directory=directory, port=port))
    command = ("prosody", "-F", "--config", str(config))
    async with _started(command, directory, "prosody", port) as pid:
        yield Chat("prosody", [pid], partial(XmppPair.open, port), in_postgres=False)


@asynccontextmanager
async def synapse(setting: Setting) -> AsyncIterator[Chat]:
    python = installed.python("synapse", setting.keep, PEERS, _interpreter())
    parts = urlsplit(await _database(setting, "chat_synapse"))
    directory = _directory(setting, "synapse", NOBODY)
    port = free_port()
    config = directory / "homeserver.yaml"
    text = (PEERS / "synapse/homeserver.yaml").read_text()
    sql = {
        "hostname": parts.hostname or parse_qs(parts.query)["host"][0],
        "sql_port": parts.port or 5432,
        "username": parts.username,
        "password": parts.password or "",
        "database": parts.path.removeprefix("/"),
    }
    config.write_text(text.format(directory=directory, port=port, **sql))
    shutil.copy(PEERS / "synapse/log.yaml", directory)
    run = (str(python), "-m", "synapse.app.homeserver", "--config-path", str(config))
    _make_keys(run, directory)
    async with _started(run, directory, NOBODY, port) as pid:
        yield Chat("Synapse", [pid], partial(MatrixPair.open, f"http://127.0.0.1:{port}"))


def _interpreter() -> str:
    """Return a Python that those may run who have no privileges, as root's own may not be."""
    system = shutil.which("python3", path="/usr/bin")
    return system if os.geteuid() == 0 and system else sys.executable


def _make_keys(run: Sequence[str], directory: Path) -> None:
    made = subprocess.run([*run, "--generate-keys"], cwd=directory, capture_output=True, text=True)
    if made.returncode:
        raise Failed(f"Synapse made no keys: {made.stderr[-500:]}")
    if os.geteuid() == 0:
        shutil.chown(directory / "signing.key", NOBODY)


CHATS: dict[str, Callable[[Setting], AbstractAsyncContextManager[Chat]]] = {
    "ejabberd-postgres": partial(ejabberd, sql=True),
    "ejabberd-mnesia": partial(ejabberd, sql=False),
    "prosody": prosody,
    "synapse": synapse,
}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _need(file: str, package: str) -> None:
    """Install a package of Debian unless what it has is there."""
    if not any(Path("/").glob(file)) and (reason := installed_packages(package)):
        raise Failed(reason)


async def _database(setting: Setting, name: str) -> str:
    server_url = setting.urls["DATABASE_URL"]
    return await data.copy(server_url, "template0", name)


async def _execute(url: str, script: Path) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(await asyncio.to_thread(script.read_text))
    finally:
        await connection.close()


def _directory(setting: Setting, name: str, user: str) -> Path:
    directory = setting.directory / name.replace(", ", "-")
    directory.mkdir()
    if os.geteuid() == 0:
        shutil.chown(directory, user)
    return directory


@asynccontextmanager
async def _started(
    command: Sequence[str],
    directory: Path,
    user: str,
    port: int,
    environment: Mapping[str, str] | None = None,
) -> AsyncIterator[int]:
    """Run it on the measured core until the end, from when it lets connections in; yield its pid.

    Raises:
        Failed: It ends, or takes too long.
    """
    rights: dict[str, Any] = {}
    if os.geteuid() == 0:
        group = pwd.getpwnam(user).pw_gid
        rights = {"user": user, "group": group, "extra_groups": []}
    log = directory / "output.log"
    with (
        log.open("w") as output,
        subprocess.Popen(
            command,
            cwd=directory,
            env=os.environ | (environment or {}),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            preexec_fn=lambda: os.sched_setaffinity(0, {SERVER_CORE}),
            **rights,
        ) as process,
    ):
        try:
            deadline = time.monotonic() + START_S
            while not await _listens(port):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise Failed(f"{command[0]} did not start: {log.read_text()[-800:]}")
                await asyncio.sleep(0.2)
            yield process.pid
        finally:
            process.terminate()
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
