"""Whom each connected user listens to, and so which authors' channels this instance needs."""

from collections.abc import Sequence, Set
from dataclasses import dataclass

from realtime import wire
from realtime.bus import Bus
from storage.relations import Circle, Relationship

NOBODY: Set[int] = frozenset()


@dataclass(slots=True)
class _Listener:
    """followed are those listened to, the user included; none of the hidden is among them."""

    followed: set[int]
    blocked: set[int]
    blocked_by: set[int]
    muted: set[int]

    def sees(self, author_id: int) -> bool:
        return not (
            author_id in self.blocked or author_id in self.muted or author_id in self.blocked_by
        )


class Interest:
    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._listeners: dict[int, _Listener] = {}
        self._audiences: dict[int, set[int]] = {}  # author -> the local users who listen

    def knows(self, user_id: int) -> bool:
        return user_id in self._listeners

    def learn(self, user_id: int, circle: Circle) -> None:
        """Listen to those whom the user follows and to the user, and to nobody else any more."""
        former = self._listeners.get(user_id)
        listener = _Listener(set(), set(circle.blocked), set(circle.blocked_by), set(circle.muted))
        listener.followed = {id for id in (user_id, *circle.followed) if listener.sees(id)}
        self._listeners[user_id] = listener
        before = former.followed if former else set()
        for author_id in listener.followed - before:
            self._listen(user_id, author_id)
        for author_id in before - listener.followed:
            self._stop_listening(user_id, author_id)

    def forget(self, user_id: int) -> None:
        listener = self._listeners.pop(user_id, None)
        for author_id in listener.followed if listener else ():
            self._stop_listening(user_id, author_id)

    def is_blocked(self, user_id: int, actor_id: int) -> bool:
        listener = self._listeners.get(user_id)
        return listener is not None and actor_id in listener.blocked

    def hide_at_once(self, user_id: int, relationship: Relationship) -> None:
        """A block counts from when it is heard of, ahead of events that wait for their turn."""
        listener = self._listeners.get(user_id)
        if listener is not None and relationship.blocked:
            listener.blocked.add(relationship.user_id)
            self._leave(user_id, listener, relationship.user_id)

    def sees(self, user_id: int, author_id: int) -> bool:
        listener = self._listeners.get(user_id)
        return listener is None or listener.sees(author_id)

    def keep_apart(self, user_id: int, other_id: int, *, apart: bool) -> None:
        """The other has blocked the user, or no longer does."""
        listener = self._listeners.get(user_id)
        if listener is not None:
            _put(listener.blocked_by, other_id, apart)
            if apart:
                self._leave(user_id, listener, other_id)

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
            self._listen(user_id, other_id)
        elif not wanted:
            self._leave(user_id, listener, other_id)

    def audience(self, actor_ids: Sequence[int], author_id: int) -> Set[int]:
        """The local users who see what these actors do with a post of this author."""
        if list(actor_ids) == [author_id]:
            return self._audiences.get(author_id, NOBODY)  # who listens to it sees it
        found: set[int] = set()
        for actor_id in actor_ids:
            found |= self._audiences.get(actor_id, NOBODY)
        return {id for id in found if self._listeners[id].sees(author_id)}

    def authors(self) -> list[int]:
        return list(self._audiences)

    def _listen(self, user_id: int, author_id: int) -> None:
        audience = self._audiences.setdefault(author_id, set())
        if not audience:
            self._bus.retain(wire.author_channel(author_id))
        audience.add(user_id)

    def _leave(self, user_id: int, listener: _Listener, author_id: int) -> None:
        if author_id in listener.followed:
            listener.followed.remove(author_id)
            self._stop_listening(user_id, author_id)

    def _stop_listening(self, user_id: int, author_id: int) -> None:
        audience = self._audiences[author_id]
        audience.discard(user_id)
        if not audience:
            del self._audiences[author_id]
            self._bus.release(wire.author_channel(author_id))


def _put(members: set[int], member: int, inside: bool) -> None:
    (members.add if inside else members.discard)(member)
