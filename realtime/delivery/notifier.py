"""Rings for events that have been committed: once for each who must hear, whether or not anybody
does.

A ring may get lost. What it rang for is in PostgreSQL, and found there
(realtime/delivery/reconciler.py).
"""

import itertools
import secrets
from collections.abc import Iterable
from datetime import datetime

from realtime.broker.broker import Broker
from realtime.protocol import encoding
from storage.events.types import (
    Durable,
    PostCounts,
    PostCreated,
    PostDeleted,
    PostUpdated,
    TypingChanged,
)
from storage.posts.feed import FeedEntry as Entry


class Notifier:
    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        # Numbers that no two rings of any instance share within the time that one is remembered.
        self._rings = itertools.count(secrets.randbits(62))

    def to_user(self, event: Durable, actor_id: int, user_id: int, seq: int, at: datetime) -> None:
        self.to_users(event, actor_id, [(user_id, seq)], at)

    def to_users(
        self, event: Durable, actor_id: int, numbers: Iterable[tuple[int, int]], at: datetime
    ) -> None:
        """One event to several users, each with its (user id, seq)."""
        tail = encoding.encode_tail(at, event)
        for user_id, seq in numbers:
            payload = encoding.doorbell(event.name, seq, actor_id, tail=tail)
            self._broker.publish(encoding.user_channel(user_id), payload)

    def entered(self, entry: Entry) -> None:
        """A new feed entry, to who listens to its actor."""
        tail = encoding.encode_tail(entry.post.created_at, PostCreated(entry.post))
        payload = encoding.doorbell(
            PostCreated.name,
            entry.entry_id,
            entry.xid,
            entry.actor_id,
            entry.post.author.id,
            tail=tail,
        )
        self._broker.publish(encoding.author_channel(entry.actor_id), payload)

    def post_changed(
        self,
        event: PostUpdated | PostDeleted,
        post_id: int,
        author_id: int,
        actor_ids: Iterable[int],
    ) -> None:
        """To who watches the post, or listens to any of those in whose feed entries it is."""
        actors = sorted(set(actor_ids))
        payload = encoding.doorbell(
            event.name,
            next(self._rings),
            post_id,
            author_id,
            len(actors),
            *actors,
            tail=encoding.encode_tail(encoding.now(), event),
        )
        for channel in (encoding.post_channel(post_id), *map(encoding.author_channel, actors)):
            self._broker.publish(channel, payload)

    def counts_changed(self, post_id: int) -> None:
        """To who watches the post, who will look the counts up."""
        self._broker.publish(
            encoding.post_channel(post_id), encoding.doorbell(PostCounts.name, tail=b"")
        )

    def typing(
        self, conversation_id: int, typist_id: int, user_ids: Iterable[int], *, active: bool
    ) -> None:
        payload = encoding.doorbell(
            TypingChanged.name, conversation_id, typist_id, active, tail=b""
        )
        for user_id in user_ids:
            self._broker.publish(encoding.user_channel(user_id), payload)

    def blocked(self, user_id: int, other_id: int, *, apart: bool) -> None:
        """user_id has blocked the other, or no longer does: who is not told, only kept away."""
        payload = encoding.doorbell("blocked_by", user_id, apart, tail=b"")
        self._broker.publish(encoding.user_channel(other_id), payload)

    def all_sessions_ended(self, user_id: int) -> None:
        payload = encoding.doorbell("session.ended", 0, tail=b"")
        self._broker.publish(encoding.user_channel(user_id), payload)

    def session_ended(self, user_id: int, session_id: int) -> None:
        payload = encoding.doorbell("session.ended", session_id, tail=b"")
        self._broker.publish(encoding.user_channel(user_id), payload)
