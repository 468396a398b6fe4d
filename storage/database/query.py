"""SQL that returns records.

A query's columns are its record's fields, by name and in order (a test holds every query to that).
A field that is itself a record is a ROW(...) column, a list of records an ARRAY(SELECT ROW(...)):
asyncpg hands both over as tuples.
"""

from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass
from types import UnionType
from typing import Any, Generic, Protocol, TypeVar, Union, get_args, get_origin, get_type_hints

import asyncpg

from storage.database.pool import Database

R = TypeVar("R")


class Executor(Protocol):
    """A Database, or one connection of it inside a transaction."""

    async def fetch(self, sql: str, /, *args: object) -> Sequence[asyncpg.Record]: ...

    async def fetchrow(self, sql: str, /, *args: object) -> asyncpg.Record | None: ...

    async def fetchval(self, sql: str, /, *args: object) -> Any: ...


class Query(Generic[R]):
    def __init__(self, sql: str, row: type[R]) -> None:
        self.sql = sql
        self.row = row
        self._decode = decoder(row)

    async def all(self, db: Executor, *args: object) -> list[R]:
        decode = self._decode
        return [decode(row) for row in await db.fetch(self.sql, *args)]

    async def planned(self, db: Database, *args: object) -> list[R]:
        """As all, by a plan for these very arguments: see Database.fetch_planned."""
        decode = self._decode
        return [decode(row) for row in await db.fetch_planned(self.sql, *args)]

    async def maybe(self, db: Executor, *args: object) -> R | None:
        row = await db.fetchrow(self.sql, *args)
        return None if row is None else self._decode(row)

    async def one(self, db: Executor, *args: object) -> R:
        """For a statement that always returns a row."""
        row = await self.maybe(db, *args)
        assert row is not None, self.sql
        return row


def decoder(record: type[R]) -> Callable[[Sequence[Any]], R]:
    """A function from a tuple in the order of the record's fields to the record."""
    assert is_dataclass(record)
    hints = get_type_hints(record)
    nested = [
        (index, convert)
        for index, field in enumerate(fields(record))
        if (convert := _converter(hints[field.name])) is not None
    ]
    if not nested:
        return lambda row: record(*row)

    def decode(row: Sequence[Any]) -> R:
        values = list(row)
        for index, convert in nested:
            if values[index] is not None:
                values[index] = convert(values[index])
        return record(*values)

    return decode


def _converter(hint: Any) -> Callable[[Any], Any] | None:
    if get_origin(hint) in (Union, UnionType):
        options = [option for option in get_args(hint) if option is not type(None)]
        return _converter(options[0]) if len(options) == 1 else None
    if get_origin(hint) is list:
        element = _converter(get_args(hint)[0])
        return None if element is None else lambda values: [element(value) for value in values]
    return decoder(hint) if is_dataclass(hint) and isinstance(hint, type) else None
