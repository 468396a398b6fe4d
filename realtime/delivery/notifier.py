"""Hints for events that have been committed: published whether or not anybody is there.

A hint may get lost. What it was for is in PostgreSQL, and found there by the reconciler.
"""

import asyncio
import itertools
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

import orjson

from realtime import hints
from realtime.broker.broker import Publisher
from realtime.delivery.entry_hints import entry_hint, name_of
from realtime.protocol import channels, encoding
from realtime.tasks import Tasks
from storage.events.declaration import (
    BlockedByHint,
    DurableEvent,
    DurableHint,
    PollHint,
    PostChangeHint,
    PostCountsHint,
    SessionEndedHint,
    StreamChangeHint,
    TypingHint,
)
from storage.events.log import AppendedEvent
from storage.events.types import (
    BLOCKED_BY,
    SESSION_ENDED,
    STREAM_CHANGES,
    NotificationCreated,
    NotificationDeleted,
    PollUpdated,
    PostCounts,
    PostDeleted,
    PostUpdated,
    TypingChanged,
)
from storage.notifications import Notified
from storage.posts.feed_entries import FeedEntry
from storage.withdrawn_notifications import Withdrawn

ACTORS_AT_ONCE = 100  # that a hint names, each on a channel of its own


STREAM_CHANGE_NAMES = {event: name for name, event in STREAM_CHANGES.items()}


@dataclass(frozen=True, slots=True)
class Versions:
    """What a post has had before and after a change: hashtags in their one spelling."""

    hashtags: list[str]
    contents: list[str]


def _streams(hashtags: Iterable[str]) -> list[bytes]:
    """Return the channels of the streams that a post may be in, but for its author's."""
    return [channels.every_post(), *map(channels.tag, dict.fromkeys(hashtags))]


class Notifier:
    """Publishes hints, after the commit and without waiting. Nothing that it does may fail.

    forget_sessions(user_id) is called when sessions of a user end, so that whoever trusts them in
    this process asks again.
    """

    def __init__(
        self,
        broker: Publisher,
        tasks: Tasks,
        forget_sessions: Callable[[int], None] | None = None,
    ) -> None:
        self._broker = broker
        self._tasks = tasks
        self._forget_sessions = forget_sessions
        # Numbers that no two hints of any instance share within the time that one is remembered.
        self._hint_ids = itertools.count(1 + secrets.randbits(62))

    def to_users(
        self, event: DurableEvent, actor_id: int, numbers: Iterable[tuple[int, int]], at: datetime
    ) -> None:
        """Notify several users of one event, each as (user id, seq)."""
        tail = encoding.encode_tail(at, event)
        for user_id, seq in numbers:
            payload = hints.encode(event.name, DurableHint(seq, actor_id, tail))
            self._broker.publish(channels.user(user_id), payload)

    def appended(
        self, event: DurableEvent, actor_id: int, appended: Iterable[AppendedEvent]
    ) -> None:
        """Notify each user of an event by its place in that user's log."""
        for at, logged in itertools.groupby(appended, key=attrgetter("at")):
            self.to_users(event, actor_id, ((one.user_id, one.seq) for one in logged), at)

    def notifications_created(self, stored: Iterable[Notified]) -> None:
        """Notify users of notifications that have just been stored for them."""
        for new in stored:
            event = NotificationCreated(new.notification, new.logged.unread_notifications)
            self.appended(event, new.notification.actor.id, [new.logged])

    def notifications_withdrawn(self, withdrawn: Iterable[Withdrawn]) -> None:
        """Notify users of notifications of theirs that have just been removed."""
        for gone in withdrawn:
            event = NotificationDeleted(gone.ids, gone.logged.unread_notifications)
            self.appended(event, gone.logged.user_id, [gone.logged])

    def entered(self, entry: FeedEntry) -> None:
        """Notify those who listen to its actor of a new feed entry."""
        post, hint = entry.post, entry_hint(entry)
        payload = hints.encode(name_of(hint), hint)
        self._broker.publish(channels.author(entry.actor_id), payload)
        if post.retweeted_by is None:
            for channel in _streams(post.hashtags):
                self._broker.publish(channel, payload)

    def post_changed(
        self,
        event: PostUpdated | PostDeleted,
        post_id: int,
        author_id: int,
        actor_ids: Iterable[int],
        versions: Versions,
    ) -> None:
        """Notify those who watch a post, and those who listen to any in whose entries it is.

        Where those are many, several hints with a part of them each follow one another. Streams
        that have, or had, the post are told by its versions.
        """
        actors = sorted(set(actor_ids))
        tail = encoding.encode_tail(encoding.now(), event)
        hint_id = next(self._hint_ids)
        self._publish_to_streams(
            event.name,
            hint_id if len(actors) <= ACTORS_AT_ONCE else -hint_id,
            post_id,
            author_id,
            tail,
            versions,
        )
        if len(actors) <= ACTORS_AT_ONCE:
            hint = PostChangeHint(hint_id, post_id, author_id, tuple(actors), tail)
            self._publish_change(event.name, hint, watchers=True)
        else:
            self._tasks.start(
                self._publish_parts(
                    event.name, PostChangeHint(-hint_id, post_id, author_id, (), tail), actors
                )
            )

    def _publish_to_streams(
        self,
        event: str,
        hint_id: int,
        post_id: int,
        author_id: int,
        tail: bytes,
        versions: Versions,
    ) -> None:
        about = orjson.dumps(versions) + b"\n" + tail
        hint = StreamChangeHint(hint_id, post_id, author_id, about)
        payload = hints.encode(STREAM_CHANGE_NAMES[event], hint)
        for channel in (*_streams(versions.hashtags), channels.changes_of(author_id)):
            self._broker.publish(channel, payload)

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

    def poll_changed(self, post_id: int) -> None:
        """Notify those who watch a post that its poll is to be looked up."""
        self._broker.publish(channels.post(post_id), hints.encode(PollUpdated.name, PollHint()))

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
        if self._forget_sessions is not None:
            self._forget_sessions(user_id)
        payload = hints.encode(SESSION_ENDED, SessionEndedHint(session_id))
        self._broker.publish(channels.user(user_id), payload)

    def other_sessions_ended(self, user_id: int, kept_id: int) -> None:
        """Have all clients of a user closed but those of one session, wherever they are."""
        self.session_ended(user_id, -kept_id)

    def all_sessions_ended(self, user_id: int) -> None:
        """Have all clients of a user closed, wherever they are."""
        self.session_ended(user_id, 0)
