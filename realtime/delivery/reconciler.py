"""Every two seconds: what no hint has come for is read from PostgreSQL.

A hint is lost when an instance dies between commit and publish, or Redis is away. So each instance
compares where its users' logs are with where it has delivered up to, looks whose relationships have
changed, reads the feed entries of which no hint came, and looks whose sessions are over.
"""

import asyncio
import logging

from prometheus_client import Counter

from realtime.delivery.hub import Hub
from storage.accounts import sessions
from storage.database.pool import Database
from storage.errors import Unavailable
from storage.events import log
from storage.posts import feed_entries
from storage.social import relationships

logger = logging.getLogger(__name__)

PERIOD_SECONDS = 2.0  # what hints lose is made up for within 10 s, ends of sessions among it
ENTRIES_MAX = 1000  # feed entries delivered at once

RECONCILED = Counter(
    "mini_twitter_reconciled_total", "What was delivered though no hint came", ["what"]
)


class Reconciler:
    """Compares what this instance has delivered with what is stored, until it is cancelled."""

    def __init__(self, hub: Hub, db: Database) -> None:
        self._hub = hub
        self._db = db
        self._soon = asyncio.Event()

    def soon(self) -> None:
        """Reconcile now: something may just have been missed."""
        self._soon.set()

    async def run(self) -> None:
        """Reconcile every two seconds, until cancelled; also while PostgreSQL comes and goes."""
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
                logger.exception("reconciling failed")

    async def once(self) -> None:
        """Deliver whatever is missing. Raises Unavailable."""
        # In this order: who follows somebody, be it found out only now, receives all that they have
        # posted since. All of it up to the horizon is delivered below.
        horizon = await feed_entries.horizon(self._db)
        await self._logs()
        await self._relationships()
        await self._feeds(horizon)
        await self._sessions()

    async def _logs(self) -> None:
        heads = {
            id: stream.head for id, stream in self._hub.streams.items() if stream.head is not None
        }
        if not heads:
            return
        reading = []
        for user_id in await log.ahead(self._db, heads):
            stream = self._hub.streams.get(user_id)
            if stream is None or stream.head != heads[user_id]:
                continue
            if task := stream.read_log("sweep"):
                RECONCILED.labels("log").inc()
                reading.append(task)
        await asyncio.gather(*reading, return_exceptions=True)

    async def _relationships(self) -> None:
        """Read again whom users block, mute and are blocked by, where that has changed.

        Before the feeds: so nothing is delivered to who has been blocked before it was posted.
        """
        versions = self._hub.audiences.versions()
        if not versions:
            return
        changed = await relationships.changed(self._db, versions)
        streams = [self._hub.streams[id] for id in changed if id in self._hub.streams]
        await asyncio.gather(*map(self._hub.read_subscriptions, streams))

    async def _feeds(self, horizon: int) -> None:
        """Deliver entries of which no hint came, then move the horizon.

        It moves up to the transactions that had ended before we looked, or to the last entry seen
        where there were too many to see all.
        """
        hub = self._hub
        if hub.feed_horizon == 0 or not hub.streams:
            hub.advance_horizon(horizon)
            return
        authors = hub.audiences.authors()
        entries = await feed_entries.since(
            self._db, hub.feed_horizon, authors, hub.delivered_entries(), ENTRIES_MAX
        )
        for entry in entries:
            RECONCILED.labels("feed").inc()
            hub.deliver_entry(entry)
        if len(entries) == ENTRIES_MAX:
            horizon = min(horizon, entries[-1].xid)
        hub.advance_horizon(horizon)

    async def _sessions(self) -> None:
        by_session = {one.session_id: one.user_id for one in self._hub.sessions()}
        if not by_session:
            return
        for session_id in await sessions.ended(self._db, list(by_session)):
            self._hub.end_session(by_session[session_id], session_id)
