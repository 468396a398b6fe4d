"""Every two seconds: whatever the broker did not tell, PostgreSQL does.

A ring is lost when an instance dies between commit and publish, or Redis is away. So each instance
compares where its users' logs are with where it has delivered up to, reads the feed entries that no
ring told of, and looks whose sessions are over.
"""

import asyncio
import logging

from prometheus_client import Counter

from realtime.delivery.hub import Hub
from storage.accounts import sessions
from storage.database.pool import Database
from storage.errors import Unavailable
from storage.events import log
from storage.posts import feed

logger = logging.getLogger(__name__)

PERIOD_SECONDS = 2.0
ENTRIES_MAX = 1000  # feed entries that one sweep delivers

HEALED = Counter("mini_twitter_reconciled_total", "What only the sweep found", ["what"])


class Reconciler:
    def __init__(self, hub: Hub, db: Database) -> None:
        self._hub = hub
        self._db = db
        self._soon = asyncio.Event()

    def soon(self) -> None:
        """Sweep now: something may just have been missed."""
        self._soon.set()

    async def run(self) -> None:
        """Until cancelled. While PostgreSQL is away there is nothing to find: go on."""
        while True:
            try:
                async with asyncio.timeout(PERIOD_SECONDS):
                    await self._soon.wait()
            except TimeoutError:
                pass
            self._soon.clear()
            try:
                await self.once()
            except Unavailable:
                pass
            except Exception:
                logger.exception("a sweep failed")

    async def once(self) -> None:
        # In this order: who follows somebody, be it found out only now, hears of all that they have
        # posted since. All of it up to the horizon is delivered below.
        horizon = await feed.horizon(self._db)
        await self._logs()
        await self._feeds(horizon)
        await self._sessions()

    async def _logs(self) -> None:
        heads = {id: line.head for id, line in self._hub.streams.items() if line.head is not None}
        if not heads:
            return
        filling = []
        for user_id in await log.ahead(self._db, heads):
            line = self._hub.streams.get(user_id)
            if line is not None and line.head == heads[user_id] and (task := line.fill()):
                HEALED.labels("log").inc()
                filling.append(task)
        await asyncio.gather(*filling, return_exceptions=True)

    async def _feeds(self, horizon: int) -> None:
        """Deliver what rings did not, then move the horizon: up to the transactions that had ended
        before we looked, or to the last entry seen where there were too many to see all."""
        hub = self._hub
        if hub.feed_horizon == 0 or not hub.streams:
            hub.advance(horizon)
            return
        authors = hub.audiences.authors()
        entries = await feed.since(self._db, hub.feed_horizon, authors, hub.entered(), ENTRIES_MAX)
        for entry in entries:
            HEALED.labels("feed").inc()
            hub.enter_feeds(entry)
        if len(entries) == ENTRIES_MAX:
            horizon = min(horizon, entries[-1].xid)
        hub.advance(horizon)

    async def _sessions(self) -> None:
        by_session = {c.session_id: c.user_id for c in self._hub.connections()}
        if not by_session:
            return
        for session_id in await sessions.ended(self._db, list(by_session)):
            self._hub.end_session(by_session[session_id], session_id)
