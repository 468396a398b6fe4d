"""PgBouncer of a test's own, before a PostgreSQL of the test's own."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from server.embedded.owner import find_owner
from tests.faults.own_postgres import OwnPostgres

PORT = 6432  # names the socket; nothing listens on TCP
START_SECONDS = 20


def program() -> str | None:
    """Debian has it where users who are not root do not look."""
    return shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")


@contextmanager
def own_pgbouncer(
    server: OwnPostgres, mode: str, pool_size: int = 40, name: str = "b"
) -> Iterator[str]:
    """The URL of a database of the server through it."""
    found = program()
    assert found is not None
    owner = find_owner()
    directory = server.directory / f"{name}-{mode}"
    directory.mkdir()
    os.chown(directory, owner.uid, owner.gid)
    (directory / "ini").write_text(
        f"""
[databases]
* = host={server.directory} port=5432 user=postgres
[pgbouncer]
listen_addr =
listen_port = {PORT}
unix_socket_dir = {directory}
auth_type = any
pool_mode = {mode}
default_pool_size = {pool_size}
max_client_conn = 200
admin_users = postgres
"""
    )
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(
            [found, str(directory / "ini")], stdout=log, stderr=log, cwd="/", **owner.identity
        )
    try:
        deadline = time.monotonic() + START_SECONDS
        while not (directory / f".s.PGSQL.{PORT}").exists():
            assert process.poll() is None, log_of(directory)
            assert time.monotonic() < deadline
            time.sleep(0.01)
        yield f"postgresql://postgres@/postgres?host={quote(str(directory))}&port={PORT}"
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(directory, ignore_errors=True)


def log_of(directory: Path) -> str:
    return (directory / "log").read_text()
