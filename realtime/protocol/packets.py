"""Socket.IO packets, as strict as our clients allow."""

from typing import Any

import orjson
from socketio.packet import ACK, BINARY_ACK, BINARY_EVENT, CONNECT, DISCONNECT, EVENT, Packet

# The names of the library's own events, by which a client could pretend to have (dis)connected.
RESERVED = {
    "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener",
}  # fmt: skip

BINARY = frozenset({BINARY_EVENT, BINARY_ACK})

ID_DIGITS_MAX = 18  # clients count from 0


class BadPacket(ValueError):
    """A packet that no Socket.IO client of ours sends: its connection is aborted."""


class Json:
    """orjson under the names that the library calls.

    It takes no NaN, and no depth that ends in a RecursionError.
    """

    @staticmethod
    def dumps(value: Any, **_: Any) -> str:
        """Return a value as JSON."""
        return orjson.dumps(value, option=orjson.OPT_UTC_Z).decode()

    @staticmethod
    def loads(text: str | bytes, **_: Any) -> Any:
        """Return what the JSON says. Raises orjson.JSONDecodeError, a ValueError."""
        return orjson.loads(text)


class StrictPacket(Packet):  # type: ignore[misc]
    """A packet that refuses what no client of ours has to send.

    That is: binary packets, which could grow without end while unfinished, and events that are
    malformed or named like the library's own.
    """

    uses_binary_events = False
    json = Json
    from_clients = frozenset({CONNECT, DISCONNECT, EVENT, ACK})
    attachments_max = 0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if not kwargs.get("encoded_packet", "..."):  # the library takes it for a nameless event
            raise BadPacket("empty")
        super().__init__(*args, **kwargs)

    def decode(self, encoded_packet: Any) -> int:
        """Read a packet; return the number of its attachments. Raises BadPacket."""
        if not isinstance(encoded_packet, str):
            raise BadPacket("binary")
        try:
            attachments: int = super().decode(encoded_packet)
        except ValueError as error:
            raise BadPacket(str(error)) from error
        if self.packet_type not in self.from_clients or attachments > self.attachments_max:
            raise BadPacket(f"type {self.packet_type}")
        if bool(attachments) != (self.packet_type in BINARY):
            raise BadPacket("attachments")
        if self.packet_type in (EVENT, BINARY_EVENT) and not _is_event(self.data):
            raise BadPacket("not an event")
        if self.packet_type == CONNECT and not isinstance(self.data, dict | None):
            raise BadPacket("auth is not an object")
        return attachments


class BinaryPacket(StrictPacket):
    """A packet that may have a few binary attachments, for namespaces that take them."""

    uses_binary_events = True
    from_clients = StrictPacket.from_clients | BINARY
    attachments_max = 16

    def add_attachment(self, attachment: Any) -> bool:
        """Add one; return whether it was the last. Raises BadPacket."""
        if not isinstance(attachment, bytes):
            raise BadPacket("text where an attachment is due")
        try:
            return bool(super().add_attachment(attachment))
        except (ValueError, TypeError, IndexError, RecursionError) as error:
            raise BadPacket("a placeholder of no attachment") from error


def read_event(packet: bytes) -> tuple[int | None, str, list[Any]] | None:
    """Return (id, name, arguments) of an EVENT of the default namespace, as nearly all packets are.

    The packet is text, not yet known to be UTF-8: orjson sees to that.

    None for any other packet, and for whatever is not as simple, which is left to StrictPacket.

    Raises:
        BadPacket: it is no event of a client.
        orjson.JSONDecodeError: it is no JSON.
    """
    if not packet.startswith(b"2"):
        return None
    start = packet.find(b"[", 1, ID_DIGITS_MAX + 2)
    id = packet[1:start]
    if start < 0 or (id and not id.isdigit()):
        return None
    data = orjson.loads(packet[start:])
    if not _is_event(data):
        raise BadPacket("not an event")
    return int(id) if id else None, data[0], data[1:]


def _is_event(data: Any) -> bool:
    return (
        isinstance(data, list)
        and bool(data)
        and isinstance(data[0], str)
        and data[0] not in RESERVED
    )
