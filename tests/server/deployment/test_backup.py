"""The commands of docs/operations.md keep what is there and bring it back; clients start anew."""

import asyncio
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from server.config.load import Config
from server.embedded import postgres
from server.embedded.owner import find_owner
from server.embedded.postgres import _package
from tests.conftest import running
from tests.handlers.media.image_helpers import encoded, halves, post
from tests.people import Instance, Person
from tests.processes import ROOT

PAGE = (ROOT / "docs/operations.md").read_text()
BACKUP = PAGE.partition("\n## Backups\n")[2].partition("\n## ")[0]
DUMP, BASE_BACKUP, RESTORE = re.findall(r"^```sh\n(.*?)^```$", BACKUP, re.DOTALL | re.MULTILINE)
RESTORED = "restored"  # what the page calls it

pytestmark = pytest.mark.skipif(
    "DATABASE_URL" in os.environ, reason="the programs of the server's own version are needed"
)


def sh(script: str, folder: Path, **variables: str) -> None:
    """Run commands of the page, with the programs of the embedded server."""
    path = f"{_package() / 'pginstall/bin'}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-eu", "-c", script],
        check=False,
        cwd=folder,
        env=os.environ | {"PATH": path} | variables,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr


@dataclass(frozen=True, slots=True)
class Before:
    """What there was when the backup was made, and what came after it."""

    alice: Person
    bob: Person
    conversation: int
    image: str
    image_bytes: bytes
    epoch: str
    seq: int


async def lived_in(settings: Config, back_up: Callable[[], None]) -> Before:
    """People who write, are backed up, and write on."""
    async with running(settings) as instance:
        alice, bob = await instance.people("alice", "bob")
        await instance.follow(bob, alice)
        look = await post(instance, alice, encoded(halves(), "PNG"), content="a picture")
        talk = await instance.chat(alice, bob)
        await instance.say(alice, talk, "before")
        async with instance.socket(bob) as client:
            ready = await client.ready()
            image = urlsplit(look["image"]).path
            held = (await instance.get(image)).body
            await asyncio.to_thread(back_up)
            await instance.say(alice, talk, "after")
            seen = await client.next_envelope("message.created")
        return Before(alice, bob, talk, image, held, ready["epoch"], seen["seq"])


async def is_back(settings: Config, before: Before) -> None:
    """What was backed up is there, and what came after it is not; whoever saw that begins anew."""
    async with running(settings) as instance:
        assert (await instance.get(before.image)).body == before.image_bytes
        feed = await instance.get("/api/posts/feed/", before.bob)
        assert [post["content"] for post in feed["results"]] == ["a picture"]
        assert await said(instance, before) == ["before"]
        async with instance.socket(before.bob, since=before.seq, epoch=before.epoch) as client:
            ready = await client.ready()
            assert ready["epoch"] != before.epoch
            assert ready["resume"]["status"] == "reset"
            await instance.say(before.alice, before.conversation, "anew")
            assert (await client.next("message.created"))["message"]["content"] == "anew"
        await instance.log_in(before.alice.id, before.alice.username)


async def said(instance: Instance, before: Before) -> list[str]:
    path = f"/api/messages/{before.conversation}/messages/"
    page = await instance.get(path, before.bob)
    return [message["content"] for message in page["results"]]


async def test_a_dump_and_the_images_bring_back_what_there_was(
    own_settings: Config, tmp_path: Path
) -> None:
    data, elsewhere = tmp_path, tmp_path / "elsewhere"
    elsewhere.mkdir()
    before = await lived_in(
        own_settings,
        lambda: sh(DUMP, elsewhere, DATABASE_URL=own_settings.database_url, DATA=str(data)),
    )
    url = urlsplit(own_settings.database_url)._replace(path=f"/{RESTORED}").geturl()
    variables = {"ADMIN_URL": own_settings.database_url, "RESTORED_URL": url}
    new = elsewhere / "data"
    try:
        await asyncio.to_thread(sh, RESTORE, elsewhere, DATA=str(new), **variables)
        await is_back(replace(own_settings, database_url=url, media_dir=new / "media"), before)
    finally:
        admin = await asyncpg.connect(own_settings.database_url)
        await admin.execute(f"DROP DATABASE IF EXISTS {RESTORED} WITH (FORCE)")
        await admin.close()


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """Where a Unix socket's path is short enough."""
    path = Path(tempfile.mkdtemp(prefix="mt-"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


@contextmanager
def recovered(base: Path, data: Path) -> Iterator[str]:
    """The URL of a server that has recovered from a base backup, to a new timeline."""
    owner = find_owner()
    (base / "recovery.signal").touch()
    with (base / "postgresql.auto.conf").open("a") as settings:
        settings.write("restore_command = 'false'\n")  # all the WAL there is came with the backup
    data.mkdir()
    shutil.move(base, data / "postgres")
    for path in (data / "postgres", *(data / "postgres").rglob("*")):
        os.chown(path, owner.uid, owner.gid, follow_symlinks=False)
    try:
        yield postgres.start(data)
    finally:
        postgres.stop(data)


async def test_a_base_backup_that_recovers_to_a_new_timeline_is_told_from_what_it_was(
    own_settings: Config, short_folder: Path
) -> None:
    settings = own_settings
    before = await lived_in(
        settings, lambda: sh(BASE_BACKUP, short_folder, DATABASE_URL=settings.database_url)
    )
    with recovered(short_folder / "base", short_folder / "data") as server:
        url = urlsplit(server)._replace(path=urlsplit(settings.database_url).path).geturl()
        await is_back(replace(settings, database_url=url), before)
