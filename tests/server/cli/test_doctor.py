"""`doctor`: what it says of a server that is well, and of one that is not."""

import asyncio
import socket
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import asyncpg
import pytest

from storage import housekeeping
from storage.database.pool import open_database
from storage.jobs import backlog
from tests.conftest import Services
from tests.processes import PROGRAM, run
from tests.server.jobs.mail_server import mail_server
from tests.server.lifecycle.instances import serving, settings
from tests.storage.own_database import own_database
from tests.waiting import until

NAMES = (
    "settings database extensions migrations clock jobs housekeeping redis mail media "
    "public_url proxy_headers websocket metrics"
)


@pytest.fixture
async def url(services: Services) -> AsyncIterator[str]:
    async with own_database(services.database_url) as url:
        yield url


def examined(data_dir: Path, code: int, **env: str) -> dict[str, str]:
    """Each line by what it is about."""
    done = run("doctor", "--data-dir", str(data_dir), env=env, seconds=60)
    assert done.returncode == code, done.stdout + done.stderr
    lines = {}
    for line in done.stdout.splitlines():
        level, about = line[:4].rstrip(), line[5:]
        name, _, text = about.partition(": ")
        assert level in ("OK", "WARN", "FAIL")
        assert (" -> " in text) == (level != "OK"), line
        lines[name] = f"{level} {text}"
    return lines


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


async def test_a_server_that_is_well_is_said_to_be(
    services: Services, tmp_path: Path, url: str
) -> None:
    env = settings(services) | {"DATABASE_URL": url}
    flags = {"METRICS_LISTEN": f"127.0.0.1:{free_port()}"}
    async with (
        mail_server() as smtp,
        serving(services, tmp_path, program=PROGRAM, **(env | flags)) as server,
        open_database(url, 1) as db,
    ):

        async def worker_has_said_what_is_to_be_done() -> bool:
            return bool(await backlog.lateness(db))

        await until(worker_has_said_what_is_to_be_done, 20)
        env |= {"PUBLIC_URL": server.url, "SMTP_URL": f"smtp://127.0.0.1:{smtp.port}"}
        # In a thread, as the mail server of this process must go on meanwhile.
        lines = await asyncio.to_thread(partial(examined, tmp_path, 0, **env))
        assert [name.replace(" ", "_") for name in lines] == NAMES.split()
        assert {line.partition(" ")[0] for line in lines.values()} == {"OK"}, lines
        assert smtp.mails == []
    assert list((tmp_path / "media").rglob("*doctor*")) == []


async def test_each_thing_that_is_away_is_said_with_what_to_do(tmp_path: Path) -> None:
    nobody = f"127.0.0.1:{free_port()}"
    (tmp_path / "file").write_text("")
    lines = examined(
        tmp_path,
        1,
        DATABASE_URL=f"postgresql://{nobody}/x",
        REDIS_URL=f"redis://{nobody}",
        SMTP_URL=f"smtp://{nobody}",
        MEDIA_DIR=str(tmp_path / "file"),
        PUBLIC_URL=f"http://{nobody}",
    )
    for name, setting in (
        ("database", "DATABASE_URL"),
        ("redis", "REDIS_URL"),
        ("mail", "SMTP_URL"),
        ("media", "MEDIA_DIR"),
    ):
        assert lines[name].startswith("FAIL"), lines
        assert setting in lines[name].partition(" -> ")[2]
    assert lines["public url"].startswith("WARN")


async def test_a_setting_that_is_not_accepted_fails(tmp_path: Path) -> None:
    lines = examined(tmp_path, 1, LOG_LEVEL="loud")
    assert lines["settings"].startswith("FAIL LOG_LEVEL='loud' is not accepted")


async def test_migrations_that_are_missing_changed_or_of_a_later_release_are_said(
    services: Services, tmp_path: Path, url: str
) -> None:
    env = settings(services) | {"DATABASE_URL": url, "PUBLIC_URL": "http://127.0.0.1:9"}
    assert examined(tmp_path, 0, **env)["migrations"] == "OK all applied"
    db = await asyncpg.connect(url)
    try:
        last = await db.fetchval(
            "DELETE FROM migrations WHERE name = (SELECT max(name) FROM migrations) RETURNING name"
        )
        assert last in examined(tmp_path, 0, **env)["migrations"]
        await db.execute("INSERT INTO migrations VALUES ($1, 'x')", last)
        assert examined(tmp_path, 1, **env)["migrations"].startswith("FAIL changed")
        await db.execute("DELETE FROM migrations WHERE name = $1", last)
        await db.execute("INSERT INTO migrations VALUES ('9999_later.sql', 'x')")
        assert "9999_later.sql" in examined(tmp_path, 0, **env)["migrations"]
        await db.execute("DROP TABLE migrations")
        assert examined(tmp_path, 0, **env)["migrations"].startswith("WARN")
    finally:
        await db.close()


async def test_a_proxy_that_lets_clients_lend_themselves_addresses_is_found(
    services: Services, tmp_path: Path
) -> None:
    env = settings(services)
    trusting = {"TRUSTED_PROXIES": "127.0.0.0/8"}
    async with serving(services, tmp_path, "--no-jobs", program=PROGRAM, **trusting) as server:
        lines = examined(tmp_path, 0, PUBLIC_URL=server.url, **env, **trusting)
    assert lines["proxy headers"].startswith("WARN X-Forwarded-For is believed")
    assert lines["metrics"].startswith("WARN")
    assert lines["mail"].startswith("WARN")


async def test_jobs_that_nobody_does_and_housekeeping_that_fails_are_said(
    services: Services, tmp_path: Path, url: str
) -> None:
    env = settings(services) | {"DATABASE_URL": url, "PUBLIC_URL": "http://127.0.0.1:9"}
    lines = examined(tmp_path, 0, **env)
    assert lines["jobs"].startswith("WARN no worker has been here")
    assert lines["housekeeping"] == "OK not due yet"
    async with open_database(url, 1) as db:
        await db.execute("""
            INSERT INTO job_schedules
            VALUES ('housekeeping', '17 * * * *', now() - interval '1 hour')""")
        await housekeeping.record(db, "events", 1.0, 7, None)
        await housekeeping.record(db, "feed", 1.0, 0, "Unavailable: away")
    lines = examined(tmp_path, 0, **env)
    assert "begun by no worker: housekeeping" in lines["jobs"]
    assert "feed (Unavailable: away)" in lines["housekeeping"]
    assert "events" not in lines["housekeeping"]
