"""WebSocket frames as a server writes them: whole and unmasked (RFC 6455, section 5.2).

An event is framed once, whatever the number of its recipients, and compressed once, if at all.
"""

import struct
import zlib
from functools import lru_cache

TEXT, BINARY, CLOSE, PING, PONG = 0x81, 0x82, 0x88, 0x89, 0x8A  # opcodes, with FIN
DEFLATED = 0x40  # RSV1: compressed (RFC 7692)
DEFLATED_BYTES_MIN = 256  # less gains nothing

_SHORT = [bytes((TEXT, size)) for size in range(126)]
_HEADER_BYTES = {126: 4, 127: 10}  # by the length field; any other stands for itself


def text(payload: bytes) -> bytes:
    """Return a text message; the payload is UTF-8."""
    size = len(payload)
    return _SHORT[size] + payload if size < 126 else _frame(TEXT, payload)


def binary(payload: bytes) -> bytes:
    """Return a binary message."""
    return _frame(BINARY, payload)


def _frame(kind: int, payload: bytes) -> bytes:
    size = len(payload)
    if size < 126:
        return bytes((kind, size)) + payload
    if size < 2**16:
        return struct.pack("!BBH", kind, 126, size) + payload
    return struct.pack("!BBQ", kind, 127, size) + payload


@lru_cache(maxsize=256)  # an event's recipients come one right after another
def deflated(frame: bytes) -> bytes:
    """Return the same text message for permessage-deflate without context takeover (RFC 7692)."""
    if len(frame) < DEFLATED_BYTES_MIN or frame[0] != TEXT:
        return frame
    deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    body = deflate.compress(payload(frame)) + deflate.flush(zlib.Z_SYNC_FLUSH)
    return _frame(TEXT | DEFLATED, body.removesuffix(b"\x00\x00\xff\xff"))


def control(opcode: int, payload: bytes) -> bytes:
    """Return a CLOSE, PING or PONG frame; the payload is at most 125 bytes."""
    return bytes((opcode, len(payload))) + payload


def payload(frame: bytes) -> bytes:
    """Return the payload of a frame of `text`."""
    return frame[_HEADER_BYTES.get(frame[1], 2) :]
