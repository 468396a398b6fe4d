"""`jobs`: looks at background jobs that are not done, begins them again, drops them."""

import argparse
import asyncio
import dataclasses
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import orjson

from server.cli.commands import configured
from server.config import Config
from server.lifecycle.startup import prepare_database
from storage.database.pool import Database, open_database
from storage.jobs import inspection
from storage.jobs.inspection import JobDetails, Selection, State

T = TypeVar("T")

ERROR_WIDTH = 80  # of the last line of an error, in a list


def list_jobs(options: argparse.Namespace) -> int:
    """Print jobs, one a line, those first that were queued first."""
    selection = Selection(kind=options.kind, state=options.state)

    async def find(db: Database) -> list[JobDetails]:
        return await inspection.find(db, selection, options.limit + 1)

    found = _with_database(options.data_dir, find)
    shown = found[: options.limit]
    if options.json:
        _print_json([_plain(job) for job in shown])
    else:
        for job in shown:
            print(_line(job))
    if len(found) > len(shown):
        print(f"mini-twitter: only the first {len(shown)}: see --limit", file=sys.stderr)
    return 0


def show_jobs(options: argparse.Namespace) -> int:
    """Print all that is known of the jobs; 1 if there is not one of these ids."""

    async def find(db: Database) -> list[JobDetails]:
        return await inspection.find(db, Selection(options.ids), len(options.ids))

    found = _with_database(options.data_dir, find)
    if options.json:
        _print_json([_plain(job) for job in found])
    else:
        print("\n".join(_description(job) for job in found), end="")
    return _missing(options.ids, [job.id for job in found], "there is no job")


def retry_jobs(options: argparse.Namespace) -> int:
    """Have jobs begun now and print their ids; 1 if one of those named is not begun."""
    return _change(options, inspection.begin_again)


def drop_jobs(options: argparse.Namespace) -> int:
    """Delete jobs and print their ids; 1 if one of those named is not deleted."""
    return _change(options, inspection.drop)


def _change(
    options: argparse.Namespace, act: Callable[[Database, Selection], Awaitable[list[int]]]
) -> int:
    ids = options.ids or None
    # What is named is meant whatever its state; what is not is meant only if it is held.
    state: State | None = options.state or (None if ids else "held")
    selection = Selection(ids, options.kind, state)
    if ids is None and options.kind is None and not options.all:
        print("mini-twitter: name jobs by their ids, --kind or --all", file=sys.stderr)
        return 2
    changed = _with_database(options.data_dir, lambda db: act(db, selection))
    if options.json:
        _print_json(changed)
    else:
        for id in changed:
            print(id)
    return _missing(ids or [], changed, "left alone, as it runs, is not there, or is not meant:")


def _with_database(data_dir: Path, ask: Callable[[Database], Awaitable[T]]) -> T:
    async def run(config: Config) -> T:
        await prepare_database(config)
        async with open_database(config.database_url, size=1) as db:
            return await ask(db)

    with configured(data_dir, with_redis=False) as config:
        return asyncio.run(run(config))


def _missing(asked: list[int], found: list[int], why: str) -> int:
    missing = sorted(set(asked) - set(found))
    for id in missing:
        print(f"mini-twitter: {why} {id}", file=sys.stderr)
    return 1 if missing else 0


def _plain(job: JobDetails) -> dict[str, Any]:
    return dataclasses.asdict(job) | {"payload": orjson.loads(job.payload)}


def _print_json(value: object) -> None:
    print(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())


def _line(job: JobDetails) -> str:
    lines = (job.error or "").strip().splitlines() or [""]
    since = f"{job.held_at or job.run_at:%Y-%m-%d %H:%M:%S}Z"
    return (
        f"{job.id} {job.kind} {job.state} {since} {job.attempts} {lines[-1][:ERROR_WIDTH]}".rstrip()
    )


def _description(job: JobDetails) -> str:
    values = _plain(job) | {"payload": job.payload, "error": None}
    lines = [f"{name}: {value}" for name, value in values.items() if value is not None]
    error = (job.error or "").rstrip()
    return "\n".join([*lines, *(["error:", error] if error else []), ""])
