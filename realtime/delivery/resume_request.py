"""What a client asks for that comes back: in its CONNECT, up to where it has come."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from realtime.delivery.offset import Offset

PID = re.compile(r"[\w-]{1,64}", re.ASCII)
CURSOR = re.compile(r"\d{1,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class ResumeRequest:
    """Up to where a client has come before; None where it knows nothing of that.

    since: the number of its last event. epoch: that of the log, as session.ready had it.
    feed_since: the newest feed cursor that it saw.

    recoverable: it wants Socket.IO's connection state recovery; then `pid` is what its connection
    and those that it recovers by have in common. offset: the last that it was sent, which counts
    instead of the others. lost: it cannot be told what it has missed since its offset.
    """

    since: int | None = None
    epoch: str | None = None
    feed_since: int | None = None
    recoverable: bool = False
    pid: str | None = None
    offset: Offset | None = None
    lost: bool = False


class InvalidResume(ValueError):
    """A field of the auth object is of the wrong type, or not from us; `field` names it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def parse_resume(auth: Mapping[str, Any]) -> ResumeRequest:
    """Return what the auth object of a connect asks for.

    A pid and an offset that are none of ours are no error: stock clients give back what they have,
    and would be kept away for good.

    Raises:
        InvalidResume: a field that clients set themselves makes no sense.
    """
    since, epoch, feed_since = auth.get("since"), auth.get("epoch"), auth.get("feed_since")
    recoverable = auth.get("recovery")
    if since is not None and (type(since) is not int or not 0 <= since < 2**63):
        raise InvalidResume("since", "Not a seq.")
    if epoch is not None and not isinstance(epoch, str):
        raise InvalidResume("epoch", "Not a string.")
    if not (feed_since is None or _matches(CURSOR, feed_since)):
        raise InvalidResume("feed_since", "Not a feed cursor.")
    if not (recoverable is None or isinstance(recoverable, bool)):
        raise InvalidResume("recovery", "Not true or false.")
    pid, offset = auth.get("pid"), auth.get("offset")
    cursor = None if feed_since is None else int(feed_since)
    if not recoverable:
        return ResumeRequest(since, epoch, cursor)
    if pid is None or offset is None:  # it was sent nothing yet
        return ResumeRequest(since, epoch, cursor, recoverable=True, pid=_new_pid())
    last = Offset.parse(offset)
    if last is None or not _matches(PID, pid):
        return lost()
    return ResumeRequest(recoverable=True, pid=pid, offset=last)


def lost() -> ResumeRequest:
    """Return the request of a client that cannot go on from its offset, and begins anew."""
    return ResumeRequest(recoverable=True, pid=_new_pid(), lost=True)


def _matches(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _new_pid() -> str:
    return secrets.token_urlsafe(15)
