"""Every query against the schema: PostgreSQL accepts it, and it returns exactly its record."""

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import pytest

import storage
from storage.database.pool import Database
from storage.database.query import Query


def queries() -> Iterator[Any]:
    for module in pkgutil.walk_packages(storage.__path__, "storage."):
        for name, value in vars(importlib.import_module(module.name)).items():
            if isinstance(value, Query):
                yield pytest.param(value, id=f"{module.name}.{name}")


QUERIES = list(queries())


def test_queries_are_found() -> None:
    found = {parameter.id for parameter in QUERIES}
    assert {
        "storage.events.log.READ",
        "storage.messaging.messages.SEND",
        "storage.posts.feed.HOME",
    } <= found


@pytest.mark.parametrize("query", QUERIES)
async def test_query_returns_exactly_its_record(db: Database, query: Query[Any]) -> None:
    async with db.connection() as connection:
        statement = await connection.prepare(query.sql)
        columns = [column.name for column in statement.get_attributes()]
    assert columns == [field.name for field in fields(query.row)]
