"""How far a client has come, in its log and in its feed, as one string that it gives back.

Socket.IO's own connection state recovery has stock clients keep the last string that stood behind
an event, and show it when they come back. So nothing of it is kept here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

SEEN_MAX = 64  # feed entries that an offset names

_NUMBER = r"\d{1,18}"
_OFFSET = re.compile(
    rf"({_NUMBER})\.({_NUMBER})\.({_NUMBER})\.([^~]{{1,80}})((?:~{_NUMBER}\.{_NUMBER})*)", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Offset:
    """What a client has been sent: user_id's events up to seq of an epoch, and of the feed.

    Of the feed these are all entries of transactions before `horizon`, and those in `seen` of later
    ones: the transaction by the entry's id.
    """

    user_id: int
    seq: int
    horizon: int
    epoch: str
    seen: Mapping[int, int]

    def __str__(self) -> str:
        seen = "".join(f"~{id}.{xid}" for id, xid in self.seen.items())
        return f"{self.user_id}.{self.seq}.{self.horizon}.{self.epoch}{seen}"

    @classmethod
    def parse(cls, text: object) -> "Offset | None":
        """Return what an offset says; None for what is none of ours."""
        found = _OFFSET.fullmatch(text) if isinstance(text, str) else None
        if found is None:
            return None
        user_id, seq, horizon, epoch, entries = found.groups()
        pairs = [entry.split(".") for entry in entries.split("~")[1:]]
        if len(pairs) > SEEN_MAX:
            return None
        seen = {int(id): int(xid) for id, xid in pairs}
        return cls(int(user_id), int(seq), int(horizon), epoch, seen)


class FeedPlace:
    """Which entries of a feed one client has been sent: all before a horizon, and some after it."""

    __slots__ = ("horizon", "seen")

    def __init__(self, horizon: int, seen: Mapping[int, int] | None = None) -> None:
        self.horizon = horizon
        self.seen = dict(seen or {})

    def take(self, entry_id: int, xid: int) -> bool:
        """Note that an entry is being sent; return False for one that was sent before."""
        if xid < self.horizon or entry_id in self.seen:
            return False
        self.seen[entry_id] = xid
        if len(self.seen) > SEEN_MAX:
            del self.seen[next(iter(self.seen))]
        return True

    def advance(self, horizon: int) -> None:
        """Note that all entries of transactions before this one have been sent."""
        if horizon > self.horizon:
            self.horizon = horizon
            self.seen = {id: xid for id, xid in self.seen.items() if xid >= horizon}
