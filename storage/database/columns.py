"""What is selected: for each record one list of expressions, in the order of its fields.

From a list of `Columns` are made the SELECT list, the ROW(...) of a record within a record, and
variants of either, so none of them can fall out of step with the record. asyncpg returns a ROW(...)
as a tuple and an ARRAY(SELECT ROW(...)) as a list of tuples, without names: their order is all that
says which value is which. Each value in a ROW(...) costs both sides much more than one in a column
(of a feed page, 30 % of what fetching it takes), so a record within a record that is always there
has its fields among the columns. What few rows have stands Apart.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from types import UnionType
from typing import Any, Generic, TypeAlias, TypeVar, Union, get_args, get_origin, get_type_hints

from storage.record import record

R = TypeVar("R")
S = TypeVar("S")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Nested(Generic[R]):
    """A column with records that need more than a ROW(...): sql has {} where it stands."""

    columns: "Columns[R]"
    sql: str

    def __str__(self) -> str:
        return self.sql.format(self.columns.row)


@dataclass(frozen=True, slots=True)
class Apart(Generic[R]):
    """A column that few rows have something in: a statement of its own may read it, if any has.

    PostgreSQL makes the plan of all that a statement looks up ready each time it runs it, also
    where no row has anything to look up: of a message, what it answers and the reactions to it were
    a third of the whole.

    Attributes:
        value: Selects it, from `source`.
        has: The condition that a row has something.
        id: SQL of the row's id, by which it is found again in `source`.
        source: What stands behind FROM there; $1 is the viewer, as in the row's own statement.
        is_viewed: Whether value or source depend on the viewer.
        otherwise: The value of all other rows; of a list it is an empty one.
    """

    value: "Nested[R] | str"
    has: str
    id: str
    source: str
    is_viewed: bool = True
    otherwise: Any = None

    def __str__(self) -> str:
        return f"CASE WHEN {self.has} THEN {self.id} END"


@record
class LookedUp(Generic[T]):
    """What stands Apart for the row with an id."""

    id: int
    value: T


Expression: TypeAlias = "str | Columns[Any] | Nested[Any] | Apart[Any]"


class Columns(Generic[R]):
    """The columns of a record: an SQL expression for each of its fields, in their order.

    A field that is itself a record is given by its Columns, or Nested where it may be NULL or is a
    list. In a string, Columns are the SELECT list, in which the former are flat; `row` is the same
    as one ROW(...).

    Raises:
        TypeError: The names are not the record's fields in order, or a record within it is given
            by the columns of something else.
    """

    def __init__(self, record: type[R], expressions: Mapping[str, Expression]) -> None:
        self.record = record
        self.expressions = dict(expressions)
        self.types = field_types(record)
        if list(self.expressions) != list(self.types):
            raise TypeError(f"{record} has {list(self.types)}, not {list(self.expressions)}")
        for name, expression in self.expressions.items():
            if expression != "NULL" and _held(expression) is not record_of(self.types[name]):
                raise TypeError(f"{record}.{name} is not what {expression} selects")

    def __str__(self) -> str:
        return ", ".join(_named(sql, name) for name, (sql, _) in self.flat().items())

    def flat(self, prefix: str = "") -> dict[str, tuple[str, Any]]:
        """Return the columns of a result, by their names: the SQL and the type of each."""
        columns: dict[str, tuple[str, Any]] = {}
        for name, expression in self.expressions.items():
            if isinstance(expression, Columns):
                columns |= expression.flat(f"{prefix}{name}_")
            else:
                type_ = LookedUp if isinstance(expression, Apart) else self.types[name]
                columns[prefix + name] = (str(expression), type_)
        return columns

    @property
    def row(self) -> str:
        """The record as one value."""
        return f"ROW({', '.join(map(_sql, self.expressions.values()))})"

    def within(self, sql: str) -> Nested[R]:
        """Return a column made of these: sql has {} where their ROW(...) stands."""
        return Nested(self, sql)

    def replace(self, **expressions: Expression) -> "Columns[R]":
        """Return the same columns but for these."""
        return Columns(self.record, self.expressions | expressions)

    def whole(self) -> "Columns[R]":
        """Return the same columns with nothing Apart."""
        return Columns(self.record, {name: _whole(sql) for name, sql in self.expressions.items()})

    def extend(self, record: type[S], **expressions: Expression) -> "Columns[S]":
        """Return the columns of a record that has these fields and, after them, some more."""
        return Columns(record, self.expressions | expressions)


def _whole(expression: Expression) -> Expression:
    if isinstance(expression, Columns):
        return expression.whole()
    if isinstance(expression, Nested):
        return Nested(expression.columns.whole(), expression.sql)
    return _whole(expression.value) if isinstance(expression, Apart) else expression


def field_types(record: Any) -> dict[str, Any]:
    """Return the fields of a dataclass, in order; what a generic one was given is filled in."""
    origin = get_origin(record) or record
    given = dict(zip(getattr(origin, "__parameters__", ()), get_args(record), strict=False))
    hints = get_type_hints(origin)
    return {field.name: given.get(hints[field.name], hints[field.name]) for field in fields(origin)}


def record_of(hint: Any) -> Any:
    """Return the record that a field holds, perhaps optional or in a list; None for a value."""
    if get_origin(hint) in (Union, UnionType):
        options = [option for option in get_args(hint) if option is not type(None)]
        return record_of(options[0]) if len(options) == 1 else None
    if get_origin(hint) is list:
        return record_of(get_args(hint)[0])
    return hint if is_dataclass(hint) else None


def _held(expression: Expression) -> Any:
    if isinstance(expression, Apart):
        return _held(expression.value)
    if isinstance(expression, Nested):
        return expression.columns.record
    return expression.record if isinstance(expression, Columns) else None


def _sql(expression: Expression) -> str:
    return expression.row if isinstance(expression, Columns) else str(expression)


def _named(sql: str, name: str) -> str:
    """Name the expression, where it does not have the name by itself."""
    return sql if re.fullmatch(rf"\w+\.{name}", sql) else f"{sql} AS {name}"
