"""Migrations are applied, and instances replaced, while those of the release before still serve."""

import asyncio
import subprocess
import tarfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from io import BytesIO
from pathlib import Path

import aiohttp
import pytest

from storage.migrations import files
from tests.archives import unpack
from tests.conftest import Services
from tests.journeys.reconnecting_client import (
    QUIET,
    Process,
    ReconnectingClient,
    listening,
    send_surely,
)
from tests.processes import PROGRAM, ROOT, run, running
from tests.server.lifecycle.instances import Instance as Served
from tests.server.lifecycle.instances import serving, settings
from tests.storage.own_database import empty_database
from tests.waiting import until

START_SECONDS = 60
DOCUMENTED = "is not as documented"
UPGRADE_SECONDS = 180  # on a busy machine; it takes some 30


def git(*arguments: str) -> bytes:
    done = subprocess.run(["git", *arguments], check=False, cwd=ROOT, capture_output=True)
    if done.returncode:
        pytest.skip(f"the history is not at hand: {done.stderr.decode().strip()}")
    return done.stdout


def before_the_newest_migrations(count: int) -> str:
    """The commit before the last that added migrations; a skip where history ends.

    Those of this branch alone: before they were merged, migrations may have been edited.
    """
    log = git(
        *("log", "--first-parent", "-m", "--diff-filter=A", "--format=%H"),
        *("--", "storage/migrations/*.sql"),
    )
    commits = log.decode().split()
    if len(commits) <= count:
        pytest.skip("the history is not at hand: it is shallow")
    return git("rev-parse", f"{commits[count - 1]}^").decode().strip()


@pytest.fixture(params=[1, 3], ids=["one migration ago", "three migrations ago"])
def release_before(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The program of then."""
    commit = before_the_newest_migrations(request.param)
    with tarfile.open(fileobj=BytesIO(git("archive", commit))) as archive:
        unpack(archive, tmp_path / "before")
    return tmp_path / "before"


@asynccontextmanager
async def serving_from(tree: Path, services: Services, data_dir: Path) -> AsyncIterator[Process]:
    """`serve` of another tree."""
    arguments = ("serve", "--port", "0", "--data-dir", str(data_dir), "--no-jobs")
    with running(*arguments, env=settings(services) | QUIET, cwd=tree) as process:
        assert process.stdout is not None
        async with asyncio.timeout(START_SECONDS):
            line = await asyncio.to_thread(process.stdout.readline)
        if not line.startswith("ready on "):
            process.kill()
            _, reason = process.communicate()
            assert "requires" in reason or "needs" in reason, reason
            pytest.skip(f"it does not run on the libraries of now: {reason.strip()}")
        async with aiohttp.ClientSession() as client:
            url = line.removeprefix("ready on ").strip()
            yield Process(Served(process, url, client))


async def test_an_upgrade_under_load_loses_and_repeats_nothing(
    services: Services, release_before: Path, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    async with (
        asyncio.timeout(UPGRADE_SECONDS),
        empty_database(services.database_url) as url,
        serving_from(release_before, own := replace(services, database_url=url), data) as old,
    ):
        known = {path.name for path in (release_before / "storage/migrations").glob("*.sql")}
        alice, bob = await old.people("alice", "bob")
        talk = await old.chat(alice, bob)
        sent: list[int] = []
        where = [old]
        enough = asyncio.Event()

        async def send() -> None:
            while not enough.is_set():
                sent.append(await send_surely(where, alice, talk, str(len(sent))))

        urls = [old.url]
        async with listening([alice, bob], urls) as clients:
            sending = asyncio.create_task(send())
            try:
                await reach(sent, 20, sending)
                migrated = await asyncio.to_thread(run, "migrate", env=settings(own), seconds=60)
                assert migrated.returncode == 0, migrated.stderr
                missing = [name for name, _ in files() if name not in known]
                assert migrated.stdout.split() == missing
                assert missing
                await reach(sent, 20, sending)  # the old one serves on, on the new schema
                async with serving(own, data, "--no-jobs", program=PROGRAM, **QUIET) as served:
                    new = Process(served)
                    where.insert(0, new)
                    for client in clients.values():
                        client.go_to([new.url])
                    await reach(sent, 20, sending)
                    where.remove(old)
                    old.terminate()
                    code, _, log = await asyncio.to_thread(old.end)
                    assert (code, log) == (0, "")
                    for client in clients.values():  # the release before has documents of its own
                        client.faults[:] = [one for one in client.faults if DOCUMENTED not in one]
                    await reach(sent, 20, sending)
                    enough.set()
                    await sending
                    for client in clients.values():
                        await until(partial(has_heard, client, len(sent)), 15)
                        assert client.faults == []
                        assert heard(client) == sent
                        assert client.connects == 2
            finally:
                sending.cancel()
                await asyncio.gather(sending, return_exceptions=True)


async def reach(sent: list[int], more: int, sending: "asyncio.Task[None]") -> None:
    """Wait until so many more are acknowledged."""
    before = len(sent)
    await until(lambda: len(sent) >= before + more or sending.done(), 30)
    assert not sending.done(), sending.result()


def has_heard(client: ReconnectingClient, count: int) -> bool:
    return len(heard(client)) >= count


def heard(client: ReconnectingClient) -> list[int]:
    return [data["message"]["id"] for _, name, data in client.log if name == "message.created"]
