"""A connection whose statements are spans: used where spans are recorded (server/telemetry.py)."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import asyncpg
from opentelemetry import trace
from opentelemetry.trace import SpanKind

from storage.database.connection import Answer, Connection

tracer = trace.get_tracer("mini_twitter.storage")


@contextmanager
def statement(sql: str) -> Iterator[None]:
    """Record a statement within a span that is recorded; what the clock does has none.

    Its values stand in arguments, which are not recorded.
    """
    if not trace.get_current_span().is_recording():
        yield
        return
    words = sql.split()
    operation = words[0].upper().rstrip(";")
    attributes = {
        "db.system.name": "postgresql",
        "db.operation.name": operation,
        "db.query.text": " ".join(words),
    }
    with tracer.start_as_current_span(operation, kind=SpanKind.CLIENT, attributes=attributes):
        yield


class RecordedConnection(Connection):
    """A connection whose statements, BEGIN and COMMIT among them, are spans."""

    async def execute(self, sql: str, *args: object) -> str:
        """Return the command tag. Without arguments there may be several statements."""
        if args:
            return await super().execute(sql, *args)
        with statement(sql):
            return await super().execute(sql)

    async def answer(self, sql: str, args: Sequence[object], limit: int = 0) -> Answer:
        """Return what a statement is answered; of more rows than `limit`, if given, the first."""
        with statement(sql):
            return await super().answer(sql, args, limit)

    async def _planned(self, sql: str, args: Sequence[object]) -> Sequence[asyncpg.Record]:
        with statement(sql):
            return await super()._planned(sql, args)
