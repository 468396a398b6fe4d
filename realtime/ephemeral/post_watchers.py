"""Posts that clients watch: their changes, and their counts a few times a second at most."""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress

from realtime.broker.broker import Broker
from realtime.ephemeral.watcher import Relations, Watcher
from realtime.protocol import channels, encoding
from realtime.tasks import Tasks
from storage.database.pool import Database
from storage.errors import NotFound, Unavailable
from storage.events.types import PollUpdated, PostCounts
from storage.posts import counts, polls
from storage.posts.counts import Counts

COALESCED_SECONDS = 0.5  # over which the changes of a post's counts become one event


class PostWatchers:
    """Which clients of this instance watch which posts."""

    def __init__(self, db: Database, broker: Broker, tasks: Tasks, relations: Relations) -> None:
        self._db = db
        self._broker = broker
        self._relations = relations
        self._tasks = tasks
        self._watchers: dict[int, set[Watcher]] = {}
        self._changed: set[int] = set()
        self._polls_changed: set[int] = set()
        self._sending: asyncio.Task[None] | None = None

    async def watch(self, session: Watcher, post_ids: Sequence[int]) -> list[Counts]:
        """Add posts to those that the client watches, unless it has gone; return their counts.

        The counts are read once the posts are subscribed to, so no change is missed in between.

        Raises:
            NotFound: The user may not see one of them. The others are watched all the same.
            Unavailable: PostgreSQL does not answer; none is added.
        """
        new = [] if session.gone else sorted(set(post_ids) - session.watched_posts)
        self._add(session, new)
        try:
            await self._broker.subscribed()
            found = await counts.visible_to(self._db, session.user_id, post_ids)
        except BaseException:
            self.unwatch(session, new)
            raise
        if hidden := set(post_ids) - {row.post_id for row in found}:
            self.unwatch(session, list(hidden))
            raise NotFound("post")
        return found

    def _add(self, session: Watcher, post_ids: Iterable[int]) -> None:
        for post_id in post_ids:
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

    def of(self, post_id: int, author_id: int) -> set[Watcher]:
        """Return the clients that watch the post, without those whom a block keeps from it."""
        return {
            session
            for session in self._watchers.get(post_id, ())
            if not self._relations.apart(session.user_id, author_id)
        }

    def deleted(self, post_id: int) -> None:
        """End all watching of a post that is gone."""
        for session in list(self._watchers.get(post_id, ())):
            self.unwatch(session, [post_id])

    def counts_changed(self, post_id: int) -> None:
        """Send the post's counts to its watchers, together with what changes in the next moment."""
        self._send_of(post_id, self._changed)

    def poll_changed(self, post_id: int) -> None:
        """Send the post's poll to its watchers, together with what changes in the next moment."""
        self._send_of(post_id, self._polls_changed)

    def _send_of(self, post_id: int, changed: set[int]) -> None:
        if post_id not in self._watchers:
            return
        changed.add(post_id)
        if self._sending is None:
            self._sending = self._tasks.start(self._send_soon())

    async def _send_soon(self) -> None:
        try:
            await asyncio.sleep(COALESCED_SECONDS)
        finally:
            self._sending = None
        changed, self._changed = self._changed, set()
        asked, self._polls_changed = self._polls_changed, set()
        with suppress(Unavailable):
            for row in await counts.live(self._db, sorted(changed)) if changed else ():
                event = PostCounts(
                    row.post_id,
                    row.likes_count,
                    row.retweets_count,
                    row.replies_count,
                    row.quotes_count,
                )
                self._send(event, row.post_id, row.author_id)
        with suppress(Unavailable):
            for found in await polls.live(self._db, sorted(asked)) if asked else ():
                self._send(PollUpdated(found.post_id, found.poll), found.post_id, found.author_id)

    def _send(self, event: PostCounts | PollUpdated, post_id: int, author_id: int) -> None:
        frame = encoding.event_of_now(event.name, event)
        for session in self.of(post_id, author_id):
            session.send_live(frame)
