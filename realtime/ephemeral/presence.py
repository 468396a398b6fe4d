"""Who is online, sent to those who watch.

A user is online while any instance holds a lease for them. Each instance publishes at once when a
user comes or goes, and looks every few seconds at those whom its own clients watch: so the users of
an instance that died go offline when its leases end, and a hint that was lost is made up for.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from time import monotonic

from realtime import hints
from realtime.broker.broker import Broker
from realtime.broker.redis.client import UNAVAILABLE
from realtime.ephemeral.presence_store import PresenceStore
from realtime.ephemeral.watcher import Recipient, Relations, Watcher
from realtime.protocol import channels, encoding
from realtime.tasks import Tasks
from realtime.throttled_logger import ThrottledLogger
from storage.database.pool import Database
from storage.errors import NotFound, Unavailable
from storage.events.declaration import PresenceHint
from storage.events.types import PresenceChanged
from storage.social import last_seen
from storage.social.last_seen import LastSeen

logger = logging.getLogger(__name__)

LOOK_SECONDS = 12.0  # with a lease of 40 s, a dead instance's users are offline within 52
LINGER_SECONDS = 1.0  # after the last connection: a page that reloads does not go offline
# Over which connects, or disconnects, go to Redis at once: thousands may come back in a second.
GATHERED_SECONDS = 0.02


class Presence:
    """The users of this instance, and whom its clients watch."""

    def __init__(
        self,
        db: Database,
        broker: Broker,
        store: PresenceStore,
        tasks: Tasks,
        relations: Relations,
    ) -> None:
        self._logger = ThrottledLogger(logger)
        self._db = db
        self._relations = relations
        self._broker = broker
        self._store = store
        self._tasks = tasks
        self._here: set[int] = set()  # users connected to this instance
        self._connected: list[int] = []
        self._disconnected: deque[tuple[float, int]] = (
            deque()
        )  # when they are gone for good, and who
        self._watchers: dict[int, set[Watcher]] = {}
        self._known: dict[int, bool] = {}  # what the watchers of a user were last sent

    # Users of this instance

    def user_connected(self, user_id: int) -> None:
        """Note the user's first connection to this instance."""
        self._here.add(user_id)
        self._connected.append(user_id)
        if len(self._connected) == 1:
            self._tasks.start(self._publish_connected())

    def user_disconnected(self, user_id: int) -> None:
        """Note the end of the user's last connection to this instance."""
        self._here.discard(user_id)
        self._disconnected.append((monotonic() + LINGER_SECONDS, user_id))
        if len(self._disconnected) == 1:
            self._tasks.start(self._publish_disconnected())

    async def _publish_connected(self) -> None:
        await asyncio.sleep(GATHERED_SECONDS)
        connected, self._connected = self._here.intersection(self._connected), []
        with suppress(*UNAVAILABLE):
            before = await self._store.touch(sorted(connected))
            for user_id in connected - before:
                self._publish(user_id, online=True)

    async def _publish_disconnected(self) -> None:
        while self._disconnected:
            await asyncio.sleep(max(GATHERED_SECONDS, self._disconnected[0][0] - monotonic()))
            now = monotonic()
            going = set()
            while self._disconnected and self._disconnected[0][0] <= now:
                going.add(self._disconnected.popleft()[1])
            if gone := sorted(going - self._here):
                await self._leave(gone)

    async def _leave(self, user_ids: Sequence[int]) -> None:
        with suppress(Unavailable):
            await last_seen.touch_last_seen(self._db, user_ids)
        with suppress(*UNAVAILABLE):
            elsewhere = await self._store.remove(user_ids)
            for user_id in set(user_ids) - elsewhere:
                self._publish(user_id, online=False)

    def _publish(self, user_id: int, *, online: bool) -> None:
        tail = encoding.encode_tail(encoding.now(), None)
        payload = hints.encode(PresenceChanged.name, PresenceHint(online, tail))
        self._broker.publish(channels.presence(user_id), payload)

    # Watchers

    async def watch(
        self, session: Watcher, viewer_id: int, user_ids: Sequence[int]
    ) -> list[PresenceChanged]:
        """Send the client changes to these users, and to no others; return their state now.

        Whoever may not interact with the viewer seems offline. A client that has gone meanwhile
        watches nobody.

        Raises:
            NotFound: One of them does not exist.
        """
        found = await self._look_up(viewer_id, user_ids)
        visible = {user_id for user_id, row in found.items() if row.may_interact}
        self.unwatch(session)
        if session.gone:
            visible = set()
        for user_id in visible:
            if user_id not in self._watchers:
                self._watchers[user_id] = set()
                self._broker.subscribe(channels.presence(user_id))
            self._watchers[user_id].add(session)
        session.watched_users = visible
        await self._broker.subscribed()
        online = await self._online(sorted(visible))
        for user_id in visible & self._watchers.keys():
            self._known.setdefault(user_id, user_id in online)
        if any(self._relations.apart(viewer_id, user_id) for user_id in visible):
            # Since the first look, or until shortly before it: a hint comes after its commit.
            found = await self._look_up(viewer_id, user_ids)
        now = encoding.now()
        return [_state(found[user_id], now, online=user_id in online) for user_id in user_ids]

    async def _look_up(self, viewer_id: int, user_ids: Sequence[int]) -> dict[int, LastSeen]:
        """Return when they were last seen, by user id. NotFound."""
        rows = await last_seen.last_seen(self._db, viewer_id, user_ids)
        if len(rows) < len(set(user_ids)):
            raise NotFound("user")
        return {row.user_id: row for row in rows}

    def unwatch(self, session: Watcher) -> None:
        """Watch nobody for this client any more."""
        for user_id in session.watched_users:
            watchers = self._watchers[user_id]
            watchers.discard(session)
            if not watchers:
                del self._watchers[user_id]
                self._known.pop(user_id, None)
                self._broker.unsubscribe(channels.presence(user_id))
        session.watched_users = set()

    def changed(self, user_id: int, *, online: bool) -> None:
        """Send it to the user's watchers, unless they know."""
        if self._known.get(user_id) == online:
            return
        self._known[user_id] = online
        watchers = self._watchers.get(user_id, ())
        apart = self._relations.apart
        event = PresenceChanged(user_id, online, encoding.now())
        _send(event, [one for one in watchers if not apart(one.user_id, user_id)])

    def kept_apart(self, recipient: Recipient, other_id: int) -> None:
        """Have somebody whom a block hides from now on seem offline to a user's clients."""
        self._send_known(recipient, PresenceChanged(other_id, online=False, last_seen=None))

    def apart_no_longer(self, recipient: Recipient, other_id: int) -> None:
        """Show a user's clients again somebody whom no block hides any more."""
        self._send_known(
            recipient, PresenceChanged(other_id, online=True, last_seen=encoding.now())
        )

    def _send_known(self, recipient: Recipient, event: PresenceChanged) -> None:
        """Send it to who watches a user that is online: else they know it already."""
        if self._known.get(event.user_id):
            _send(event, [one for one in recipient.sessions if event.user_id in one.watched_users])

    async def run(self) -> None:
        """Keep the store, and look at the watched, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self._store.touch(sorted(self._here))
                online = await self._store.get(sorted(self._watchers))
            except UNAVAILABLE as error:
                self._logger.warning("presence is not up to date, Redis is away: %s", error)
                continue
            self._logger.forget()
            for user_id in list(self._watchers):
                self.changed(user_id, online=user_id in online)

    async def close(self) -> None:
        """All users of this instance go, unless they have come back elsewhere."""
        here, self._here = sorted(self._here), set()
        if here:
            await self._leave(here)

    async def _online(self, user_ids: Sequence[int]) -> set[int]:
        try:
            return await self._store.get(user_ids) | self._of_here(user_ids)
        except UNAVAILABLE:
            return self._of_here(user_ids)

    def _of_here(self, user_ids: Iterable[int]) -> set[int]:
        return self._here & set(user_ids)


def _state(seen: LastSeen, now: datetime, *, online: bool) -> PresenceChanged:
    if not seen.may_interact:
        return PresenceChanged(seen.user_id, online=False, last_seen=None)
    return PresenceChanged(seen.user_id, online, now if online else seen.last_seen)


def _send(event: PresenceChanged, sessions: Iterable[Watcher]) -> None:
    frame = encoding.event_of_now(event.name, event)
    for session in sessions:
        session.send_live(frame)
