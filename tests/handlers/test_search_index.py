"""An upgrade to the index of search: nothing is unfindable before, while and after it is filled."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import asyncpg
import pytest

from handlers.jobs import SCHEDULES, JobContext
from handlers.jobs.search_index import run
from handlers.security.tokens import Tokens
from server.config.load import Config
from server.jobs.mailer import open_mailer
from storage.database.pool import open_database
from storage.media.store import media_store
from storage.migrations import files, migrate
from tests.conftest import running
from tests.handlers.post_helpers import create_post, ids
from tests.people import Instance
from tests.storage.own_database import empty_database

MIGRATION = "0007_search_words.sql"


@pytest.fixture
async def before(
    settings: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Config]:
    """Settings with a database of the release before."""
    async with empty_database(settings.database_url) as url:
        earlier = [file for file in files() if file[0] < MIGRATION]
        monkeypatch.setattr("storage.migrations.files", lambda: earlier)
        await migrate(url)
        monkeypatch.undo()
        yield replace(settings, database_url=url, media_dir=tmp_path / "media")


class EarlierInstance:
    """Writes as an instance of the release before does."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def user(self, username: str, display_name: str) -> int:
        sql = """
            INSERT INTO users (username, email, password_hash, display_name)
            VALUES ($1, $1 || '@example.org', '', $2) RETURNING id"""
        id: int = await self._connection.fetchval(sql, username, display_name)
        await self._connection.execute("INSERT INTO profiles (user_id) VALUES ($1)", id)
        await self._connection.execute("INSERT INTO user_seq (user_id) VALUES ($1)", id)
        return id

    async def rename(self, id: int, display_name: str) -> None:
        sql = "UPDATE users SET display_name = $2 WHERE id = $1"
        await self._connection.execute(sql, id, display_name)

    async def post(self, author_id: int, content: str) -> int:
        sql = "INSERT INTO posts (author_id, content) VALUES ($1, $2) RETURNING id"
        id: int = await self._connection.fetchval(sql, author_id, content)
        return id

    async def edit(self, id: int, content: str) -> None:
        await self._connection.execute("UPDATE posts SET content = $2 WHERE id = $1", id, content)

    async def tag(self, post_id: int, author_id: int, tag: str) -> None:
        sql = """
            WITH tag AS (INSERT INTO hashtags (tag) VALUES ($3) RETURNING id)
            INSERT INTO post_hashtags SELECT $1, id, $2, 1 FROM tag"""
        await self._connection.execute(sql, post_id, author_id, tag)


@pytest.fixture
async def earlier(before: Config) -> AsyncIterator[EarlierInstance]:
    connection = await asyncpg.connect(before.database_url)
    yield EarlierInstance(connection)
    await connection.close()


async def fill_index(config: Config) -> None:
    """Run the job that the clock starts every minute, to its end."""
    async with open_database(config.database_url, 2) as db:
        tokens = Tokens(config.jwt_secret, 900, 30)
        store = media_store(config.media_store_url, config.media_dir)
        await run(
            JobContext(db, open_mailer(config), tokens, config.mail_from, config.public_url, store)
        )


async def posts(instance: Instance, q: str) -> list[list[int]]:
    return [
        sorted(await ids(instance, f"/api/search/?q={quote(q)}")),
        sorted(await ids(instance, f"/api/posts/?search={quote(q)}&limit=2")),
    ]


async def both(instance: Instance, q: str, *expected: int) -> None:
    assert await posts(instance, q) == [sorted(expected)] * 2


def test_the_clock_fills_the_index_every_minute() -> None:
    assert SCHEDULES["search.index"] == ("* * * * *", run)


async def test_posts_from_before_are_found_all_the_time(
    before: Config, earlier: EarlierInstance
) -> None:
    ann = await earlier.user("ann", "Ann")
    old = [await earlier.post(ann, f"word Zürich 我家在上海东边 {n}") for n in range(250)]
    await migrate(before.database_url)
    async with running(before) as instance:
        person = await instance.person("bob")
        new = await create_post(instance, person, "word zurich 上海")
        between = await earlier.post(ann, "word, between, 上海")
        await both(instance, "zurich", new)
        await both(instance, "between", between)
        await both(instance, "word", *old, between, new)
        edited = old.pop()
        await earlier.edit(edited, "other words, 上海")
        await both(instance, "word", *old, between, new)
        await both(instance, "other", edited)
        await fill_index(before)
        for q in ("上海", "上", "海 -nothing"):
            await both(instance, q, *old, edited, between, new)
        await both(instance, "zurich", *old, new)
        await both(instance, "word -Zürich", between)


async def test_posts_of_an_earlier_instance_are_found_after_the_index_was_filled(
    before: Config, earlier: EarlierInstance
) -> None:
    await migrate(before.database_url)
    await fill_index(before)
    ann = await earlier.user("ann", "Ann")
    async with running(before) as instance:
        bob = await instance.person("bob")
        first = await earlier.post(ann, "plain https://example.com/first ёлка")
        edited = await create_post(instance, bob, "上海 original")
        await earlier.edit(edited, "北京东边 plain")
        await both(instance, "plain", first, edited)
        await both(instance, "上海")
        await fill_index(before)
        await both(instance, "елка https://example.com/first", first)
        await both(instance, "北京", edited)
        await both(instance, "original")


async def test_names_from_before_and_of_an_earlier_instance_are_found_all_the_time(
    before: Config, earlier: EarlierInstance
) -> None:
    ann = await earlier.user("ann", "Łukasz Plain")
    tagged = await earlier.post(ann, "#plain #zürich")
    await earlier.tag(tagged, ann, "zürich")
    await migrate(before.database_url)
    async with running(before) as instance:
        bob = await earlier.user("bob", "Łukasz Plain")
        await earlier.rename(bob, "Łukasz Other")
        await earlier.tag(tagged, ann, "zürichsee")

        async def users(q: str) -> list[list[int]]:
            paths = ["/api/search/?type=users&q=", "/api/users/profiles/?search="]
            return [sorted(await ids(instance, path + quote(q))) for path in paths]

        async def tags(q: str) -> list[str]:
            found = await instance.walk(f"/api/search/?type=hashtags&q={quote(q)}")
            return [hashtag["tag"] for hashtag in found]

        assert await users("ann") == [[ann]] * 2
        assert await users("łukasz") == [[ann, bob]] * 2
        assert await tags("zürich") == ["zürich", "zürichsee"]
        await fill_index(before)
        for q in ("łukasz", "lukasz", "Lukas", "ŁUKASZ"):
            assert await users(q) == [[ann, bob]] * 2
        assert await tags("zurich") == ["zürich", "zürichsee"]
