"""Which operations are answered by a replica, so that everybody sees what they wrote.

Session guarantees as in Terry et al., "Session Guarantees for Weakly Consistent Replicated Data"
(1994): an operation that writes notes the primary's position after its commit, for its user in
Redis and for the client in a header. One that may lag (`may_lag` of @operation) is answered by a
replica that has come as far as both say, else by the primary.
"""

import re
from asyncio import timeout
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import TypeVar

from prometheus_client import Counter

from realtime.broker.keys import KEY_PREFIX
from realtime.broker.redis.client import COMMAND_SECONDS, UNAVAILABLE, RedisExecutor, Script
from storage.database.pool import Database
from storage.database.replicas import Replicas
from storage.errors import Unavailable

T = TypeVar("T")

HEADER = "Consistency-Token"

# Longer than a replica that is in use can be behind.
KEEP_SECONDS = 60
WRITERS_KEPT = 100_000
PAUSE_SECONDS = 1.0  # after a failure nothing asks Redis for this long
NOWHERE = 2**63 - 1  # a position that no replica reaches: the primary answers

_TOKEN = re.compile(r"[0-9A-F]{16}")
_SCRIPT = (Path(__file__).parent / "greatest_position.lua").read_text()

READS = Counter(
    "mini_twitter_lagging_reads_total",
    "Operations that may lag, by who answered: a replica, the primary for want of one, or the "
    "primary again after a replica that had no good answer",
    ["by"],  # replica, primary, retry
)
BY_REPLICA, BY_PRIMARY, BY_RETRY = (READS.labels(by) for by in ("replica", "primary", "retry"))


@dataclass(slots=True)
class Consistency:
    """What one client has seen to be written, by its token, and what this request wrote."""

    seen: int = 0
    wrote: int | None = None

    @property
    def token(self) -> str | None:
        """What the client may send back; None if nothing was written."""
        return None if self.wrote in (None, NOWHERE) else f"{self.wrote:016X}"


def consistency_of(token: str | None) -> Consistency:
    """Return that of a request by its header; what is no token of ours counts as none."""
    return Consistency(int(token, 16) if token and _TOKEN.fullmatch(token) else 0)


class WrittenPositions:
    """Up to where each user has written: by this instance in its memory, by all in Redis."""

    def __init__(self, redis: RedisExecutor) -> None:
        self._redis = redis
        self._keep_greatest = Script(redis, _SCRIPT)
        self._own: OrderedDict[int, tuple[float, int]] = OrderedDict()  # and until when
        self._ask_again_at = 0.0

    async def note(self, user_id: int, position: int) -> None:
        """Keep a position for a minute, unless a greater one is kept."""
        self._own[user_id] = (monotonic() + KEEP_SECONDS, max(position, self._in_memory(user_id)))
        self._own.move_to_end(user_id)
        if len(self._own) > WRITERS_KEPT:
            self._own.popitem(last=False)
        if monotonic() < self._ask_again_at:
            return
        try:
            async with timeout(COMMAND_SECONDS):
                await self._keep_greatest([_key(user_id)], f"{position:016X}", KEEP_SECONDS)
        except UNAVAILABLE:
            self._ask_again_at = monotonic() + PAUSE_SECONDS

    async def of(self, user_id: int) -> int:
        """Return a user's; NOWHERE while Redis is away, as others may have noted one."""
        if monotonic() < self._ask_again_at:
            return NOWHERE
        try:
            async with timeout(COMMAND_SECONDS):
                found = await self._redis.execute_command("GET", _key(user_id))
        except UNAVAILABLE:
            self._ask_again_at = monotonic() + PAUSE_SECONDS
            return NOWHERE
        return max(int(found, 16) if found else 0, self._in_memory(user_id))

    def _in_memory(self, user_id: int) -> int:
        until, position = self._own.get(user_id, (0.0, 0))
        return position if monotonic() < until else 0


class ReplicaReads:
    """Who answers what may lag."""

    def __init__(self, replicas: Replicas, redis: RedisExecutor) -> None:
        self._replicas = replicas
        self._written = WrittenPositions(redis)

    async def read(
        self,
        user_id: int | None,
        consistency: Consistency | None,
        run: Callable[[Database], Awaitable[T]],
    ) -> tuple[T] | None:
        """Return what a replica answers to a user, or to somebody unknown; None for the primary.

        The primary is also to answer what a replica has no good answer to, whatever that is: it may
        not have been told yet of what is asked for, or have cancelled the statement to go on
        replaying.
        """
        position = 0 if consistency is None else consistency.seen
        replica = None
        if any(replica.usable for replica in self._replicas.all):
            if user_id is not None:
                position = max(position, await self._written.of(user_id))
            replica = await self._replicas.choose(position)
        if replica is None:
            BY_PRIMARY.inc()
            return None
        opened = replica.db.opened
        try:
            answer = await run(replica.db)
        except Exception:  # noqa: BLE001  the primary raises it again, if it is so
            BY_RETRY.inc()
            return None
        if position and replica.db.opened != opened:  # nobody knows where that connection led
            BY_RETRY.inc()
            return None
        BY_REPLICA.inc()
        return (answer,)

    async def note_write(self, user_id: int | None) -> int:
        """Note that a user has written what is committed now, and return the position.

        Where the primary does not say, the user's reads are left to it for a while.
        """
        try:
            position = await self._replicas.primary_position()
        except Unavailable:
            position = NOWHERE
        if user_id is not None:
            await self._written.note(user_id, position)
        return position


def _key(user_id: int) -> str:
    return f"{KEY_PREFIX}wrote:{user_id}"
