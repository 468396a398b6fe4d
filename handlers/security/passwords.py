"""Password hashes: bcrypt, in threads of its own, so that it cannot block the event loop."""

import base64
import hashlib
import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from time import perf_counter

import bcrypt

from handlers.fair_threads import FairThreads, open_fair_threads
from handlers.rate_limits import caller_of
from handlers.security.password_text import UnusablePassword, prepare

PATIENCE_SECONDS = 5.0  # that somebody waits for a hash to begin: a client may give up after 10
PURPOSE = b"mini-twitter password"


class Match(Enum):
    """What a password is to a hash; OUTDATED: the right one, hashed as it was typed then."""

    NONE = "none"
    EXACT = "exact"
    OUTDATED = "outdated"


class Passwords:
    """Hashes passwords and checks them against hashes, for callers from network addresses."""

    def __init__(self, threads: FairThreads, rounds: int, nobody: str) -> None:
        """Hash with 2 ** rounds iterations: 10 rounds take about 0.1 s of one core.

        The password of an unknown user is checked against nobody's hash, so that it takes as long.
        """
        self._threads = threads
        self._rounds = rounds
        self._nobody = nobody

    async def hash(self, password: str, address: str = "") -> str:
        """Return a new hash of the password, however it was typed.

        Raises:
            OperationError: UNAVAILABLE, when too many hashes queue up.
            UnusablePassword: It is not one that the schemas of requests let in.
        """
        key = _key(prepare(password))
        salt = bcrypt.gensalt(self._rounds)
        return await self._threads.run(
            lambda: bcrypt.hashpw(key, salt).decode(), caller_of(address)
        )

    async def check(self, password: str, hashed: str | None, address: str) -> Match:
        """Return whether the password is the one of this hash; None, for no user, takes as long.

        Passwords used to be hashed as they were typed. So one that is prepared to something else is
        tried in both forms, and takes twice as long.

        Raises:
            OperationError: UNAVAILABLE, when too many hashes queue up.
        """
        tries = _tries(password)
        expected = (hashed or self._nobody).encode()

        def match() -> Match:
            return next(
                (found for typed, found in tries if bcrypt.checkpw(_key(typed), expected)),
                Match.NONE,
            )

        found = await self._threads.run(match, caller_of(address))
        return Match.NONE if hashed is None else found


@contextmanager
def open_passwords(rounds: int) -> Iterator[Passwords]:
    """Open the threads that hash: on all cores, behind what else there is to do."""
    begun = perf_counter()
    nobody = bcrypt.hashpw(b"nobody", bcrypt.gensalt(rounds)).decode()
    seconds = perf_counter() - begun
    with open_fair_threads(
        "bcrypt", seconds, PATIENCE_SECONDS, "Too many passwords at once."
    ) as threads:
        yield Passwords(threads, rounds, nobody)


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
