"""Every two seconds: what no hint has come for is read from PostgreSQL.

A hint is lost when an instance dies between commit and publish, or Redis is away. So each instance
compares where its users' logs are with where it has delivered up to, looks whose relationships have
changed, reads the feed entries of which no hint came, and looks whose sessions are over. Where
nothing has been committed since the last time (storage.events.moment), that has been done, but for
the users of whom this instance has learnt something meanwhile.
"""

import asyncio
import logging
from collections.abc import Collection, Set

from prometheus_client import Counter

from realtime.delivery.client_session import ClientSession
from realtime.delivery.hub import Hub
from realtime.delivery.user_stream import UserStream
from storage.accounts import session_changes, sessions
from storage.database.pool import Database
from storage.errors import Unavailable
from storage.events import log, moment
from storage.events.moment import Moment
from storage.posts import feed_entries
from storage.social import relationships

logger = logging.getLogger(__name__)

PERIOD_SECONDS = 2.0  # what hints lose is made up for within 10 s, ends of sessions among it
ENTRIES_MAX = 1000  # feed entries delivered at once

RECONCILED = Counter(
    "mini_twitter_reconciled_total", "What was delivered though no hint came", ["what"]
)
LOOKS = Counter(
    "mini_twitter_reconciler_looks_total",
    "Passes of the reconciler, by whom they compared: all after a commit anywhere, else those who "
    "came or changed meanwhile (some), if any (none)",
    ["users"],
)


class Reconciler:
    """Compares what this instance has delivered with what is stored, until it is cancelled."""

    def __init__(self, hub: Hub, db: Database) -> None:
        self._hub = hub
        self._db = db
        self._soon = asyncio.Event()
        self._settled_at: Moment | None = None  # at which all that is stored had been looked at
        self._followed: dict[int, Set[int]] = {}  # by users, before they were found to be behind
        self._session_changes = session_changes.ChangesReader()
        # Clients, by the session that each had when the changes of sessions were read last.
        self._looked_up: Set[tuple[ClientSession, int]] = frozenset()

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
        hub, now = self._hub, await moment.current(self._db)
        unsettled = set(hub.unsettled)
        hub.unsettled -= unsettled
        committed = now != self._settled_at
        LOOKS.labels("all" if committed else "some" if unsettled else "none").inc()
        if not (committed or unsettled):
            return
        users = list(hub.streams if committed else unsettled)
        self._settled_at = None  # should anything fail, all is looked at again
        self._followed.clear()
        # In this order: who follows somebody, be it found out only now, receives all that they have
        # posted since. All of it up to the horizon is delivered below.
        await self._logs(users)
        await self._relationships(users)
        await self._feeds(now.horizon)
        if committed:
            RECONCILED.labels("stream").inc(await hub.post_streams.sweep(now))
            await self._sessions()
        self._settled_at = now

    async def _logs(self, users: Collection[int]) -> None:
        streams = self._hub.streams
        heads = {
            id: head for id in users if id in streams and (head := streams[id].head) is not None
        }
        if not heads:
            return
        reading = []
        for user_id in await log.ahead(self._db, heads):
            self._hub.unsettled.add(user_id)  # until it is seen that reading it has succeeded
            stream = self._hub.streams.get(user_id)
            if stream is None or stream.head != heads[user_id]:
                continue
            self._followed[user_id] = self._hub.audiences.followed(user_id)
            if task := stream.read_log("sweep"):
                RECONCILED.labels("log").inc()
                reading.append(task)
        await asyncio.gather(*reading, return_exceptions=True)

    async def _relationships(self, users: Collection[int]) -> None:
        """Read again whom users block, mute and are blocked by, where that has changed.

        Before the feeds: so nothing is delivered to who has been blocked before it was posted.
        """
        versions = self._hub.audiences.versions(users)
        if not versions:
            return
        changed = await relationships.changed(self._db, versions)
        self._hub.unsettled.update(changed)
        for user_id in changed:
            self._followed.setdefault(user_id, self._hub.audiences.followed(user_id))
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
        await self._late()
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

    async def _late(self) -> None:
        """Deliver what those have posted whom somebody was only now found to follow."""
        hub, listeners = self._hub, dict[int, set[UserStream]]()
        for user_id, before in self._followed.items():
            for author_id in hub.audiences.followed(user_id) - before if before else ():
                listeners.setdefault(author_id, set()).add(hub.streams[user_id])
        if listeners:
            for entry in await feed_entries.since(
                self._db, hub.feed_horizon, list(listeners), [], ENTRIES_MAX
            ):
                hub.deliver_late(entry, listeners[entry.actor_id])

    async def _sessions(self) -> None:
        """End the sessions that are over, of those that are new here or have changed."""
        clients = {(one, one.session_id) for one in self._hub.sessions()}
        if not clients:
            return
        looked_up, self._looked_up = self._looked_up, frozenset()  # should it fail, all are asked
        changed = await self._session_changes.read(self._db)
        asked = {
            session_id: one.user_id
            for one, session_id in clients
            if changed is None or one.user_id in changed or (one, session_id) not in looked_up
        }
        if asked:
            for session_id in await sessions.ended(self._db, list(asked)):
                self._hub.end_session(asked[session_id], session_id)
        self._looked_up = clients
