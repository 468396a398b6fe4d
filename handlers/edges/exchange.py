"""What is known of a request while it is answered.

It is one object, as to look for a key in a request takes as long as to run ten lines.
"""

from dataclasses import dataclass

from aiohttp import web

from handlers.rate_limits import Spent
from handlers.replica_reads import Consistency
from storage.tracing import Trace


@dataclass(slots=True)
class Exchange:
    """A request and its answer.

    user_id is of the token that was shown, where one was looked at, spent what the caller has left
    of a rate limit, consistency is there where there are replicas, cookie is the Set-Cookie that
    the answer is to have, whatever it says.
    """

    trace: Trace
    user_id: int | None = None
    spent: Spent | None = None
    consistency: Consistency | None = None
    cookie: str | None = None

    def on_spent(self, spent: Spent) -> None:
        """Note what is left of a rate limit."""
        self.spent = spent


EXCHANGE = web.RequestKey("exchange", Exchange)  # of every request that is not refused before all
