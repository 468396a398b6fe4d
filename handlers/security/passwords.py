"""Password hashes: bcrypt, in threads of its own, so that it cannot block the event loop."""

import base64
import hashlib
import hmac
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import bcrypt

from handlers.worker_threads import WorkerThreads

QUEUE = 20  # hashes waiting for a thread; more would wait longer than a client does
PURPOSE = b"mini-twitter password"


class Passwords:
    """Hashes passwords and checks them against hashes."""

    def __init__(self, threads: WorkerThreads, rounds: int) -> None:
        """Hash with 2 ** rounds iterations: 10 rounds take about 0.1 s of one core."""
        self._threads = threads
        self._rounds = rounds
        # What the password of an unknown user is checked against, so that it takes as long.
        self._nobody = bcrypt.hashpw(b"nobody", bcrypt.gensalt(rounds)).decode()

    async def hash(self, password: str) -> str:
        """Return a new hash of the password. Raise BUSY when hashes queue up."""
        key = _key(password)
        salt = bcrypt.gensalt(self._rounds)
        return await self._threads.run(lambda: bcrypt.hashpw(key, salt).decode())

    async def check(self, password: str, hashed: str | None) -> bool:
        """Return whether the password is the one of this hash; None, for no user, takes as long."""
        key = _key(password)
        known = hashed is not None
        expected = (hashed or self._nobody).encode()
        return await self._threads.run(lambda: bcrypt.checkpw(key, expected)) and known


@contextmanager
def open_passwords(rounds: int) -> Iterator[Passwords]:
    """Open the threads that hash: all cores but one."""
    with ThreadPoolExecutor(max(1, (os.cpu_count() or 2) - 1), "bcrypt") as executor:
        yield Passwords(WorkerThreads(executor, QUEUE, "Too many logins at once."), rounds)


def _key(password: str) -> bytes:
    """Digest the password: bcrypt reads 72 bytes and no NUL, so all of its bytes count."""
    return base64.b64encode(hmac.digest(PURPOSE, password.encode(), hashlib.sha256))
