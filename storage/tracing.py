"""Which request something is done for: known to all that a request has done, as its log lines say.

It is kept in a context variable, which tasks inherit from whoever starts them. Where spans are
recorded (server/telemetry.py), the trace that is recorded now is asked for what it is called.
"""

import re
from collections.abc import Callable
from contextvars import ContextVar, Token
from functools import cached_property
from random import getrandbits

from storage.record import record

_REQUEST_ID = re.compile(r"[\w.:/+=@-]{1,128}", re.ASCII)
# version-trace-parent-flags (https://www.w3.org/TR/trace-context/); versions after 00 may go on.
_TRACEPARENT = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?"
)
_LENGTH_00 = 55


@record
class Trace:
    """A request's id, and the id of the trace that it is a part of, where it is of one."""

    request_id: str
    trace_id: str | None = None


class _Unnamed(Trace):
    """Of a request whose id nobody knows yet: it is made when it is first asked for."""

    def __init__(self) -> None:
        pass

    @cached_property
    def request_id(self) -> str:
        return _new_id()


def _new_id() -> str:
    return f"{getrandbits(128):032x}"


# Returns the `traceparent` of the span that is recorded now; None where none are recorded.
_span: Callable[[], str | None] | None = None

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
    """Make one with an id that no other has: that of the recorded trace, where one is recorded."""
    if _span is not None and (recorded := _span()) is not None:
        trace_id = recorded.split("-")[1]
        return Trace(trace_id, trace_id)
    return Trace(_new_id())


def unnamed_trace() -> Trace:
    """Make a new one of something whose id is hardly ever asked for."""
    return _Unnamed() if _span is None else new_trace()


def record_spans(span: Callable[[], str | None] | None) -> None:
    """From now on, say what is recorded by this function; None: nothing is any more."""
    global _span
    _span = span


def is_recorded() -> bool:
    """Return whether this process records spans: asked once, when something is made."""
    return _span is not None


def kept() -> str | None:
    """Return what is kept with a job: the request's id, and the span that queues it, if any.

    No id has a blank in it, so that `restored` can tell them apart.
    """
    trace = _current.get()
    if trace is None:
        return None
    span = None if _span is None else _span()
    return trace.request_id if span is None else f"{trace.request_id} {span}"


def restored(kept: str) -> tuple[Trace, str]:
    """Return of what `kept` returned the request, and the span's `traceparent` or ""."""
    request_id, _, span = kept.partition(" ")
    return Trace(request_id), span


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
