"""How much clients may send: frames and bytes, before they have shown a token and after it.

What is over the budget is not refused but not read: the connection is paused until its tokens
have come back, and is cut when it has been paused for PATIENCE_SECONDS in all without a rest.

Each connection has a budget of its own and a part in one that it shares: with all of its address
before its token was looked at, with all of its user from then on. Those of an address are generous,
as thousands may stand behind one; whoever shows a token gives back what the address has spent.
Each process counts by itself.
"""

import asyncio
import math
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from time import monotonic
from typing import TypeVar

from prometheus_client import Counter

PATIENCE_SECONDS = 10.0  # for which a connection is paused before it is cut
PAUSE_SECONDS_MIN = 0.05  # a flood is looked at so often, not for each of its frames
TURN_SECONDS = 15.0  # for which a request waits for the budget of its address
TURN_PAUSE_SECONDS = 0.02

READ_BYTES_MIN = 128  # that a read costs, however little came
SHARED_KEPT = 10_000  # budgets of addresses and of users; the longest unused is forgotten first

PAUSED = Counter("mini_twitter_socket_pauses_total", "Pauses of connections that sent too much")
CUT = Counter("mini_twitter_flooding_sockets_total", "Connections cut because they sent too much")


Shared = TypeVar("Shared")


class Flood(Exception):
    """Too much was sent for too long."""


@dataclass(frozen=True, slots=True)
class Quota:
    """How many frames and bytes may come at once, and how many come back each second.

    A connection takes them a few at a time, by leases.
    """

    frames: int
    frames_per_second: float
    bytes: int
    bytes_per_second: float
    lease_frames: int = 16
    lease_bytes: int = 2**14


# A client sends one packet before it has been let in, and a pong every 25 s. Ten thousand may be
# waiting behind one address, each with a lease.
STRANGER = Quota(64, 8, 2**17, 2**14, lease_frames=2, lease_bytes=2**11)
ADDRESS = Quota(40_000, 4_000, 2**26, 2**23)
# What all commands of a user may be is 2,000 at once and 155/s (handlers/rate_limits.py); more than
# that is refused command by command, until it comes faster than here.
MEMBER = Quota(2_000, 200, 2**22, 2**20)
USER = Quota(5_000, 500, 2**23, 2**21)

# Of an address: requests of no session, and handshakes; a client that is let in gives its own back.
REQUESTS, REQUESTS_PER_SECOND = 10_000, 200.0
HANDSHAKES, HANDSHAKES_PER_SECOND = 10_000, 100.0
CONNECTS, CONNECTS_PER_SECOND = 200, 10.0  # of a user


class TokenBucket:
    """A number of tokens, which come back with time; it may be in debt."""

    __slots__ = ("_at", "_burst", "_per_second", "level")

    def __init__(self, burst: float, per_second: float) -> None:
        self._burst, self._per_second = burst, per_second
        self._at = monotonic()
        self.level = burst

    def fill(self, now: float) -> None:
        """Put in what has come back until now."""
        self.level = min(self._burst, self.level + (now - self._at) * self._per_second)
        self._at = now

    def wait(self, tokens: float) -> float:
        """Return in how many seconds there will be so many; 0: they are there."""
        return max(0.0, (tokens - self.level) / self._per_second)

    def take(self) -> bool:
        """Take one token, if there is one."""
        self.fill(monotonic())
        if self.level < 1:
            return False
        self.level -= 1
        return True

    def give_back(self, tokens: float) -> None:
        """Put tokens back."""
        self.level = min(self._burst, self.level + tokens)

    @property
    def is_full(self) -> bool:
        """Whether all tokens are there."""
        return self.level >= self._burst


class Budget:
    """A bucket of frames and one of bytes."""

    __slots__ = ("bytes", "frames")

    def __init__(self, quota: Quota) -> None:
        self.frames = TokenBucket(quota.frames, quota.frames_per_second)
        self.bytes = TokenBucket(quota.bytes, quota.bytes_per_second)

    def fill(self, now: float) -> None:
        """Put in what has come back until now."""
        self.frames.fill(now)
        self.bytes.fill(now)

    def wait(self, frames: float, size: float) -> float:
        """Return in how many seconds there will be so much of both."""
        return max(self.frames.wait(frames), self.bytes.wait(size))

    @property
    def is_full(self) -> bool:
        """Whether nothing is spent."""
        return self.frames.is_full and self.bytes.is_full


class Meter:
    """What one connection may still send before its budgets are asked.

    Without budgets it may send anything.
    """

    __slots__ = (
        "_lease_bytes",
        "_lease_frames",
        "_own",
        "_paused_seconds",
        "_shared",
        "_shared_bytes",
        "_shared_frames",
        "bytes",
        "frames",
    )

    def __init__(self) -> None:
        self.frames = self.bytes = math.inf
        self._own: Budget | None = None
        self._shared: Budget | None = None
        self._paused_seconds = 0.0
        self._lease_frames = self._lease_bytes = 0
        self._shared_frames = self._shared_bytes = 0.0

    def use(self, quota: Quota, shared: Budget) -> None:
        """Spend from these from now on, the first from its beginning."""
        self._own, self._shared = Budget(quota), shared
        self._lease_frames, self._lease_bytes = quota.lease_frames, quota.lease_bytes
        self.frames = self.bytes = self._shared_frames = self._shared_bytes = 0.0
        self._paused_seconds = 0.0

    def give_back(self) -> None:
        """Give the shared budget back what this connection took from it."""
        if self._shared is not None:
            self._shared.frames.give_back(self._shared_frames)
            self._shared.bytes.give_back(self._shared_bytes)
            self._shared_frames = self._shared_bytes = 0.0

    def spend(self, frames: int, size: int) -> None:
        """Note what was read."""
        self.frames -= frames
        self.bytes -= max(size, READ_BYTES_MIN)

    def refill(self) -> float:
        """Take from the budgets, once `frames` or `bytes` are used up.

        Returns:
            0, or for how many seconds the connection has to pause before it asks again.

        Raises:
            Flood: It has been paused for too long.
        """
        own, shared = self._own, self._shared
        if own is None or shared is None:
            return 0.0
        now = monotonic()
        own.fill(now)
        shared.fill(now)
        if own.is_full:
            self._paused_seconds = 0.0
        frames, size = max(0.0, 1 - self.frames), max(0.0, 1 - self.bytes)
        wait = max(own.wait(frames, size), shared.wait(frames, size))
        if wait > 0:
            return self._pause(wait)
        self._take(own, shared)
        return 0.0

    def _pause(self, seconds: float) -> float:
        if self._paused_seconds >= PATIENCE_SECONDS:
            CUT.inc()
            raise Flood
        PAUSED.inc()
        seconds = max(seconds, PAUSE_SECONDS_MIN)
        self._paused_seconds += seconds
        return seconds

    def _take(self, own: Budget, shared: Budget) -> None:
        frames = min(
            max(0.0, self._lease_frames - self.frames), own.frames.level, shared.frames.level
        )
        size = min(max(0.0, self._lease_bytes - self.bytes), own.bytes.level, shared.bytes.level)
        for budget in (own, shared):
            budget.frames.level -= frames
            budget.bytes.level -= size
        self.frames += frames
        self.bytes += size
        self._shared_frames += frames
        self._shared_bytes += size

    async def wait(self, frames: int, size: int) -> None:
        """Spend so much as soon as there is enough of both. Raises Flood."""
        self.spend(0, size)
        while frames > 0 or self.bytes < 1:
            # Without a pause nothing is waited for, lest a later request come first.
            if (self.frames < 1 or self.bytes < 1) and (pause := self.refill()):
                await asyncio.sleep(pause)
            taken = int(min(frames, self.frames))
            self.frames -= taken
            frames -= taken


class AddressBudget:
    """What the connections of an address share before they have shown a token."""

    __slots__ = ("frames_and_bytes", "handshakes", "requests", "turn")

    def __init__(self) -> None:
        self.frames_and_bytes = Budget(ADDRESS)
        self.requests = TokenBucket(REQUESTS, REQUESTS_PER_SECOND)
        self.handshakes = TokenBucket(HANDSHAKES, HANDSHAKES_PER_SECOND)
        self.turn = asyncio.Lock()

    async def wait(self, bucket: TokenBucket) -> None:
        """Take a token of one of the buckets, as soon as there is one, in the order of the calls.

        Raises:
            Flood: There was none for TURN_SECONDS.
        """
        if not self.turn.locked() and bucket.take():
            return
        PAUSED.inc()
        try:
            async with asyncio.timeout(TURN_SECONDS), self.turn:
                while not bucket.take():  # noqa: ASYNC110  tokens come with time
                    await asyncio.sleep(TURN_PAUSE_SECONDS)
        except TimeoutError as error:
            CUT.inc()
            raise Flood from error


class UserBudget:
    """What the connections of a user share."""

    __slots__ = ("connects", "frames_and_bytes")

    def __init__(self) -> None:
        self.frames_and_bytes = Budget(USER)
        self.connects = TokenBucket(CONNECTS, CONNECTS_PER_SECOND)


class Budgets:
    """Those of all addresses and users, as one process sees them."""

    def __init__(self) -> None:
        self._addresses: OrderedDict[Hashable, AddressBudget] = OrderedDict()
        self._users: OrderedDict[Hashable, UserBudget] = OrderedDict()

    def address(self, address: Hashable) -> AddressBudget:
        """Return what an address shares."""
        return _kept(self._addresses, address, AddressBudget)

    def user(self, user: Hashable) -> UserBudget:
        """Return what a user shares."""
        return _kept(self._users, user, UserBudget)


def _kept(
    budgets: OrderedDict[Hashable, Shared], key: Hashable, new: Callable[[], Shared]
) -> Shared:
    found = budgets.get(key)
    if found is None:
        found = budgets[key] = new()
        if len(budgets) > SHARED_KEPT:
            budgets.popitem(last=False)
    else:
        budgets.move_to_end(key)
    return found
