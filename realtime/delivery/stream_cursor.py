"""How far a listener has come in a stream, as one string that it gives back.

It is what the listener has been sent: all that a snapshot of PostgreSQL sees, and some entries by
their ids. So nothing of it is kept here, and any instance can go on from it.
"""

import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

RUNNING_MAX = 500  # transactions that a snapshot lists as running
SEEN_MAX = 64  # entries that a cursor names
# Of cursors of who has not been told yet that they cannot go on: nor can they by these.
NO_EPOCH = "00000000"

_XID = r"\d{1,18}"
_CURSOR = re.compile(
    rf"([0-9a-f]{{8}})\.({_XID})(?::({_XID}):((?:{_XID}(?:,{_XID})*)?))?((?:~[0-9a-f]{{1,15}})*)",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Which transactions one sees: all below `end` but those that were running."""

    begin: int
    end: int
    running: frozenset[int] = frozenset()

    @classmethod
    def below(cls, xid: int) -> "Snapshot":
        """Return the snapshot that sees all transactions below this one, and no other."""
        return cls(xid, xid)

    @classmethod
    def of(cls, text: str) -> "Snapshot":
        """Read a pg_snapshot as PostgreSQL writes it."""
        begin, end, running = text.split(":")
        return cls(int(begin), int(end), frozenset(map(int, filter(None, running.split(",")))))

    def __str__(self) -> str:
        return f"{self.begin}:{self.end}:{','.join(map(str, sorted(self.running)))}"

    def sees(self, xid: int) -> bool:
        """Tell whether what a transaction did is in it."""
        return xid < self.end and xid not in self.running

    def up_to(self, xid: int, later: "Snapshot") -> "Snapshot":
        """Return what one has seen who saw this one, then of a later one all up to a transaction.

        A transaction that is still running in the later one is seen by neither.
        """
        end = max(self.end, xid + 1)
        running = {one for one in self.running if one > xid}
        running |= {one for one in later.running if one <= xid and not self.sees(one)}
        return Snapshot(min(running, default=end), end, frozenset(running))


@dataclass(frozen=True, slots=True)
class StreamCursor:
    """All that a snapshot of an epoch sees, and these entries besides."""

    epoch: str
    snapshot: Snapshot
    seen: tuple[int, ...] = ()

    def __str__(self) -> str:
        snapshot = self.snapshot
        text = str(snapshot.begin) if snapshot.begin == snapshot.end else str(snapshot)
        return f"{self.epoch}.{text}{_deltas(self.seen)}"

    @classmethod
    def parse(cls, text: str) -> "StreamCursor":
        """Read a cursor. Raises ValueError for what is none of ours."""
        found = _CURSOR.fullmatch(text)
        if found is None:
            raise ValueError("not a cursor")
        epoch, begin, end, running, deltas = found.groups()
        snapshot = (
            Snapshot.below(int(begin)) if end is None else Snapshot.of(f"{begin}:{end}:{running}")
        )
        within = snapshot.begin, snapshot.end - 1
        if (
            snapshot.begin < 1
            or snapshot.end < snapshot.begin
            or len(snapshot.running) > RUNNING_MAX
            or any(not within[0] <= one <= within[1] for one in snapshot.running)
        ):
            raise ValueError("not a snapshot")
        seen: list[int] = []
        for delta in deltas.split("~")[1:]:
            seen.append(int(delta, 16) + (seen[-1] if seen else 0))
        if len(seen) > SEEN_MAX or (seen and seen[-1] >= 2**63):
            raise ValueError("too many entries")
        return cls(epoch, snapshot, tuple(seen))


def short_epoch(epoch: str) -> str:
    """Return eight signs that stand for an epoch in cursors."""
    return f"{zlib.crc32(epoch.encode()):08x}"


def with_gap(epoch: str) -> str:
    """Return the epoch of cursors of who has not been told yet that posts were left out."""
    return short_epoch(f"{epoch} with a gap")


def _deltas(ids: Iterable[int]) -> str:
    """Return ids as differences: those of one moment are close to one another."""
    text, last = "", 0
    for id in sorted(ids):
        text += f"~{id - last:x}"
        last = id
    return text
