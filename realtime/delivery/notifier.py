"""Hints for events that have been committed: published whether or not anybody is there.

A hint may get lost. What it was for is in PostgreSQL, and found there by the reconciler.
"""

import asyncio
import itertools
import secrets
from collections.abc import Iterable
from datetime import datetime

from realtime import hints
from realtime.broker.broker import Broker
from realtime.protocol import channels, encoding
from realtime.tasks import Tasks
from storage.events.declaration import (
    BlockedByHint,
    DurableEvent,
    DurableHint,
    FeedEntryHint,
    PostChangeHint,
    PostCountsHint,
    SessionEndedHint,
    TypingHint,
)
from storage.events.types import (
    BLOCKED_BY,
    SESSION_ENDED,
    NotificationCreated,
    NotificationDeleted,
    PostCounts,
    PostCreated,
    PostDeleted,
    PostUpdated,
    TypingChanged,
)
from storage.notifications import Notified
from storage.posts.feed_entries import FeedEntry
from storage.withdrawn_notifications import Withdrawn

ACTORS_AT_ONCE = 100  # that a hint names, each on a channel of its own


class Notifier:
    """Publishes hints, after the commit and without waiting. Nothing that it does may fail."""

    def __init__(self, broker: Broker, tasks: Tasks) -> None:
        self._broker = broker
        self._tasks = tasks
        # Numbers that no two hints of any instance share within the time that one is remembered.
        self._hint_ids = itertools.count(1 + secrets.randbits(62))

    def to_user(
        self, event: DurableEvent, actor_id: int, user_id: int, seq: int, at: datetime
    ) -> None:
        """Notify one user of an event, by its number in that user's log."""
        self.to_users(event, actor_id, [(user_id, seq)], at)

    def to_users(
        self, event: DurableEvent, actor_id: int, numbers: Iterable[tuple[int, int]], at: datetime
    ) -> None:
        """Notify several users of one event, each as (user id, seq)."""
        tail = encoding.encode_tail(at, event)
        for user_id, seq in numbers:
            payload = hints.encode(event.name, DurableHint(seq, actor_id, tail))
            self._broker.publish(channels.user(user_id), payload)

    def notifications_created(self, stored: Iterable[Notified]) -> None:
        """Notify users of notifications that have just been stored for them."""
        for new in stored:
            self.to_user(
                NotificationCreated(new.notification, new.logged.unread_notifications),
                new.notification.actor.id,
                new.logged.user_id,
                new.logged.seq,
                new.logged.at,
            )

    def notifications_withdrawn(self, withdrawn: Iterable[Withdrawn]) -> None:
        """Notify users of notifications of theirs that have just been removed."""
        for gone in withdrawn:
            user_id = gone.logged.user_id
            event = NotificationDeleted(gone.ids, gone.logged.unread_notifications)
            self.to_user(event, user_id, user_id, gone.logged.seq, gone.logged.at)

    def entered(self, entry: FeedEntry) -> None:
        """Notify those who listen to its actor of a new feed entry."""
        post = entry.post
        tail = encoding.encode_tail(post.created_at, PostCreated(post))
        hint = FeedEntryHint(entry.entry_id, entry.xid, entry.actor_id, post.author.id, tail)
        self._broker.publish(channels.author(entry.actor_id), hints.encode(PostCreated.name, hint))

    def post_changed(
        self,
        event: PostUpdated | PostDeleted,
        post_id: int,
        author_id: int,
        actor_ids: Iterable[int],
    ) -> None:
        """Notify those who watch a post, and those who listen to any in whose entries it is.

        Where those are many, several hints with a part of them each follow one another.
        """
        actors = sorted(set(actor_ids))
        tail = encoding.encode_tail(encoding.now(), event)
        hint_id = next(self._hint_ids)
        if len(actors) <= ACTORS_AT_ONCE:
            hint = PostChangeHint(hint_id, post_id, author_id, tuple(actors), tail)
            self._publish_change(event.name, hint, watchers=True)
        else:
            self._tasks.start(
                self._publish_parts(
                    event.name, PostChangeHint(-hint_id, post_id, author_id, (), tail), actors
                )
            )

    async def _publish_parts(self, name: str, whole: PostChangeHint, actors: list[int]) -> None:
        for start in range(0, len(actors), ACTORS_AT_ONCE):
            part = tuple(actors[start : start + ACTORS_AT_ONCE])
            self._publish_change(name, whole._replace(actor_ids=part), watchers=start == 0)
            await asyncio.sleep(0)

    def _publish_change(self, name: str, hint: PostChangeHint, *, watchers: bool) -> None:
        payload = hints.encode(name, hint)
        if watchers:
            self._broker.publish(channels.post(hint.post_id), payload)
        for actor_id in hint.actor_ids:
            self._broker.publish(channels.author(actor_id), payload)

    def counts_changed(self, post_id: int) -> None:
        """Notify those who watch a post that its counts are to be looked up."""
        payload = hints.encode(PostCounts.name, PostCountsHint())
        self._broker.publish(channels.post(post_id), payload)

    def typing(
        self, conversation_id: int, typist_id: int, user_ids: Iterable[int], *, active: bool
    ) -> None:
        """Notify the other participants that one types, or no longer does."""
        payload = hints.encode(TypingChanged.name, TypingHint(conversation_id, typist_id, active))
        for user_id in user_ids:
            self._broker.publish(channels.user(user_id), payload)

    def blocked(self, user_id: int, other_id: int, *, blocked: bool) -> None:
        """Keep user_id, who has blocked the other or no longer does, out of the other's sight.

        It is for the other's instances; clients receive nothing.
        """
        payload = hints.encode(BLOCKED_BY, BlockedByHint(user_id, blocked))
        self._broker.publish(channels.user(other_id), payload)

    def session_ended(self, user_id: int, session_id: int) -> None:
        """Have the clients of a session closed, wherever they are."""
        payload = hints.encode(SESSION_ENDED, SessionEndedHint(session_id))
        self._broker.publish(channels.user(user_id), payload)

    def other_sessions_ended(self, user_id: int, kept_id: int) -> None:
        """Have all clients of a user closed but those of one session, wherever they are."""
        self.session_ended(user_id, -kept_id)

    def all_sessions_ended(self, user_id: int) -> None:
        """Have all clients of a user closed, wherever they are."""
        self.session_ended(user_id, 0)
