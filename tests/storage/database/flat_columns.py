"""Records within records laid out flat, so that PostgreSQL says the type of every field.

Of a ROW(...) it says only that it is a record. The fields of each are therefore selected in its
place, each by an expression of its own, in the very statement that selects the record.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from storage.database.columns import Apart, Columns, LookedUp, Nested
from storage.database.query import Query

# What asyncpg makes of each type. JSON comes as text.
PYTHON_TYPES: dict[str, type] = {
    "bool": bool,
    "bytea": bytes,
    "float8": float,
    "int2": int,
    "int4": int,
    "int8": int,
    "oid": int,  # of which alone asyncpg reads arrays within a ROW(...)
    "interval": timedelta,
    "json": str,
    "jsonb": str,
    "text": str,
    "timestamptz": datetime,
}


@dataclass(frozen=True)
class Leaf:
    """A field that is no record, by the names that lead to it; sql selects it."""

    path: str
    sql: str
    type: Any
    record: type
    expression: str


def leaves(columns: Columns[Any]) -> list[Leaf]:
    return list(_leaves(columns, "", lambda sql: sql))


def _leaves(columns: Columns[Any], path: str, place: Callable[[str], str]) -> Iterator[Leaf]:
    for name, expression in columns.expressions.items():
        here = f"{path}{name}"
        if isinstance(expression, Columns):
            yield from _leaves(expression, f"{here}.", place)
        elif isinstance(expression, Nested):
            yield from _leaves(expression.columns, f"{here}.", _within(place, expression.sql))
        elif isinstance(expression, Apart):
            key = f"({expression})::bigint"
            yield Leaf(f"{here}.id", place(key), int, LookedUp, expression.id)
        elif expression != "NULL":
            yield Leaf(here, place(expression), columns.types[name], columns.record, expression)


def _within(place: Callable[[str], str], sql: str) -> Callable[[str], str]:
    return lambda leaf: place(sql.format(leaf))


def flat_sql(query: Query[Any]) -> str:
    """The statement, with a column for each leaf in place of those for each field."""
    assert query.columns is not None
    selected = str(query.columns)
    assert query.sql.count(selected) == 1
    return query.sql.replace(selected, ", ".join(leaf.sql for leaf in leaves(query.columns)))


def is_of_type(sql_type: str, hint: Any) -> bool:
    """Whether values of PostgreSQL's type are what the annotation says, or lists of it."""
    hint = value_type(hint)
    return hint is Any or PYTHON_TYPES.get(sql_type.removesuffix("[]")) is hint


def value_type(hint: Any) -> Any:
    """What an annotation says of a value that is there; of each, if it is a list."""
    if get_origin(hint) in (Union, UnionType):
        (hint,) = [option for option in get_args(hint) if option is not type(None)]
    if get_origin(hint) is list:
        return value_type(get_args(hint)[0])
    if get_origin(hint) is Literal:
        return str
    return hint


def is_list(hint: Any) -> bool:
    if get_origin(hint) in (Union, UnionType):
        return any(map(is_list, get_args(hint)))
    return get_origin(hint) is list


def misplaced(leaf: Leaf) -> bool:
    """Whether a field is filled from a column with the name of another field of its record."""
    column = re.fullmatch(r"(?:\w+\.)?(\w+)", leaf.expression)
    name = leaf.path.rpartition(".")[2]
    return column is not None and column[1] != name and column[1] in _names(leaf.record)


def _names(record: Any) -> set[str]:
    return set(getattr(get_origin(record) or record, "__dataclass_fields__", ()))
