"""Whom each connected user listens to, and so which authors' channels this instance needs."""

from collections.abc import Sequence, Set
from dataclasses import dataclass

from realtime.broker.broker import Broker
from realtime.delivery.user_stream import UserStream
from realtime.protocol import encoding
from storage.social.relationships import Relationship, RelationshipSets

NOBODY: Set[UserStream] = frozenset()


@dataclass(slots=True)
class Subscriptions:
    """followed are those listened to, the user included; none of the hidden is among them."""

    line: UserStream
    followed: set[int]
    blocked: set[int]
    blocked_by: set[int]
    muted: set[int]

    def sees(self, author_id: int) -> bool:
        return not (
            author_id in self.blocked or author_id in self.muted or author_id in self.blocked_by
        )


class AudienceIndex:
    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._listeners: dict[int, Subscriptions] = {}
        self._audiences: dict[int, set[UserStream]] = {}  # author -> those of the users who listen

    def knows(self, user_id: int) -> bool:
        return user_id in self._listeners

    def learn(self, line: UserStream, circle: RelationshipSets) -> None:
        """Listen to those whom the user follows and to the user, and to nobody else any more."""
        user_id = line.user_id
        former = self._listeners.get(user_id)
        listener = Subscriptions(
            line, set(), set(circle.blocked), set(circle.blocked_by), set(circle.muted)
        )
        listener.followed = {id for id in (user_id, *circle.followed) if listener.sees(id)}
        self._listeners[user_id] = listener
        before = former.followed if former else set()
        for author_id in listener.followed - before:
            self._listen(line, author_id)
        for author_id in before - listener.followed:
            self._stop_listening(line, author_id)

    def forget(self, user_id: int) -> None:
        listener = self._listeners.pop(user_id, None)
        if listener is not None:
            for author_id in listener.followed:
                self._stop_listening(listener.line, author_id)

    def is_blocked(self, user_id: int, actor_id: int) -> bool:
        listener = self._listeners.get(user_id)
        return listener is not None and actor_id in listener.blocked

    def hide_at_once(self, user_id: int, relationship: Relationship) -> None:
        """A block counts from when it is heard of, ahead of events that wait for their turn."""
        listener = self._listeners.get(user_id)
        if listener is not None and relationship.blocked:
            listener.blocked.add(relationship.user_id)
            self._leave(listener, relationship.user_id)

    def sees(self, user_id: int, author_id: int) -> bool:
        listener = self._listeners.get(user_id)
        return listener is None or listener.sees(author_id)

    def keep_apart(self, user_id: int, other_id: int, *, apart: bool) -> None:
        """The other has blocked the user, or no longer does."""
        listener = self._listeners.get(user_id)
        if listener is not None:
            _put(listener.blocked_by, other_id, apart)
            if apart:
                self._leave(listener, other_id)

    def change(self, user_id: int, relationship: Relationship) -> None:
        """Follow what a user's `relationship.changed` says."""
        listener = self._listeners.get(user_id)
        if listener is None:
            return
        other_id = relationship.user_id
        _put(listener.blocked, other_id, relationship.blocked)
        _put(listener.muted, other_id, relationship.muted)
        wanted = relationship.is_following and listener.sees(other_id)
        if wanted and other_id not in listener.followed:
            listener.followed.add(other_id)
            self._listen(listener.line, other_id)
        elif not wanted:
            self._leave(listener, other_id)

    def audience(self, actor_ids: Sequence[int], author_id: int) -> Set[UserStream]:
        """The local users who see what these actors do with a post of this author."""
        if list(actor_ids) == [author_id]:
            return self._audiences.get(author_id, NOBODY)  # who listens to it sees it
        found: set[UserStream] = set()
        for actor_id in actor_ids:
            found |= self._audiences.get(actor_id, NOBODY)
        return {line for line in found if self._listeners[line.user_id].sees(author_id)}

    def authors(self) -> list[int]:
        return list(self._audiences)

    def _listen(self, line: UserStream, author_id: int) -> None:
        audience = self._audiences.setdefault(author_id, set())
        if not audience:
            self._broker.subscribe(encoding.author_channel(author_id))
        audience.add(line)

    def _leave(self, listener: Subscriptions, author_id: int) -> None:
        if author_id in listener.followed:
            listener.followed.remove(author_id)
            self._stop_listening(listener.line, author_id)

    def _stop_listening(self, line: UserStream, author_id: int) -> None:
        audience = self._audiences[author_id]
        audience.discard(line)
        if not audience:
            del self._audiences[author_id]
            self._broker.unsubscribe(encoding.author_channel(author_id))


def _put(members: set[int], member: int, inside: bool) -> None:
    (members.add if inside else members.discard)(member)
