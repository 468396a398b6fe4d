"""SQL statements as objects that say what they return.

Every statement of the program is one of these and made when its module is imported. A test prepares
each against the schema and compares what PostgreSQL says it returns with what is declared here;
another finds SQL that is run in any other way.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, Generic, Protocol, TypeVar, get_origin

import asyncpg

from storage.database.columns import Apart, Columns, LookedUp, field_types
from storage.database.decoder import decoder
from storage.database.pool import Database

R = TypeVar("R")
T = TypeVar("T")

# So many calls after rows have had something Apart, all is read at once: where many have, a second
# statement costs more than to make ready what is not looked up.
WHOLE_FOR = 30

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
        self._lookups: dict[Apart[Any], _Lookup] = {}
        self._whole_for = 0
        if self.columns is not None:
            if str(self.columns) not in sql:
                raise ValueError(f"{self.columns} is not selected by {sql}")
            self._decode = decoder(self.columns, self._looked_up)
            if self._lookups:
                whole = self.columns.whole()
                self._whole = Query(sql.replace(str(self.columns), str(whole)), whole)
        else:
            named = Columns(self.record, {name: name for name in field_types(self.record)})
            self._decode = decoder(named, self._looked_up)

    async def all(self, db: Executor, *args: object) -> list[R]:
        """Return the record of every row."""
        if self._is_to_be_whole():
            return await self._whole.all(db, *args)
        return await self._decoded(db, await db.fetch(self.sql, *args), args)

    async def planned(self, db: Database, *args: object) -> list[R]:
        """Return what `all` does, by a plan for these very arguments (Database.fetch_planned)."""
        if self._is_to_be_whole():
            return await self._whole.planned(db, *args)
        return await self._decoded(db, await db.fetch_planned(self.sql, *args), args)

    async def maybe(self, db: Executor, *args: object) -> R | None:
        """Return the first row's record, None without a row."""
        if self._is_to_be_whole():
            return await self._whole.maybe(db, *args)
        row = await db.fetchrow(self.sql, *args)
        return None if row is None else (await self._decoded(db, [row], args))[0]

    async def one(self, db: Executor, *args: object) -> R:
        """Return the record of a statement that always has one. Raises MissingRow."""
        return _present(await self.maybe(db, *args), self)

    @property
    def apart(self) -> Iterable[Apart[Any]]:
        """What of its records other statements read."""
        return self._lookups.keys()

    def _looked_up(self, apart: Apart[Any], hint: Any) -> Callable[[int], Any]:
        if apart not in self._lookups:
            self._lookups[apart] = _Lookup(apart, hint)
        return self._lookups[apart].value

    def _is_to_be_whole(self) -> bool:
        if not self._whole_for:
            return False
        self._whole_for -= 1
        return True

    async def _decoded(
        self, db: Executor, rows: Sequence[Sequence[Any]], args: Sequence[object]
    ) -> list[R]:
        """Return the records of rows; those that have something Apart are decoded once more."""
        decode = self._decode
        records = [decode(row) for row in rows]
        if not self._lookups:
            return records
        asked = [(lookup, lookup.take_asked()) for lookup in self._lookups.values()]
        if not any(ids for _lookup, ids in asked):
            return records
        self._whole_for = WHOLE_FOR
        found = [(lookup, await lookup.read(db, ids, args)) for lookup, ids in asked if ids]
        for lookup, values in found:
            lookup.found = values
        try:
            return [decode(row) for row in rows]
        finally:
            for lookup, _ids in asked:
                lookup.take_asked()
                lookup.found = {}


def any_of(parameter: str) -> str:
    """Return ANY(...) of a parameter that is an array of ids.

    The sub-select hides how many there are: for few, PostgreSQL finds the plan for any number
    dearer than one for these, and so makes one at each call, which takes longer than to run it.
    """
    return f"ANY((SELECT {parameter}::bigint[])::bigint[])"


def _present(found: T | None, statement: Statement) -> T:
    if found is None:
        raise MissingRow(statement.sql)
    return found


_APART: dict[Hashable, Query[LookedUp[Any]]] = {}


def looked_up(apart: Apart[Any], hint: Any) -> Query[LookedUp[Any]]:
    """Return the statement, of which there is one, that reads what rows of some ids have Apart.

    Its parameters are the viewer, where that matters, and the ids.
    """
    if apart not in _APART:
        columns: Columns[LookedUp[Any]] = Columns(
            LookedUp[hint], {"id": apart.id, "value": apart.value}
        )
        ids = any_of("$2" if apart.is_viewed else "$1")
        sql = f"SELECT {columns} FROM {apart.source} WHERE {apart.id} = {ids}"
        _APART[apart] = Query(sql, columns)
    return _APART[apart]


class _Lookup:
    """What rows have Apart: asked for while they are decoded, which nothing interrupts."""

    def __init__(self, apart: Apart[Any], hint: Any) -> None:
        self.found: dict[int, Any] = {}
        self._asked: set[int] = set()
        self._apart = apart
        self._statement = looked_up(apart, hint)
        self._is_list = get_origin(hint) is list

    def value(self, id: int) -> Any:
        """Return what was found for the row of this id, and note that it was asked for."""
        self._asked.add(id)
        if id in self.found:
            return self.found[id]
        return [] if self._is_list else self._apart.otherwise

    def take_asked(self) -> set[int]:
        """Return the ids that were asked for since the last time."""
        asked, self._asked = self._asked, set()
        return asked

    async def read(
        self, db: Executor, ids: Iterable[int], args: Sequence[object]
    ) -> dict[int, Any]:
        """Return what there is for these ids; args are those of the rows' own statement."""
        viewer = args[:1] if self._apart.is_viewed else ()
        return {row.id: row.value for row in await self._statement.all(db, *viewer, list(ids))}
