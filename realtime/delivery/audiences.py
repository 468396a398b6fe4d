"""Whom each connected user listens to, and so which authors' channels this instance needs."""

from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass

from realtime.broker.broker import Broker
from realtime.delivery.user_stream import UserStream
from realtime.protocol import channels
from storage.records import Relationship
from storage.social.relationships import RelationshipSets

NOBODY: Set[UserStream] = frozenset()


@dataclass(slots=True)
class Subscriptions:
    """Of one user. `followed` includes the user, and nobody whom a block or mute hides.

    `version` is that which the sets had in the database (RelationshipSets), None when a hint or the
    log has changed them since.
    """

    stream: UserStream
    followed: set[int]
    blocked: set[int]
    blocked_by: set[int]
    muted: set[int]
    version: int | None

    def apart(self, other_id: int) -> bool:
        """Tell whether a block, of either of the two, hides the other from the user."""
        return other_id in self.blocked or other_id in self.blocked_by

    def sees(self, author_id: int) -> bool:
        """Tell whether no block and no mute hides the author from the user."""
        return not (self.apart(author_id) or author_id in self.muted)


class AudienceIndex:
    """From an author to the local users who listen, kept as relationships change.

    `on_apart` is called with a local user's stream, another user, and whether a block keeps the two
    apart, in the moment in which that changes. `unsettled` are users whose sets have changed here
    since the reconciler compared them with what is stored; it takes them out.
    """

    def __init__(self, broker: Broker) -> None:
        self.on_apart: Callable[[UserStream, int, bool], None] = lambda *_: None
        self.unsettled: set[int] = set()
        self._broker = broker
        self._subscriptions: dict[int, Subscriptions] = {}
        self._audiences: dict[int, set[UserStream]] = {}  # author -> the users who listen

    def knows(self, user_id: int) -> bool:
        """Tell whether the user's relationships have been set."""
        return user_id in self._subscriptions

    def replace(self, stream: UserStream, sets: RelationshipSets) -> None:
        """Listen to those whom the user follows and to the user, and to nobody else any more."""
        user_id = stream.user_id
        self.unsettled.add(user_id)  # they were read a moment ago
        former = self._subscriptions.get(user_id)
        own = Subscriptions(
            stream,
            set(),
            set(sets.blocked),
            set(sets.blocked_by),
            set(sets.muted),
            sets.version,
        )
        own.followed = {id for id in (user_id, *sets.followed) if own.sees(id)}
        self._subscriptions[user_id] = own
        before = former.followed if former else set()
        for author_id in own.followed - before:
            self._subscribe(stream, author_id)
        for author_id in before - own.followed:
            self._unsubscribe(stream, author_id)
        apart_before = former.blocked | former.blocked_by if former else set()
        for other_id in apart_before ^ (own.blocked | own.blocked_by):
            self.on_apart(stream, other_id, own.apart(other_id))

    def followed(self, user_id: int) -> frozenset[int]:
        """Return those to whom a local user listens, as far as is known."""
        own = self._subscriptions.get(user_id)
        return frozenset(own.followed) if own else frozenset()

    def remove(self, user_id: int) -> None:
        """Listen to nobody for this user any more."""
        own = self._subscriptions.pop(user_id, None)
        if own is not None:
            for author_id in own.followed:
                self._unsubscribe(own.stream, author_id)

    def is_blocked(self, user_id: int, actor_id: int) -> bool:
        """Tell whether the user has blocked the actor."""
        own = self._subscriptions.get(user_id)
        return own is not None and actor_id in own.blocked

    def apart(self, user_id: int, other_id: int) -> bool:
        """Tell whether a block keeps a local user and another apart, as far as is known."""
        own = self._subscriptions.get(user_id)
        return own is not None and own.apart(other_id)

    def shows(self, user_id: int, author_id: int, *, muted: bool) -> bool:
        """Tell whether a local user may be sent posts of an author; `muted`: also of the muted.

        Nobody's before it is known whom the user blocks.
        """
        own = self._subscriptions.get(user_id)
        return own is not None and not (
            own.apart(author_id) or (not muted and author_id in own.muted)
        )

    def hidden_as(self, user_id: int, author_id: int) -> str | None:
        """Return why a local user is not shown a quoted author, as Quoted.state; None: it is shown.

        Nobody is shown before it is known whom the user blocks.
        """
        own = self._subscriptions.get(user_id)
        if own is None or author_id in own.blocked_by:
            return "unauthorized"
        if author_id in own.blocked:
            return "blocked_account"
        return "muted_account" if author_id in own.muted else None

    def versions(self, user_ids: Iterable[int]) -> dict[int, int | None]:
        """Return the version of each of these users' sets, where these are known."""
        known = self._subscriptions
        return {user_id: known[user_id].version for user_id in user_ids if user_id in known}

    def hide_at_once(self, user_id: int, relationship: Relationship) -> None:
        """Apply a block when its hint comes, ahead of events that wait for their turn."""
        own = self._subscriptions.get(user_id)
        if own is not None and relationship.blocked:
            self._set_apart(own, own.blocked, relationship.user_id, True)

    def set_blocked_by(self, user_id: int, other_id: int, *, blocked: bool) -> None:
        """Note that the other has blocked the user, or no longer does."""
        own = self._subscriptions.get(user_id)
        if own is not None:
            self._set_apart(own, own.blocked_by, other_id, blocked)

    def _set_apart(
        self, own: Subscriptions, blocks: set[int], other_id: int, blocked: bool
    ) -> None:
        own.version = None
        self.unsettled.add(own.stream.user_id)
        before = own.apart(other_id)
        _put(blocks, other_id, blocked)
        apart = own.apart(other_id)
        if apart:
            self._unfollow(own, other_id)
        if apart != before:
            self.on_apart(own.stream, other_id, apart)

    def change(self, user_id: int, relationship: Relationship) -> None:
        """Apply what a user's `relationship.changed` says."""
        own = self._subscriptions.get(user_id)
        if own is None:
            return
        other_id = relationship.user_id
        self._set_apart(own, own.blocked, other_id, relationship.blocked)
        _put(own.muted, other_id, relationship.muted)
        wanted = relationship.is_following and own.sees(other_id)
        if wanted and other_id not in own.followed:
            own.followed.add(other_id)
            self._subscribe(own.stream, other_id)
        elif not wanted:
            self._unfollow(own, other_id)

    def of(self, actor_ids: Sequence[int], author_id: int) -> Set[UserStream]:
        """Return the local users who see what these actors do with a post of this author."""
        if len(actor_ids) == 1 and actor_ids[0] == author_id:
            return self._audiences.get(author_id, NOBODY)  # who listens to it sees it
        found: set[UserStream] = set()
        for actor_id in actor_ids:
            found |= self._audiences.get(actor_id, NOBODY)
        return {stream for stream in found if self._subscriptions[stream.user_id].sees(author_id)}

    def authors(self) -> list[int]:
        """Return those whom anybody here listens to."""
        return list(self._audiences)

    def _unfollow(self, own: Subscriptions, author_id: int) -> None:
        if author_id in own.followed:
            own.followed.remove(author_id)
            self._unsubscribe(own.stream, author_id)

    def _subscribe(self, stream: UserStream, author_id: int) -> None:
        audience = self._audiences.setdefault(author_id, set())
        if not audience:
            self._broker.subscribe(channels.author(author_id))
        audience.add(stream)

    def _unsubscribe(self, stream: UserStream, author_id: int) -> None:
        audience = self._audiences[author_id]
        audience.discard(stream)
        if not audience:
            del self._audiences[author_id]
            self._broker.unsubscribe(channels.author(author_id))


def _put(members: set[int], member: int, inside: bool) -> None:
    (members.add if inside else members.discard)(member)
