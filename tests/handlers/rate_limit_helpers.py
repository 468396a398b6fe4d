"""Callers who spend what a rate limit gives them."""

import time

from handlers.rate_limits import Bucket, Limits, Spent

HERE = "192.0.2.1"


async def spend(limits: Limits, bucket: Bucket, user_id: int | None, address: str) -> Spent:
    """One spending where limiting is on."""
    spent = await limits.spend(bucket, user_id, address)
    assert spent is not None
    return spent


async def spend_on(limits: Limits, bucket: Bucket, target: str) -> Spent:
    spent = await limits.spend_on(bucket, target)
    assert spent is not None
    return spent


async def until_refused(
    *instances: Limits, bucket: Bucket, user_id: int | None = None, address: str = HERE
) -> tuple[int, list[Spent]]:
    """Spend at the instances in turn until all refuse: how many were admitted, and the refusals."""
    admitted = 0
    refusals: list[Spent] = []
    while len(refusals) < len(instances):
        refusals = []
        for limits in instances:
            spent = await spend(limits, bucket, user_id, address)
            if spent.retry_after is None:
                admitted += 1
            else:
                refusals.append(spent)
    return admitted, refusals


class Regained:
    """How many tokens at most came back since it was made."""

    def __init__(self, bucket: Bucket) -> None:
        self._per_second = bucket.value.per_second
        self._start = time.monotonic()

    def __call__(self) -> int:
        return int((time.monotonic() - self._start) * self._per_second) + 1
