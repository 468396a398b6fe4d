"""What clients may listen to, and when they begin: streams, as operations ask for them."""

from collections.abc import Callable, Collection

from realtime.delivery.client_session import ClientSession
from realtime.delivery.hub import Hub
from realtime.delivery.places import Places
from realtime.delivery.stream_cursor import StreamCursor
from realtime.delivery.stream_listeners import NO_USER
from storage.events.session import StreamSubscribed
from storage.posts.streams import StreamName

STREAMS_MAX = 20  # that one connection listens to
STREAMS_OF_USER_MAX = 100  # of all connections of a user to this instance


class StreamHost:
    """Has the clients of an instance listen to streams."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._arriving = Places()  # by user: streams of clients that are not there yet

    def has_room(self, session: ClientSession, name: StreamName) -> bool:
        """Tell whether the client may listen to this stream besides those that it listens to."""
        if name in session.streams or name in session.wanted:
            return True
        if not self.takes([name]):
            return False
        return _count(session) < STREAMS_MAX and self._room(session.user_id) > 0

    def _room(self, user_id: int) -> int:
        """Return to how many more streams all clients of a user together may listen."""
        user = self._hub.streams.get(user_id)
        taken = sum(map(_count, user.sessions if user else ()))
        return STREAMS_OF_USER_MAX - taken - self._arriving.held(user_id)

    def reserve(self, user_id: int, names: Collection[StreamName]) -> Callable[[], None] | None:
        """Keep room for a client that is to listen to these, but is not there yet.

        Returns:
            What gives it back; None where there is no room.
        """
        if self._room(user_id) < len(names) or not self.takes(names):
            return None
        return self._arriving.hold([user_id] * len(names))

    def takes(self, names: Collection[StreamName]) -> bool:
        """Tell whether this instance has room for these, whoever listens."""
        return self._hub.post_streams.has_room(names)

    async def subscribe(
        self, session: ClientSession, name: StreamName, cursor: StreamCursor | None
    ) -> StreamSubscribed:
        """Send a client what it has missed of a stream since its cursor, then what comes.

        Raises:
            Unavailable: PostgreSQL does not answer; the client does not listen.
            TooManySearches: It does not listen either.
        """
        session.wanted.add(name)
        try:
            await session.begun()
            user = self._hub.streams.get(session.user_id)
            if session.user_id != NO_USER and user is not None:
                await self._hub.subscribe_to_authors(user)  # and know whom the user blocks
            return await self._hub.post_streams.subscribe(session, name, cursor)
        finally:
            session.wanted.discard(name)

    def unsubscribe(self, session: ClientSession, name: StreamName) -> None:
        """End a client's listening; nothing where it does not listen."""
        self._hub.post_streams.unsubscribe(session, name)

    def unsubscribe_all(self, session: ClientSession) -> None:
        """End all listening of a client that has gone and was none of a user's."""
        self._hub.post_streams.unsubscribe_all(session)


def _count(session: ClientSession) -> int:
    return len(session.streams.keys() | session.wanted)
