"""PostgreSQL and Valkey out of pip wheels, for a fresh clone, for development and for tests."""

import fcntl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from server.embedded import postgres, redis
from server.embedded.failure import EmbeddedError

__all__ = ["EmbeddedError", "embedded"]

# Held shared by every process that uses the servers of a data directory. The kernel lets go of it
# however a process ends, so a `kill -9` never leaves a count that is wrong.
USERS_LOCK = "embedded.lock"

# Held exclusively while servers are started or stopped, so that one process never stops what
# another is just adopting.
CHANGE_LOCK = "embedded.start.lock"


@contextmanager
def embedded(
    data_dir: Path, *, with_postgres: bool = True, with_redis: bool = True
) -> Iterator[Mapping[str, str]]:
    """Yield {"DATABASE_URL": ..., "REDIS_URL": ...} of running servers that keep their data here.

    Any number of processes may share one directory; the last to leave stops the servers. Servers
    left running by a killed process are adopted.

    Raises:
        EmbeddedError: if one is not installed or does not start.
    """
    if with_postgres:
        postgres.require_installed()
    if with_redis:
        redis.require_installed()
    data_dir = data_dir.expanduser().resolve()
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (data_dir / USERS_LOCK).open("w") as users:
        try:
            with _changing(data_dir):
                fcntl.flock(users, fcntl.LOCK_SH)
                urls = {}
                if with_postgres:
                    urls["DATABASE_URL"] = postgres.start(data_dir)
                if with_redis:
                    urls["REDIS_URL"] = redis.start(data_dir)
            yield urls
        finally:
            with _changing(data_dir):
                if _is_last(users):
                    redis.stop(data_dir)
                    postgres.stop(data_dir)


@contextmanager
def _changing(data_dir: Path) -> Iterator[None]:
    with (data_dir / CHANGE_LOCK).open("w") as change:
        fcntl.flock(change, fcntl.LOCK_EX)
        yield


def _is_last(users: IO[str]) -> bool:
    """Whether no other process uses the servers. Only asked while holding the change lock."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
