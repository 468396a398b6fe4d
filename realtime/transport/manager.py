"""Which connections are in the default namespace, each found at once.

python-socketio's own manager looks through all rooms when a client goes (0.9 ms among 5,000), and
keeps a room for each. There are no rooms here: who receives what is the business of
realtime.delivery.hub. Other namespaces are left to the library; the chat has none.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, cast

import socketio

from realtime.protocol.packets import BadPacket

NAMESPACE = "/"


class Manager(socketio.AsyncManager):  # type: ignore[misc]
    """The clients, those of the default namespace by sid (their id in it) and the connection's.

    `on_connected` is called with both when the CONNECT packet of a client is on its way: from then
    on it can be sent events.
    """

    def __init__(self, on_connected: Callable[[str, str], None]) -> None:
        super().__init__()
        self._on_connected = on_connected
        self.eio_sids: dict[str, str] = {}  # by sid
        self.sids: dict[str, str] = {}  # by eio_sid
        self.in_transition: set[str] = set()  # sids that are connecting, or disconnecting

    @property
    def entries(self) -> int:
        """How many entries of clients are kept, in all tables: none when none is connected."""
        return len(self.eio_sids) + len(self.sids) + len(self.in_transition) + len(self.rooms)

    def others(self, eio_sid: str) -> list[str]:
        """Return the namespaces beside the default one that a connection is in."""
        return [name for name in self.rooms if self.sid_from_eio_sid(eio_sid, name)]

    def is_member(self, eio_sid: str) -> bool:
        """Return whether a connection is in any namespace."""
        return eio_sid in self.sids or bool(self.rooms and self.others(eio_sid))

    async def pre_connect(self, eio_sid: str, namespace: str) -> str:
        """Return a sid for a connection. Raises BadPacket when it has one."""
        if namespace != NAMESPACE:
            other: str | None = await super().pre_connect(eio_sid, namespace)
            if other is None:
                raise BadPacket("connected already")
            return other
        if eio_sid in self.sids:
            raise BadPacket("connected already")
        sid: str = self.server.eio.generate_id()
        self.sids[eio_sid] = sid
        self.eio_sids[sid] = eio_sid
        self.in_transition.add(sid)
        return sid

    async def connect(self, sid: str, namespace: str) -> str:
        """Complete what `pre_connect` began: the client has been let in."""
        if namespace != NAMESPACE:
            return str(await super().connect(sid, namespace))
        self.in_transition.discard(sid)
        eio_sid = self.eio_sids.get(sid)
        if eio_sid is not None:  # else it went while its token was looked at
            self._on_connected(sid, eio_sid)
        return sid

    def pre_disconnect(self, sid: str, namespace: str) -> str | None:
        """Begin to disconnect a client; return its eio_sid."""
        if namespace != NAMESPACE:
            return cast(str | None, super().pre_disconnect(sid, namespace))
        self.in_transition.add(sid)
        return self.eio_sids.get(sid)

    def basic_disconnect(self, sid: str, namespace: str, **kwargs: Any) -> None:
        """Forget a client."""
        if namespace != NAMESPACE:
            super().basic_disconnect(sid, namespace, **kwargs)
            return
        self.in_transition.discard(sid)
        eio_sid = self.eio_sids.pop(sid, None)
        if eio_sid is not None:
            del self.sids[eio_sid]

    def is_connected(self, sid: str, namespace: str) -> bool:
        """Return whether the client has been let in and has not gone."""
        if namespace != NAMESPACE:
            return bool(super().is_connected(sid, namespace))
        return sid in self.eio_sids and sid not in self.in_transition

    def sid_from_eio_sid(self, eio_sid: str, namespace: str) -> str | None:
        """Return the sid of a connection in a namespace."""
        if namespace != NAMESPACE:
            return cast(str | None, super().sid_from_eio_sid(eio_sid, namespace))
        return self.sids.get(eio_sid)

    def eio_sid_from_sid(self, sid: str, namespace: str) -> str | None:
        """Return the connection of a sid."""
        if namespace != NAMESPACE:
            return cast(str | None, super().eio_sid_from_sid(sid, namespace))
        return self.eio_sids.get(sid)

    def get_namespaces(self) -> Iterable[str]:
        """Return the namespaces that somebody may be in."""
        return (NAMESPACE, *self.rooms)

    def get_participants(self, namespace: str, room: str | None) -> Iterator[tuple[str, str]]:
        """Yield (sid, eio_sid) of all clients, or of the one with this sid."""
        if namespace != NAMESPACE:
            yield from super().get_participants(namespace, room)
            return
        if room is None:
            yield from list(self.eio_sids.items())
        elif room in self.eio_sids:
            yield room, self.eio_sids[room]

    def basic_enter_room(
        self, sid: str, namespace: str, room: Any, eio_sid: str | None = None
    ) -> None:
        """Enter a room of another namespace; in the default one there are none."""
        if namespace == NAMESPACE:
            raise RuntimeError(
                "There are no rooms: what clients receive is realtime.delivery.hub's business."
            )
        super().basic_enter_room(sid, namespace, room, eio_sid=eio_sid)
