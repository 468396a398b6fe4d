"""How long to stay away from a server that does not answer."""

import random


def backoff(attempt: int, first: float, longest: float) -> float:
    """Return the seconds before try number attempt (from 0).

    Doubled each time up to the longest, with jitter, so that many clients do not come back at once.
    """
    return min(longest, first * 2.0 ** min(attempt, 16)) * (0.5 + random.random() / 2)
