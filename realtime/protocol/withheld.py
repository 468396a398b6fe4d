"""What a client is not sent, as its token is not for it: its events are taken out by their names.

One with a number leaves a tombstone, which keeps its number and its offset; others leave nothing.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache

from realtime.protocol import frames

Write = Callable[[bytes], None]

EVENT = b'42["'
UNNUMBERED = b'{"seq":null,'
DATA = b',"data":'


def withholding(write: Write, withheld: Mapping[bytes, bytes], tombstone: bytes) -> Write:
    """Return a function that writes frames, but not those of some events.

    Args:
        write: Writes a frame.
        withheld: The names of these events, each with what is in those that are not to be seen:
            b"" in all of them.
        tombstone: The name of the event that stands for one of these which has a number.
    """

    def write_seen(frame: bytes) -> None:
        packet = frames.payload(frame)
        if packet.startswith(EVENT):
            name, _, rest = packet[len(EVENT) :].partition(b'",')
            mark = withheld.get(name)
            if mark is not None and mark in rest:
                if not rest.startswith(UNNUMBERED):
                    write(_buried(frame, tombstone))
                return
        write(frame)

    return write_seen


@lru_cache(maxsize=64)  # a user's clients come one right after another
def _buried(frame: bytes, tombstone: bytes) -> bytes:
    """Return the frame of a tombstone in place of an event's: with its number, time and offset."""
    rest = frames.payload(frame)[len(EVENT) :].partition(b'",')[2]
    head = rest[: rest.index(DATA)]  # number and time have no such characters
    offset = rest[rest.rindex(b'},"') + 1 :] if rest.endswith(b'"]') else b"]"
    return frames.text(b'%b%b",%b%bnull}%b' % (EVENT, tombstone, head, DATA, offset))
