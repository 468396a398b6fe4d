"""Which request something is done for: known to all that a request has done, as its log lines say.

It is kept in a context variable, which tasks inherit from whoever starts them.
"""

import re
from contextvars import ContextVar, Token
from dataclasses import dataclass
from random import getrandbits

_REQUEST_ID = re.compile(r"[\w.:/+=@-]{1,128}", re.ASCII)
# version-trace-parent-flags (https://www.w3.org/TR/trace-context/); versions after 00 may go on.
_TRACEPARENT = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?"
)
_LENGTH_00 = 55


@dataclass(frozen=True, slots=True)
class Trace:
    """A request's id, and the id of the trace that it is a part of, where it is of one."""

    request_id: str
    trace_id: str | None = None


_current: ContextVar[Trace | None] = ContextVar("trace", default=None)


def current() -> Trace | None:
    """Return that of the request for which something is done here, if it is for one."""
    return _current.get()


def begin(trace: Trace) -> Token[Trace | None]:
    """Let what follows in this task be done for this request, until `end` is given the token."""
    return _current.set(trace)


def end(token: Token[Trace | None]) -> None:
    """Undo `begin`."""
    _current.reset(token)


def new_trace() -> Trace:
    """Make one with an id that no other has."""
    return Trace(f"{getrandbits(128):032x}")


def trace_of(request_id: str | None, traceparent: str | None) -> Trace:
    """Return what the headers X-Request-Id and traceparent say.

    An id of over 128 characters, or of others than letters, digits and ``_.:/+=@-``, is not taken.
    Without one the id is that of the trace, and without a trace a new one.
    """
    if request_id is None and traceparent is None:
        return new_trace()
    trace_id = None if traceparent is None else _trace_id(traceparent.strip())
    if request_id is not None and _REQUEST_ID.fullmatch(request_id):
        return Trace(request_id, trace_id)
    return new_trace() if trace_id is None else Trace(trace_id, trace_id)


def _trace_id(traceparent: str) -> str | None:
    found = _TRACEPARENT.fullmatch(traceparent)
    if found is None or (traceparent.startswith("00") and len(traceparent) != _LENGTH_00):
        return None
    return found[1]
