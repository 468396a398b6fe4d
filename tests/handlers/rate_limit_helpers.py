"""Callers who spend what a rate limit gives them."""

import time

from handlers.rate_limits import Bucket, Limits

HERE = "192.0.2.1"


async def until_refused(*instances: Limits, bucket: Bucket, user_id=None, address=HERE):
    """Spends at the instances in turn until all refuse; answers (admitted, refusals)."""
    admitted, refusals = 0, []
    while len(refusals) < len(instances):
        refusals = []
        for limits in instances:
            spent = await limits.spend(bucket, user_id, address)
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
