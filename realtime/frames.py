"""WebSocket frames as a server writes them: whole, unmasked, uncompressed (RFC 6455, section 5.2).

An event is framed once, whatever the number of its recipients.
"""

import struct

TEXT, CLOSE, PONG = 0x81, 0x88, 0x8A  # with the bit that says: the only frame of its message

_SHORT = [bytes((TEXT, size)) for size in range(126)]
_HEADER_BYTES = {126: 4, 127: 10}  # by the length field; any other stands for itself


def text(payload: bytes) -> bytes:
    """A text message; the payload is UTF-8."""
    size = len(payload)
    if size < 126:
        return _SHORT[size] + payload
    if size < 2**16:
        return struct.pack("!BBH", TEXT, 126, size) + payload
    return struct.pack("!BBQ", TEXT, 127, size) + payload


def control(opcode: int, payload: bytes) -> bytes:
    """A CLOSE or PONG; the payload is at most 125 bytes."""
    return bytes((opcode, len(payload))) + payload


def payload(frame: bytes) -> bytes:
    """What `text` framed."""
    return frame[_HEADER_BYTES.get(frame[1], 2) :]
