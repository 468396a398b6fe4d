"""asyncpg's connection, which keeps statements prepared and says when it waits for an answer."""

from collections.abc import Coroutine, Sequence
from contextlib import suppress
from typing import Any, Protocol, TypeVar

import asyncpg
from asyncpg.prepared_stmt import PreparedStatement

T = TypeVar("T")

# The program has some 300; what is beyond that is of tests and of lists put together.
STATEMENTS_KEPT = 400

Answer = tuple[Sequence[asyncpg.Record], bytes, bool]  # rows, the command tag, whether that is all


class Watch(Protocol):
    """Who wants to know."""

    def began(self, connection: "Connection") -> None:
        """Note that a statement has been sent."""

    def answered(self, connection: "Connection") -> None:
        """Note that PostgreSQL has carried it out, or refused it."""

    def failed(self, connection: "Connection") -> None:
        """Note that there will be no answer: nobody waits for it any more, or it was lost."""


class Connection(asyncpg.Connection):  # type: ignore[misc]  # asyncpg has no types
    """A connection whose statements, BEGIN and COMMIT among them, are told to its watch.

    It prepares each statement once, and lasts no longer than its pool has it (AGE_SECONDS there).
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.watch: Watch | None = None
        self.interrupted = False  # PostgreSQL may still be busy with what nobody waits for
        self._statements: dict[str, PreparedStatement] = {}

    async def fetch(self, sql: str, *args: object) -> Sequence[asyncpg.Record]:
        """Return all rows."""
        return (await self.answer(sql, args))[0]

    async def fetchrow(self, sql: str, *args: object) -> asyncpg.Record | None:
        """Return the first row."""
        return first_row(await self.answer(sql, args, 1))

    async def fetchval(self, sql: str, *args: object) -> Any:
        """Return the first value of the first row."""
        return first_value(await self.answer(sql, args, 1))

    async def execute(self, sql: str, *args: object) -> str:
        """Return the command tag. Without arguments there may be several statements."""
        if not args:
            return await self._watched(super().execute(sql))
        return tag(await self.answer(sql, args))

    def answer(
        self, sql: str, args: Sequence[object], limit: int = 0
    ) -> Coroutine[Any, Any, Answer]:
        """Return what a statement is answered; of more rows than `limit`, if given, the first."""
        return self._watched(self._prepared(sql, args, limit))

    async def fetch_planned(self, sql: str, *args: object) -> Sequence[asyncpg.Record]:
        """Return all rows, found by a plan for these very arguments."""
        rows: Sequence[asyncpg.Record] = await self._watched(self._planned(sql, args))
        return rows

    @property
    def is_unsettled(self) -> bool:
        """Whether something is left of whoever had it: a statement, or a transaction."""
        return self.interrupted or bool(self.is_in_transaction())

    async def settle(self, seconds: float) -> None:
        """Be as new after an interruption: what was under way is over, no transaction is open.

        Raises what the connection does when that takes longer; it has to be terminated then.
        """
        with suppress(asyncpg.InFailedSQLTransactionError):
            await super().execute("SELECT 1", timeout=seconds)  # after what was interrupted
        await self.reset(timeout=seconds)
        self.interrupted = False

    def forget_statements(self) -> None:
        """Let go of what was prepared, and so of this connection, to which each refers."""
        self._statements.clear()

    async def _watched(self, statement: Coroutine[Any, Any, T]) -> T:
        watch = self.watch
        if watch is None:
            return await statement
        watch.began(self)
        try:
            result = await statement
        except asyncpg.PostgresError:
            if self.is_closed():  # that it ends the connection is no answer
                watch.failed(self)
            else:
                watch.answered(self)
            raise
        except BaseException:
            watch.failed(self)
            raise
        watch.answered(self)
        return result

    async def _prepared(
        self, sql: str, args: Sequence[object], limit: int, *, retries: int = 1
    ) -> Answer:
        """Do what PreparedStatement.fetch does, without the four calls that this takes there."""
        try:
            statement = self._statements.get(sql) or await self._prepare_once(sql)
            state = statement._state  # noqa: SLF001  as PreparedStatement itself does
            answer: Answer = await self._protocol.bind_execute(state, args, "", limit, True, None)
            return answer
        except asyncpg.InvalidCachedStatementError:  # a migration has changed what it returns
            self._statements.clear()
            if not retries or self.is_in_transaction():
                raise
        except asyncpg.OutdatedSchemaCacheError:  # or a type
            self._statements.clear()
            await self.reload_schema_state()
            raise
        return await self._prepared(sql, args, limit, retries=retries - 1)

    async def _prepare_once(self, sql: str) -> PreparedStatement:
        while len(self._statements) >= STATEMENTS_KEPT:
            del self._statements[next(iter(self._statements))]
        statement = self._statements[sql] = await self.prepare(sql)
        return statement

    async def _planned(self, sql: str, args: Sequence[object]) -> Sequence[asyncpg.Record]:
        statement = await self.prepare(sql)
        rows: Sequence[asyncpg.Record] = await statement.fetch(*args)
        return rows


def first_row(answer: Answer) -> asyncpg.Record | None:
    """Return the first row of an answer."""
    rows = answer[0]
    return rows[0] if rows else None


def first_value(answer: Answer) -> Any:
    """Return the first value of the first row of an answer."""
    rows = answer[0]
    return rows[0][0] if rows else None


def tag(answer: Answer) -> str:
    """Return the command tag of an answer, such as "UPDATE 2"."""
    return answer[1].decode()
