"""Password hashes: bcrypt, in threads of its own, so that it cannot block the event loop."""

import base64
import hashlib
import hmac
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from enum import Enum

import bcrypt

from handlers.security.password_text import UnusablePassword, prepare
from handlers.worker_threads import WorkerThreads

QUEUE = 20  # hashes waiting for a thread; more would wait longer than a client does
PURPOSE = b"mini-twitter password"


class Match(Enum):
    """What a password is to a hash; OUTDATED: the right one, hashed as it was typed then."""

    NONE = "none"
    EXACT = "exact"
    OUTDATED = "outdated"


class Passwords:
    """Hashes passwords and checks them against hashes."""

    def __init__(self, threads: WorkerThreads, rounds: int) -> None:
        """Hash with 2 ** rounds iterations: 10 rounds take about 0.1 s of one core."""
        self._threads = threads
        self._rounds = rounds
        # What the password of an unknown user is checked against, so that it takes as long.
        self._nobody = bcrypt.hashpw(b"nobody", bcrypt.gensalt(rounds)).decode()

    async def hash(self, password: str) -> str:
        """Return a new hash of the password, however it was typed.

        Raises:
            OperationError: BUSY, when hashes queue up.
            UnusablePassword: It is not one that the schemas of requests let in.
        """
        key = _key(prepare(password))
        salt = bcrypt.gensalt(self._rounds)
        return await self._threads.run(lambda: bcrypt.hashpw(key, salt).decode())

    async def check(self, password: str, hashed: str | None) -> Match:
        """Return whether the password is the one of this hash; None, for no user, takes as long.

        Passwords used to be hashed as they were typed. So one that is prepared to something else is
        tried in both forms, and takes twice as long.

        Raises:
            OperationError: BUSY, when hashes queue up.
        """
        tries = _tries(password)
        expected = (hashed or self._nobody).encode()

        def match() -> Match:
            return next(
                (found for typed, found in tries if bcrypt.checkpw(_key(typed), expected)),
                Match.NONE,
            )

        found = await self._threads.run(match)
        return Match.NONE if hashed is None else found


@contextmanager
def open_passwords(rounds: int) -> Iterator[Passwords]:
    """Open the threads that hash: all cores but one."""
    with ThreadPoolExecutor(max(1, (os.cpu_count() or 2) - 1), "bcrypt") as executor:
        yield Passwords(WorkerThreads(executor, QUEUE, "Too many logins at once."), rounds)


def _tries(password: str) -> list[tuple[str, Match]]:
    try:
        prepared = prepare(password)
    except UnusablePassword:  # it cannot be hashed anew, but may have been once
        return [(password, Match.EXACT)]
    if prepared == password:
        return [(prepared, Match.EXACT)]
    return [(prepared, Match.EXACT), (password, Match.OUTDATED)]


def _key(password: str) -> bytes:
    """Digest the password: bcrypt reads 72 bytes and no NUL, so all of its bytes count."""
    return base64.b64encode(hmac.digest(PURPOSE, password.encode(), hashlib.sha256))
