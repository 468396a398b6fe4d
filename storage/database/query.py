"""SQL statements as objects that say what they return.

Every statement of the program is one of these and made when its module is imported. A test prepares
each against the schema and compares what PostgreSQL says it returns with what is declared here;
another finds SQL that is run in any other way.
"""

from collections.abc import Callable, Sequence
from typing import Any, Generic, Protocol, TypeVar, get_origin

import asyncpg

from storage.database.columns import Columns, Nested, field_types, record_of
from storage.database.pool import Database

R = TypeVar("R")
T = TypeVar("T")

STATEMENTS: "list[Statement]" = []  # all that there are


class Executor(Protocol):
    """A Database, or one connection of it inside a transaction."""

    async def fetch(self, sql: str, /, *args: object) -> Sequence[asyncpg.Record]:
        """Return all rows."""

    async def fetchrow(self, sql: str, /, *args: object) -> asyncpg.Record | None:
        """Return the first row."""

    async def fetchval(self, sql: str, /, *args: object) -> Any:
        """Return the first value of the first row."""

    async def execute(self, sql: str, /, *args: object) -> str:
        """Return the command tag, such as "UPDATE 2"."""


class MissingRow(RuntimeError):
    """A statement that always returns a row returned none: an error of the program."""


class Statement:
    """An SQL statement of the program."""

    def __init__(self, sql: str) -> None:
        self.sql = sql
        STATEMENTS.append(self)


class Command(Statement):
    """A statement that changes rows and returns none."""

    async def run(self, db: Executor, *args: object) -> int:
        """Run it and return how many rows it changed."""
        return int((await db.execute(self.sql, *args)).rpartition(" ")[2])


class Scalar(Statement, Generic[T]):
    """A statement of one column, with values of one type."""

    def __init__(self, sql: str, type: type[T]) -> None:
        super().__init__(sql)
        self.type = type

    async def all(self, db: Executor, *args: object) -> list[T]:
        """Return the value of every row."""
        return [row[0] for row in await db.fetch(self.sql, *args)]

    async def planned(self, db: Database, *args: object) -> list[T]:
        """Return what `all` does, by a plan for these very arguments (Database.fetch_planned)."""
        return [row[0] for row in await db.fetch_planned(self.sql, *args)]

    async def maybe(self, db: Executor, *args: object) -> T | None:
        """Return the first row's value; None without a row, and for NULL."""
        value: T | None = await db.fetchval(self.sql, *args)
        return value

    async def one(self, db: Executor, *args: object) -> T:
        """Return the value of a statement that always has one. Raises MissingRow."""
        return _present(await self.maybe(db, *args), self)


class Query(Statement, Generic[R]):
    """A statement whose rows are records: its columns are the record's fields, in their order.

    Args:
        sql: The statement.
        returns: The record. One that holds other records is given by its Columns, whose SELECT list
            must be in the statement.

    Raises:
        TypeError: The record holds other records, and is given without Columns.
        ValueError: The statement does not select these Columns.
    """

    def __init__(self, sql: str, returns: type[R] | Columns[R]) -> None:
        super().__init__(sql)
        self.columns = returns if isinstance(returns, Columns) else None
        self.record = returns.record if isinstance(returns, Columns) else returns
        if self.columns is not None:
            if str(self.columns) not in sql:
                raise ValueError(f"{self.columns} is not selected by {sql}")
            self._decode = decoder(self.columns)
        else:
            if any(map(record_of, field_types(self.record).values())):
                raise TypeError(f"{self.record} holds other records: select its Columns")
            make = _class_of(self.record)
            self._decode = lambda row: make(*row)

    async def all(self, db: Executor, *args: object) -> list[R]:
        """Return the record of every row."""
        decode = self._decode
        return [decode(row) for row in await db.fetch(self.sql, *args)]

    async def planned(self, db: Database, *args: object) -> list[R]:
        """Return what `all` does, by a plan for these very arguments (Database.fetch_planned)."""
        decode = self._decode
        return [decode(row) for row in await db.fetch_planned(self.sql, *args)]

    async def maybe(self, db: Executor, *args: object) -> R | None:
        """Return the first row's record, None without a row."""
        row = await db.fetchrow(self.sql, *args)
        return None if row is None else self._decode(row)

    async def one(self, db: Executor, *args: object) -> R:
        """Return the record of a statement that always has one. Raises MissingRow."""
        return _present(await self.maybe(db, *args), self)


def _present(found: T | None, statement: Statement) -> T:
    if found is None:
        raise MissingRow(statement.sql)
    return found


def decoder(columns: Columns[R]) -> Callable[[Sequence[Any]], R]:
    """Return a function from a tuple in the order of these columns to their record."""
    make = _class_of(columns.record)
    nested = [
        (index, convert)
        for index, (name, expression) in enumerate(columns.expressions.items())
        if (convert := _converter(expression, columns.types[name])) is not None
    ]
    if not nested:
        return lambda row: make(*row)

    def decode(row: Sequence[Any]) -> R:
        values = list(row)
        for index, convert in nested:
            if values[index] is not None:
                values[index] = convert(values[index])
        return make(*values)

    return decode


def _class_of(record: type[R]) -> Callable[..., R]:
    """Return the class of a generic record: to call Ranked[Post] takes longer than Ranked."""
    return get_origin(record) or record


def _converter(expression: Any, hint: Any) -> Callable[[Any], Any] | None:
    if not isinstance(expression, Columns | Nested):
        return None
    decode = decoder(expression.columns if isinstance(expression, Nested) else expression)
    if get_origin(hint) is list:
        return lambda values: [decode(value) for value in values]
    return decode
