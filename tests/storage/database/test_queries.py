"""Every statement against the schema: PostgreSQL accepts it, and it returns what it says."""

import importlib
import pkgutil
import re
from collections.abc import AsyncIterator, Iterator
from types import ModuleType
from typing import Any

import pytest
import pytest_asyncio

import demo
import handlers
import realtime
import server
import storage
from server.config.load import Config
from storage.database.columns import Columns, field_types, record_of
from storage.database.pool import Database, open_database
from storage.database.query import STATEMENTS, Command, Query, Scalar, Statement
from tests.storage.database.flat_columns import (
    flat_sql,
    is_list,
    is_of_type,
    leaves,
    misplaced,
)


def modules(*packages: ModuleType) -> Iterator[ModuleType]:
    for package in packages:
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not found.name.endswith("__main__"):
                yield importlib.import_module(found.name)


def named() -> dict[int, str]:
    """The names of statements, which are constants or in a collection that is one, by identity."""
    names: dict[int, str] = {}
    for module in modules(storage, realtime, handlers, server, demo):
        for name, value in vars(module).items():
            for place, found in () if value is STATEMENTS else entries(value):
                if isinstance(found, Statement):
                    names.setdefault(id(found), f"{module.__name__}.{name}{place}")
    return names


def sql_of_the_demo() -> Iterator[Any]:
    """Its constants with SQL, which it runs on a connection of its own, beside COPYs."""
    for module in modules(demo):
        for name, value in vars(module).items():
            for place, found in entries(value):
                if isinstance(found, str) and re.match(r"\s*(SELECT|INSERT|UPDATE|WITH)\b", found):
                    yield pytest.param(found, id=f"{module.__name__}.{name}{place}")


def entries(value: object) -> Iterator[tuple[str, object]]:
    yield "", value
    if isinstance(value, dict):
        for at, (key, found) in enumerate(value.items()):
            yield f"[{key if isinstance(key, str) else at}]", found
    elif isinstance(value, list | tuple):
        for at, found in enumerate(value):
            yield f"[{at}]", found


NAMES = named()
PROGRAM = tuple(STATEMENTS)  # tests make others, later


def name_of(statement: Statement) -> str:
    """Its constant's name, or the beginning of one that a function has for itself."""
    return NAMES.get(id(statement)) or " ".join(statement.sql.split())[:60]


NESTED = [
    statement
    for statement in PROGRAM
    if isinstance(statement, Query) and statement.columns is not None
]


def test_statements_are_found() -> None:
    assert {
        "storage.accounts.purge.PURGE_REACTIONS[0]",
        "storage.events.log.READ_EVENTS",
        "storage.messaging.messages.SEND_MESSAGE",
        "storage.moderation.ADMIN_ACTIONS[suspend]",
        "storage.posts.feed.HOME_FEED",
    } <= set(NAMES.values())
    assert {type(statement) for statement in PROGRAM} == {Command, Scalar, Query}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_db(settings: Config) -> AsyncIterator[Database]:
    """For all that is only prepared: to connect takes ten times as long."""
    async with open_database(settings.database_url, 1) as database:
        yield database


async def returned(db: Database, sql: str) -> list[tuple[str, str]]:
    """The names and types of the columns of a statement."""
    async with db.connection() as connection:
        statement = await connection.prepare(sql)
        return [(column.name, column.type.name) for column in statement.get_attributes()]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("statement", PROGRAM, ids=name_of)
async def test_statement_returns_what_it_says(shared_db: Database, statement: Statement) -> None:
    columns = await returned(shared_db, statement.sql)
    if isinstance(statement, Command):
        assert {type_ for _name, type_ in columns} <= {"void"}
    elif isinstance(statement, Scalar):
        ((_name, type_),) = columns
        assert is_of_type(type_, statement.type)
        assert not type_.endswith("[]")
    else:
        assert isinstance(statement, Query)
        assert_fields(columns, expected_types(statement))


def expected_types(query: Query[Any]) -> dict[str, Any]:
    if query.columns is None:
        return field_types(query.record)
    return {name: hint for name, (_sql, hint) in query.columns.flat().items()}


def assert_fields(columns: list[tuple[str, str]], fields: dict[str, Any]) -> None:
    assert [name for name, _type in columns] == list(fields)
    for (name, type_), hint in zip(columns, fields.values(), strict=True):
        if record_of(hint) is None:
            assert is_of_type(type_, hint), f"{name} is {type_}"
        assert type_.endswith("[]") == is_list(hint), f"{name} is {type_}"


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("query", NESTED, ids=name_of)
async def test_fields_of_records_within_records_are_of_their_types(
    shared_db: Database, query: Query[Any]
) -> None:
    assert isinstance(query.columns, Columns)
    expected = leaves(query.columns)
    columns = await returned(shared_db, flat_sql(query))
    assert len(columns) == len(expected)
    for (_name, type_), leaf in zip(columns, expected, strict=True):
        assert is_of_type(type_, leaf.type), f"{leaf.path} is {type_}"
        assert not misplaced(leaf), f"{leaf.path} is {leaf.expression}"


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("sql", list(sql_of_the_demo()))
async def test_sql_of_the_demo_is_of_the_schema(shared_db: Database, sql: str) -> None:
    await returned(shared_db, sql)
