"""Rate limits: one bucket of tokens per caller and kind of call, shared by all instances.

The generic cell rate algorithm (ITU-T I.371, annex A; for requests: brandur.org/rate-limiting): a
bucket is one number, the time at which it will be full again. It lives in Redis, on the clock of
Redis. While Redis is away each instance goes on alone from what it knew, so that a flood is then
refused too, at up to as many times the quota as there are instances.

To spare Redis and us a call per request, an instance takes the tokens of most buckets a few at a
time (a lease) and hands them out from memory; it never gives any back. A refusal is remembered
until the next token is due. The price, with k instances and leases of n: in any t seconds a caller
gets at most burst + per_second * t + k * (n - 1), and is refused with at most (k - 1) * (n - 1)
tokens left in the hands of instances that it did not reach. Where n is 1 the count is exact.
"""

import asyncio
import hashlib
import logging
import math
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property, lru_cache
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from time import monotonic
from typing import cast

from realtime.broker.keys import KEY_PREFIX
from realtime.broker.redis import client
from realtime.throttled_logger import ThrottledLogger
from storage.record import record

PAUSE_SECONDS = 1.0  # after a failure nothing asks Redis for this long, then one call tries
CALLERS_REMEMBERED = 10_000  # buckets in memory; the longest unused is forgotten first
TAKE_SCRIPT = Path(__file__).with_name("rate_limits.lua").read_text()

Take = Callable[[str, int, int, int], Awaitable[tuple[int, int]]]  # key, arguments

logger = logging.getLogger(__name__)


@record
class Quota:
    """burst tokens in a full bucket, of which per_second come back; lease are taken at once."""

    name: str
    burst: int
    per_second: float
    lease: int
    by_address: bool = False  # even for a known user

    @cached_property
    def policy(self) -> str:
        """The quota as the header RateLimit-Policy has it: w is in how long a bucket fills."""
        window = math.ceil(self.burst / self.per_second)
        return f'"{self.name}";q={self.burst};w={window}'

    @cached_property
    def of_token(self) -> "Quota":
        """What one personal access token may have of it: half, so that the rest is its owner's."""
        return Quota(f"{self.name}-token", self.burst // 2, self.per_second / 2, self.lease)


class Bucket(Enum):
    """The kinds of calls; far above what a person does, or an office behind one address.

    LOGIN and REGISTER cost a password hash each and are what attackers and spammers call; they are
    counted exactly. ATTEMPT is how many passwords all addresses together may try at one account:
    who empties it keeps others out for seconds. CODE is how many codes of a second factor may be
    tried at one account: who knows its password guesses one in three years. REALTIME is for what is
    not stored: typing, presence. HOOK is how much comes by one incoming webhook.
    """

    LOGIN = Quota("login", 300, 1, 1, by_address=True)
    ATTEMPT = Quota("attempt", 30, 0.2, 1)
    CODE = Quota("code", 10, 1 / 300, 1)
    REGISTER = Quota("register", 400, 2, 1, by_address=True)
    WRITE = Quota("write", 300, 10, 15)
    MESSAGE = Quota("message", 500, 25, 25)
    HOOK = Quota("hook", 30, 1, 1)
    READ = Quota("read", 1_000, 100, 50)
    REALTIME = Quota("realtime", 200, 20, 10)

    def __init__(self, quota: Quota) -> None:
        self.quota = quota  # a plain attribute, which `value` is not


@record
class Spent:
    """How a bucket stands after one spending, as far as this instance knows.

    remaining of limit tokens are left, and reset_seconds pass until all are there. retry_after is
    None when admitted, else the seconds (at least 1) until the next token; nothing was spent then.
    of_token: it is the half of the bucket that a personal access token may have.
    """

    bucket: Bucket
    limit: int
    remaining: int
    reset_seconds: int
    retry_after: int | None
    of_token: bool = False

    @property
    def quota(self) -> Quota:
        """The quota that it was spent from."""
        return self.bucket.quota.of_token if self.of_token else self.bucket.quota


def headers(spent: Spent) -> dict[str, str]:
    """Return RateLimit-Policy and RateLimit, and Retry-After if due.

    They are those of draft-ietf-httpapi-ratelimit-headers-10.

    The window w is that in which an empty bucket fills. The draft wants t and Retry-After to name
    the same moment.
    """
    quota = spent.quota
    wait = spent.reset_seconds if spent.retry_after is None else spent.retry_after
    lines = {
        "RateLimit-Policy": quota.policy,
        "RateLimit": f'"{quota.name}";r={spent.remaining};t={wait}',
    }
    if spent.retry_after is not None:
        lines["Retry-After"] = str(spent.retry_after)
    return lines


@dataclass(slots=True)
class _BucketState:
    """A bucket as this instance sees it; times in seconds of time.monotonic().

    full_at is never later than in Redis unless Redis lost the bucket or was away: it is counted
    from before Redis was asked, and others can only move it on. So where it leaves no whole token,
    there is none.
    """

    full_at: float = 0.0
    leased: int = 0  # of those already out of the bucket
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    def inside(self, quota: Quota, now: float) -> float:
        return min(quota.burst, quota.burst - (self.full_at - now) * quota.per_second)

    def take(self, quota: Quota, now: float, tokens: int) -> None:
        self.full_at = max(self.full_at, now) + tokens / quota.per_second
        self.leased += tokens


class Limits:
    """The buckets as one instance and its event loop see them.

    `take` asks Redis; None: nothing is limited.
    """

    def __init__(self, take: Take | None) -> None:
        self._take = take
        self._buckets: OrderedDict[str, _BucketState] = OrderedDict()
        self._away = False
        self._ask_again_at = 0.0
        # Not left to the connection pool: who waits there when Redis falls silent would be handed
        # a connection at the end of its time, and begin to open it.
        self._turns = asyncio.Semaphore(client.CONNECTIONS_MAX)
        self._logger = ThrottledLogger(logger)

    @property
    def remembered(self) -> int:
        """How many buckets are in memory: CALLERS_REMEMBERED at most."""
        return len(self._buckets)

    def spend_leased(self, bucket: Bucket, user_id: int | None, token_id: int | None) -> bool:
        """Spend one token of the user's bucket, if one is at hand, without telling what is left.

        Returns:
            Whether that is done, or limiting is off; else it is for `spend`.
        """
        if self._take is None:
            return True
        if user_id is None or token_id is not None or bucket.quota.by_address:
            return False
        known = self._remember(bucket_key(bucket.quota, f"u{user_id}"))
        if not known.leased:
            return False
        known.leased -= 1
        return True

    async def spend(
        self, bucket: Bucket, user_id: int | None, address: str, token_id: int | None = None
    ) -> Spent | None:
        """Spend one token of the user's bucket, or of the address's; None when limiting is off.

        With a personal access token, by its id, one of that token's own half of the bucket comes
        first; told is then how the tighter of the two stands.

        Does not raise for lack of tokens: see Spent. Waits 0.25 s at most when Redis fails, and
        not at all while it is known to be away.
        """
        by_address = user_id is None or bucket.quota.by_address
        own = None
        if token_id is not None:
            own = await self._spend(bucket, f"p{token_id}", of_token=True)
            if own is not None and own.retry_after is not None:
                return own
        spent = await self._spend(bucket, caller_of(address) if by_address else f"u{user_id}")
        if own is None or spent is None or spent.retry_after is not None:
            return spent
        return min(own, spent, key=lambda one: one.remaining)

    async def spend_on(self, bucket: Bucket, target: str) -> Spent | None:
        """Spend one token of the bucket of a target, whoever aims at it; otherwise as spend()."""
        digest = hashlib.blake2b(target.encode(), digest_size=16).hexdigest()
        return await self._spend(bucket, f"t{digest}")

    async def _spend(self, bucket: Bucket, whose: str, *, of_token: bool = False) -> Spent | None:
        if self._take is None:
            return None
        quota = bucket.quota.of_token if of_token else bucket.quota
        key = bucket_key(quota, whose)
        known = self._remember(key)
        if not known.leased and known.inside(quota, monotonic()) >= 1:
            # One call at a time: else each of a hundred at once would take a lease of its own.
            async with known.asking:
                if not known.leased and known.inside(quota, monotonic()) >= 1:
                    await self._lease(self._take, key, quota, known)
        return _spend_leased(bucket, quota, known, of_token=of_token)

    def _remember(self, key: str) -> _BucketState:
        known = self._buckets.get(key)
        if known is None:
            known = self._buckets[key] = _BucketState()
            if len(self._buckets) > CALLERS_REMEMBERED:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(key)
        return known

    async def _lease(self, take: Take, key: str, quota: Quota, known: _BucketState) -> None:
        """Leaves a token in known.leased unless the bucket is empty."""
        asked_at = monotonic()
        # Redis may know of fewer spendings than we do, when it was away or lost the bucket.
        wanted = min(quota.lease, int(known.inside(quota, asked_at)))
        trying = self._away and asked_at >= self._ask_again_at
        if trying or not self._away:
            # Only one call tries a Redis that was away; the others need not wait for the outcome.
            self._ask_again_at = asked_at + PAUSE_SECONDS
            try:
                async with asyncio.timeout(client.COMMAND_SECONDS), self._turns:
                    if self._away and not trying:
                        raise ConnectionError("it went away while this call waited for its turn")
                    taken, missing = await take(
                        key, round(1_000_000 / quota.per_second), quota.burst, wanted
                    )
            except client.UNAVAILABLE as error:
                self._on_unavailable(error)
            else:
                self._away = False
                known.take(quota, asked_at, taken)
                known.full_at = max(known.full_at, asked_at + missing / 1_000_000)
                return
        known.take(quota, monotonic(), 1)

    def _on_unavailable(self, error: Exception) -> None:
        if not self._away:
            reason = str(error) or "no answer in time"
            self._logger.warning("rate limits are not shared, Redis is away: %s", reason)
        self._away = True
        self._ask_again_at = monotonic() + PAUSE_SECONDS


def bucket_key(quota: Quota, whose: str) -> str:
    """Return where a bucket is in Redis: instances of another release may have another quota."""
    return f"{KEY_PREFIX}limit:{quota.name}/{quota.burst}/{quota.per_second:g}:{whose}"


def _spend_leased(bucket: Bucket, quota: Quota, known: _BucketState, *, of_token: bool) -> Spent:
    inside = known.inside(quota, monotonic())
    remaining, retry_after = 0, None
    if known.leased:
        known.leased -= 1
        remaining = min(quota.burst, int(inside) + known.leased)
    else:
        retry_after = max(1, math.ceil((1 - inside) / quota.per_second))
    missing = quota.burst - inside - known.leased
    reset_seconds = max(0, math.ceil(missing / quota.per_second))
    # By position: a class takes twice as long to call with names.
    return Spent(bucket, quota.burst, remaining, reset_seconds, retry_after, of_token)


@lru_cache(maxsize=4_096)
def caller_of(address: str) -> str:
    """Return whom an address counts as: its /64 if it is IPv6, which one customer has as a rule.

    What is not an IP address counts as it is.
    """
    try:
        ip = ip_address(address)
    except ValueError:
        return f"a{address}"
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is None:
            return f"a{IPv6Address(int(ip) >> 64 << 64)}/64"
        ip = ip.ipv4_mapped
    return f"a{ip}"


@asynccontextmanager
async def open_limits(
    redis_url: str, enabled: bool, *, cluster: bool = False
) -> AsyncIterator[Limits]:
    """Open the limits of this instance, without waiting for Redis, which may be away.

    Raises ValueError for a URL of another scheme.
    """
    if not enabled:
        yield Limits(None)
        return
    async with client.open_redis(redis_url, cluster=cluster) as redis:
        script = client.Script(redis, TAKE_SCRIPT)

        async def take(key: str, *arguments: int) -> tuple[int, int]:
            return cast(tuple[int, int], tuple(await script([key], *arguments)))

        yield Limits(take)
