"""How often, how long and how many at once."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How failed jobs are repeated: the n-th delay is first_delay * 2 ** (n - 1), up to max_delay.

    A job that fails (an error of its own, a mail that is refused) starts max_attempts times. One
    that raises TryLater, or finds PostgreSQL away, goes on until it is away_days old, with delays
    up to away_delay. One whose process ends while it runs is begun as often as that happens less
    than max_lapses times: from the second time on at a moment by chance within lapse_spread, so
    that what ends the process and what only ran beside it go apart.
    """

    max_attempts: int = 8
    first_delay: timedelta = timedelta(seconds=1)
    max_delay: timedelta = timedelta(minutes=5)
    away_delay: timedelta = timedelta(minutes=1)
    away_days: float = 4
    max_lapses: int = 5
    lapse_spread: timedelta = timedelta(seconds=20)
    concurrency: int = 5  # of each kind of job, in the whole fleet
    job_seconds: float = 60
    schedule_seconds: float = 900  # of a job that the clock starts: it goes through all there is

    def delay(self, attempts: int, longest: timedelta) -> timedelta:
        """Return how long to wait after an attempt before which there were so many."""
        # The exponent is bounded because a timedelta is.
        return min(self.first_delay * (1 << min(attempts, 20)), longest)
