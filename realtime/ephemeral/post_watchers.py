"""Posts that clients watch: their changes, and their counts a few times a second at most."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from realtime.broker.broker import Broker
from realtime.delivery.client_session import ClientSession
from realtime.protocol import encoding
from realtime.tasks import Tasks
from storage.database.pool import Database
from storage.errors import Unavailable
from storage.events.types import PostCounts
from storage.posts import posts

COALESCED_SECONDS = 0.5  # over which the changes of a post's counts become one event


class PostWatchers:
    def __init__(self, db: Database, broker: Broker, tasks: Tasks) -> None:
        self._db = db
        self._broker = broker
        self._tasks = tasks
        self._watchers: dict[int, set[ClientSession]] = {}
        self._changed: set[int] = set()
        self._telling: asyncio.Task[None] | None = None

    def watch(self, connection: ClientSession, post_ids: Sequence[int]) -> None:
        for post_id in set(post_ids) - connection.watched_posts:
            if post_id not in self._watchers:
                self._watchers[post_id] = set()
                self._broker.subscribe(encoding.post_channel(post_id))
            self._watchers[post_id].add(connection)
            connection.watched_posts.add(post_id)

    def unwatch(self, connection: ClientSession, post_ids: Sequence[int]) -> None:
        for post_id in connection.watched_posts & set(post_ids):
            connection.watched_posts.discard(post_id)
            self._watchers[post_id].discard(connection)
            if not self._watchers[post_id]:
                del self._watchers[post_id]
                self._broker.unsubscribe(encoding.post_channel(post_id))

    def forget(self, connection: ClientSession) -> None:
        self.unwatch(connection, list(connection.watched_posts))

    def watchers(self, post_id: int) -> set[ClientSession]:
        return self._watchers.get(post_id, set())

    def counts_changed(self, post_id: int) -> None:
        """Tell the post's watchers its counts, together with what changes in the next moment."""
        if post_id not in self._watchers:
            return
        self._changed.add(post_id)
        if self._telling is None:
            self._telling = self._tasks.start(self._tell_soon())

    async def _tell_soon(self) -> None:
        try:
            await asyncio.sleep(COALESCED_SECONDS)
        finally:
            self._telling = None
        changed, self._changed = self._changed, set()
        with suppress(Unavailable):
            for counts in await posts.counts(self._db, sorted(changed)):
                event = PostCounts(
                    counts.post_id,
                    counts.likes_count,
                    counts.retweets_count,
                    counts.replies_count,
                )
                frame = encoding.live(event.name, event)
                for connection in self.watchers(counts.post_id):
                    connection.send_live(frame)
