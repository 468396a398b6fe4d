"""What statements cost PostgreSQL: `python -m benchmarks.rest.plans URL`, on a copy of the data.

For each of cases.py, with a plan for its arguments and with one for any: CPU of its backend in ms
(as the kernel of this machine counted it, so that others at work do not show; 0 elsewhere) and
pages of 8 KB looked at, when they are in memory; and how long the planning took.
"""

import argparse
import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import orjson

from benchmarks.rest.cases import Case, cases
from benchmarks.rest.size import Size
from storage.database.pool import SETTINGS
from storage.database.user_columns import MEDIA_URL

TIMES = 5
MODES = {"custom": "force_custom_plan", "generic": "force_generic_plan"}


@dataclass(frozen=True, slots=True)
class Cost:
    milliseconds: float
    planning: float
    pages: int


async def connect(url: str) -> asyncpg.Connection:
    """As the program does, but that a statement may take a minute."""
    settings = SETTINGS | {MEDIA_URL: "/media/", "statement_timeout": "60000"}
    return await asyncpg.connect(url, server_settings=settings, statement_cache_size=0)


async def explain(
    connection: asyncpg.Connection, case: Case, mode: str, *, run: bool = True, times: int = 0
) -> dict[str, Any]:
    """Return what EXPLAIN says of a statement; what it has changed is undone.

    "CPU Time" is what a backend took for each of so many `times`, in ms.
    """
    statement = await connection.prepare(case.statement.sql)
    types = [type.name for type in statement.get_parameters()]
    values = ", ".join(map(_literal, case.args, types))
    values = f"({values})" if values else ""
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.execute(f"SET LOCAL plan_cache_mode = {MODES[mode]}")
        await connection.execute(f"PREPARE explained AS {case.statement.sql}")
        options = f"{'ANALYZE, BUFFERS, ' if run else ''}VERBOSE, FORMAT JSON"
        found = await connection.fetchval(f"EXPLAIN ({options}) EXECUTE explained{values}")
        plan: dict[str, Any] = orjson.loads(found)[0]
        before = _cpu(connection)
        for _ in range(times):
            await connection.fetch(f"EXECUTE explained{values}")
        return plan | {"CPU Time": (_cpu(connection) - before) / max(1, times) / 1e6}
    finally:
        await transaction.rollback()
        await connection.execute("DEALLOCATE explained")


def _cpu(connection: asyncpg.Connection) -> int:
    """Return the nanoseconds that a backend has run."""
    path = Path(f"/proc/{connection.get_server_pid()}/schedstat")
    return int(path.read_text().split()[0]) if path.exists() else 0


def _literal(value: object, type: str) -> str:
    if value is None:
        return f"NULL::{type}"
    text = "{" + ",".join(map(str, value)) + "}" if isinstance(value, list) else str(value)
    return "'" + text.replace("'", "''") + f"'::{type}"


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a plan's node and all below it."""
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


async def measure(connection: asyncpg.Connection, case: Case, mode: str) -> Cost:
    await explain(connection, case, mode)
    found = await explain(connection, case, mode, times=TIMES)
    top = found["Plan"]
    pages = top["Shared Hit Blocks"] + top["Shared Read Blocks"]
    return Cost(found["CPU Time"], found["Planning Time"], pages)


async def _print_all(url: str, people: int, only: str) -> None:
    connection = await connect(url)
    print(f"{'':42} {'custom':>9} {'plan':>7} {'pages':>8} {'generic':>9} {'pages':>8}")
    for case in cases(Size(people)):
        if only not in case.name:
            continue
        line = f"{case.name:42}"
        for mode in MODES:
            try:
                cost = await measure(connection, case, mode)
            except asyncpg.QueryCanceledError:
                line += f" {'over a minute':>9}"
                continue
            planning = f" {cost.planning:7.2f}" if mode == "custom" else ""
            line += f" {cost.milliseconds:9.2f}{planning} {cost.pages:8}"
        print(line, flush=True)
    await connection.close()


def main() -> None:
    parser = argparse.ArgumentParser(description="Print what each statement costs PostgreSQL.")
    parser.add_argument("url", help="a copy of the data")
    parser.add_argument("--people", type=int, default=25_000)
    parser.add_argument("--only", default="", help="cases that have this in their name")
    given = parser.parse_args()
    asyncio.run(_print_all(given.url, given.people, given.only))


if __name__ == "__main__":
    main()
