"""PostgreSQL servers of a test's own, of the wheel's programs: a primary and its replicas."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import asyncpg

from server.embedded.owner import Owner, find_owner
from server.embedded.postgres import _package
from tests.waiting import until

PORT = 5432  # names the socket; nothing listens on TCP
SECONDS = "60"
PATIENCE_SECONDS = 20


class OwnPostgres:
    """A server to start, kill and copy. `directory` holds its data and its socket."""

    def __init__(self, directory: Path, owner: Owner) -> None:
        self.directory = directory
        self.data = directory / "data"
        self._owner = owner
        directory.mkdir(mode=0o755)
        os.chown(directory, owner.uid, owner.gid)

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://postgres@/{database}?host={quote(str(self.directory))}&port={PORT}"

    def initialise(self) -> None:
        self.run("initdb", "-D", str(self.data), "-U", "postgres", "-A", "trust", "-E", "UTF8",
                 "--no-sync", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
                 "--locale=C.UTF-8")  # fmt: skip

    def copy_from(self, primary: "OwnPostgres") -> None:
        """Become a streaming replica of it, which has to run."""
        self.run("pg_basebackup", "-h", str(primary.directory), "-p", str(PORT), "-U", "postgres",
                 "-D", str(self.data), "-R", "-X", "stream", "-c", "fast",
                 "--no-sync")  # fmt: skip

    def configure(self, **settings: str) -> None:
        """Also while it runs: what takes no restart is in force soon."""
        with (self.data / "postgresql.auto.conf").open("a") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
        if (self.data / "postmaster.pid").exists():
            self.run("pg_ctl", "-D", str(self.data), "reload")

    def start(self) -> None:
        options = (
            f"-c listen_addresses= -c unix_socket_directories={self.directory} -c port={PORT}"
            " -c fsync=off -c max_connections=60 -c shared_buffers=16MB"
        )
        start = ("pg_ctl", "-D", str(self.data), "-l", str(self.data / "server.log"),
                 "-w", "-t", SECONDS, "-o", options, "start")  # fmt: skip
        # Sessions of one that was killed hold its shared memory until they have ended.
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                self.run(*start)
                return
            except AssertionError:
                if time.monotonic() > deadline:
                    raise
            time.sleep(0.1)

    def promote(self) -> None:
        self.run("pg_ctl", "-D", str(self.data), "-w", "-t", SECONDS, "promote")

    def kill(self) -> None:
        """As when its machine is lost: at once, nothing is said to anybody."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split()[0])
        except (FileNotFoundError, IndexError):
            return
        for one in (*_children(pid), pid):
            try:
                os.kill(one, signal.SIGKILL)
            except ProcessLookupError:
                pass
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        (self.directory / f".s.PGSQL.{PORT}").unlink(missing_ok=True)
        (self.directory / f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)

    def run(self, program: str, *arguments: str) -> None:
        # Into a file: a server that was started holds on to a pipe.
        with tempfile.TemporaryFile() as said:
            done = subprocess.run(
                [_package() / "pginstall" / "bin" / program, *arguments],
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                cwd="/",
                env={"LC_ALL": "C", "PATH": os.environ.get("PATH", "")},
                start_new_session=True,
                **self._owner.identity,
            )
            said.seek(0)
            assert done.returncode == 0, said.read().decode()


def _children(pid: int) -> list[int]:
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in path.read_text().split()] if path.exists() else []


@contextmanager
def own_postgres_servers(*names: str) -> Iterator[list[OwnPostgres]]:
    """Not made yet; killed at the end."""
    # Straight under the system's temporary directory: Unix socket paths end at 107 bytes.
    directory = Path(tempfile.mkdtemp(prefix="own-pg-"))
    directory.chmod(0o755)
    owner = find_owner()
    owner.admit(directory, _package())
    servers = [OwnPostgres(directory / name, owner) for name in names]
    try:
        yield servers
    finally:
        for server in reversed(servers):
            server.kill()
        shutil.rmtree(directory, ignore_errors=True)


async def has_replayed(primary: OwnPostgres, replica: OwnPostgres) -> None:
    """Wait until a replica has all that its primary has written by now."""
    source, target = await asyncpg.connect(primary.url()), await asyncpg.connect(replica.url())
    try:
        position = await source.fetchval("SELECT pg_current_wal_insert_lsn()::text")

        async def is_there() -> bool:
            sql = "SELECT pg_last_wal_replay_lsn() >= $1::text::pg_lsn"
            return bool(await target.fetchval(sql, position))

        await until(is_there, 30)
    finally:
        await source.close()
        await target.close()
