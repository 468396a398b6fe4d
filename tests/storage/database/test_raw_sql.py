"""All SQL of the program is in Statements, which test_queries.py prepares: no other is run."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PACKAGES = ("storage", "realtime", "handlers", "server", "demo")

RUNS_SQL = {"execute", "executemany", "fetch", "fetch_planned", "fetchrow", "fetchval"}
MAKES_STATEMENTS = {"Command", "Query", "Scalar"}

# Files, and folders, with SQL that is no Statement.
EXCEPTIONS = {
    "storage/database/": "what runs Statements, and what prepares a connection",
    "storage/jobs/listener.py": "the worker's connection, which Statements are run on",
    "storage/migrations/": "it makes the schema that Statements are prepared against",
    "server/health.py": "SELECT 1 only asks whether anybody answers",
    "demo/": "it loads by COPY; what SQL it has beside is prepared by test_queries.py",
}


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def raw_sql(source: str) -> list[int]:
    """The lines that hand something to a connection to be run."""
    return [
        call.lineno
        for call in calls(ast.parse(source))
        if isinstance(call.func, ast.Attribute) and call.func.attr in RUNS_SQL and call.args
    ]


def late_statements(source: str) -> list[int]:
    """The lines that make a Statement while the program runs: no test would have seen it."""
    return [
        call.lineno
        for function in ast.walk(ast.parse(source))
        if isinstance(function, ast.AsyncFunctionDef)
        for call in calls(function)
        if isinstance(call.func, ast.Name) and call.func.id in MAKES_STATEMENTS
    ]


def files() -> Iterator[str]:
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            yield path.relative_to(ROOT).as_posix()


def test_no_sql_is_run_but_statements() -> None:
    found = [
        f"{file}:{line}"
        for file in files()
        if not file.startswith(tuple(EXCEPTIONS))
        for line in raw_sql((ROOT / file).read_text(encoding="utf-8"))
    ]
    assert found == []


def test_statements_are_made_when_modules_are_imported() -> None:
    found = [
        f"{file}:{line}"
        for file in files()
        for line in late_statements((ROOT / file).read_text(encoding="utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        'await db.execute("DELETE FROM posts")',
        "rows = await connection.fetch(SQL, 1)",
        "await self._db.fetchval(f'SELECT {column} FROM posts')",
    ],
)
def test_raw_sql_is_found(line: str) -> None:
    assert raw_sql(f"async def act():\n    {line}") == [2]


def test_late_statement_is_found() -> None:
    assert late_statements("async def act():\n    await Command('SELECT').run(db)") == [2]
