"""Posts that clients watch: their changes, and their counts a few times a second at most."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from realtime.broker.broker import Broker
from realtime.ephemeral.watcher import Watcher
from realtime.protocol import channels, encoding
from realtime.tasks import Tasks
from storage.database.pool import Database
from storage.errors import Unavailable
from storage.events.types import PostCounts
from storage.posts import posts

COALESCED_SECONDS = 0.5  # over which the changes of a post's counts become one event


class PostWatchers:
    """Which clients of this instance watch which posts."""

    def __init__(self, db: Database, broker: Broker, tasks: Tasks) -> None:
        self._db = db
        self._broker = broker
        self._tasks = tasks
        self._watchers: dict[int, set[Watcher]] = {}
        self._changed: set[int] = set()
        self._sending: asyncio.Task[None] | None = None

    def watch(self, session: Watcher, post_ids: Sequence[int]) -> None:
        """Add posts to those that the client watches, unless it has gone."""
        if session.gone:
            return
        for post_id in set(post_ids) - session.watched_posts:
            if post_id not in self._watchers:
                self._watchers[post_id] = set()
                self._broker.subscribe(channels.post(post_id))
            self._watchers[post_id].add(session)
            session.watched_posts.add(post_id)

    def unwatch(self, session: Watcher, post_ids: Sequence[int]) -> None:
        """Take posts from those that the client watches; others are left alone."""
        for post_id in session.watched_posts & set(post_ids):
            session.watched_posts.discard(post_id)
            self._watchers[post_id].discard(session)
            if not self._watchers[post_id]:
                del self._watchers[post_id]
                self._broker.unsubscribe(channels.post(post_id))

    def unwatch_all(self, session: Watcher) -> None:
        """Watch nothing for this client any more."""
        self.unwatch(session, list(session.watched_posts))

    def of(self, post_id: int) -> set[Watcher]:
        """Return the clients that watch the post."""
        return self._watchers.get(post_id, set())

    def counts_changed(self, post_id: int) -> None:
        """Send the post's counts to its watchers, together with what changes in the next moment."""
        if post_id not in self._watchers:
            return
        self._changed.add(post_id)
        if self._sending is None:
            self._sending = self._tasks.start(self._send_soon())

    async def _send_soon(self) -> None:
        try:
            await asyncio.sleep(COALESCED_SECONDS)
        finally:
            self._sending = None
        changed, self._changed = self._changed, set()
        with suppress(Unavailable):
            for counts in await posts.counts(self._db, sorted(changed)):
                event = PostCounts(
                    counts.post_id,
                    counts.likes_count,
                    counts.retweets_count,
                    counts.replies_count,
                )
                frame = encoding.event_of_now(event.name, event)
                for session in self.of(counts.post_id):
                    session.send_live(frame)
