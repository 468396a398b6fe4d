"""Trending hashtags: by how many accounts use them beyond what is usual."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from server.config.load import Config
from server.services import TRENDS_SECONDS
from storage.database.pool import Database, open_database
from storage.posts.trends import (
    ACCOUNTS_MIN,
    EXPECTED_MIN,
    HALF_LIFE_SECONDS,
    TRENDING_HASHTAGS,
    TRENDS_MAX,
    trending,
)
from tests.conftest import running
from tests.people import Instance
from tests.storage.own_database import own_database
from tests.waiting import until

ACCOUNTS = """
    WITH made AS (
        INSERT INTO users (username, email, password_hash, display_name)
        SELECT 'user' || n, n || '@example.org', '', 'user' || n FROM generate_series(1, 200) n
        RETURNING id)
    INSERT INTO profiles (user_id) SELECT id FROM made"""
USE = """
    WITH tag AS (
        INSERT INTO hashtags (tag) VALUES ($1) ON CONFLICT (tag) DO UPDATE SET tag = $1
        RETURNING id),
    posts AS (
        INSERT INTO posts (author_id, content) SELECT id, '#' || $1
          FROM unnest($2::bigint[]) id, generate_series(1, $3::integer) RETURNING id, author_id)
    INSERT INTO post_hashtags (post_id, hashtag_id, author_id, position, created_at)
    SELECT posts.id, tag.id, author_id, 1, now() - make_interval(secs => 3600 * $4::float8)
      FROM posts, tag"""

MANY_POSTS = """
    INSERT INTO posts (author_id, content, created_at)
    SELECT $1::bigint + n % 200, 'x', now() - n * interval '10 minutes'
      FROM generate_series(1, 10000) n"""
MANY_USES = """
    INSERT INTO post_hashtags (post_id, hashtag_id, author_id, position, created_at)
    SELECT p.id, h.id, p.author_id, n, p.created_at
      FROM posts p CROSS JOIN generate_series(1, 10) n
      JOIN hashtags h ON h.tag = 'tag' || 1 + (p.id + 97 * n) % 1999"""


class Site:
    """A database of its own, since trends are everybody's; its 200 users by number, from 0."""

    def __init__(self, db: Database, users: list[int]) -> None:
        self.db = db
        self.users = users

    async def use(
        self, tag: str, accounts: Sequence[int], times: int = 1, hours_ago: float = 0.1
    ) -> None:
        ids = [self.users[number] for number in accounts]
        await self.db.execute(USE, tag, ids, times, hours_ago)

    async def trends(self) -> dict[str, float]:
        """Scores by tag, the highest first."""
        return {trend.tag: trend.score for trend in await trending(self.db)}


@pytest.fixture
async def url(settings: Config) -> AsyncIterator[str]:
    async with own_database(settings.database_url) as url:
        yield url


@pytest.fixture
async def site(url: str) -> AsyncIterator[Site]:
    async with open_database(url) as db:
        await db.execute(ACCOUNTS)
        accounts = await db.fetch("SELECT id FROM users WHERE deleted_at IS NULL ORDER BY id")
        yield Site(db, [account["id"] for account in accounts])


async def test_one_account_never_makes_a_trend_but_ten_do(site: Site) -> None:
    await site.use("spam", [0], times=1000)
    await site.use("news", range(10))
    (trend,) = await trending(site.db)
    assert (trend.tag, trend.posts_count, trend.accounts_count) == ("news", 10, 10)
    assert trend.score == pytest.approx((10 - 1) ** 2 / 1, rel=0.05)


async def test_posting_more_often_adds_nothing_to_a_trend(site: Site) -> None:
    await site.use("quiet", range(10))
    await site.use("loud", range(10, 15), times=100)
    scores = await site.trends()
    assert list(scores) == ["quiet", "loud"]
    assert scores["loud"] == pytest.approx((5 - 1) ** 2 / 1, rel=0.05)


async def test_tag_that_is_always_in_use_is_no_trend(site: Site) -> None:
    for day in range(8):
        await site.use("daily", range(50), hours_ago=24 * day + 1)
    await site.use("new", range(20))
    assert list(await site.trends()) == ["new"]
    await site.use("daily", range(50, 150))
    scores = await site.trends()
    assert scores["daily"] == pytest.approx(
        (150 - 50) ** 2 / 50 * (50 * 0.84 + 100) / 150, rel=0.05
    )
    assert list(scores) == ["new", "daily"]


async def test_one_account_does_not_raise_the_baseline(site: Site) -> None:
    for day in range(1, 8):
        await site.use("kept", [0], times=100, hours_ago=24 * day + 1)
    await site.use("kept", range(10))
    assert (await site.trends())["kept"] == pytest.approx(81, rel=0.05)


async def test_score_halves_in_four_hours_and_ends_within_a_day(site: Site) -> None:
    await site.use("now", range(10), hours_ago=0)
    await site.use("before", range(10), hours_ago=4)
    await site.use("long_before", range(10), hours_ago=23)
    await site.use("yesterday", range(10), hours_ago=25)
    scores = await site.trends()
    assert list(scores) == ["now", "before", "long_before"]
    assert scores["now"] == pytest.approx(2 * scores["before"], rel=0.01)


async def test_the_suspended_do_not_count(site: Site) -> None:
    await site.use("bots", range(10))
    suspend = "UPDATE users SET suspended_at = now() WHERE id = ANY($1::bigint[])"
    await site.db.execute(suspend, site.users[:9])
    assert await site.trends() == {}


async def test_trends_of_a_hundred_thousand_uses_come_by_index(url: str, site: Site) -> None:
    connection = await asyncpg.connect(url)  # without the time limits of requests
    try:
        await connection.execute(
            "INSERT INTO hashtags (tag) SELECT 'tag' || n FROM generate_series(1, 2000) n"
        )
        await connection.execute(MANY_POSTS, site.users[0])
        await connection.execute(MANY_USES)
        await connection.execute("ANALYZE")
        assert await connection.fetchval("SELECT count(*) FROM post_hashtags") == 100_000
        await connection.execute(f"PREPARE trends AS {TRENDING_HASHTAGS.sql}")
        values = f"({ACCOUNTS_MIN}, {EXPECTED_MIN}, {HALF_LIFE_SECONDS}, {TRENDS_MAX})"
        steps = await connection.fetch(f"EXPLAIN EXECUTE trends {values}")
    finally:
        await connection.close()
    plan = "\n".join(step[0] for step in steps)
    assert "post_hashtags_created" in plan, plan
    assert "Seq Scan on post_hashtags" not in plan, plan
    assert await trending(site.db)


async def test_trends_are_seen_by_everybody_soon_after_the_posts(
    settings: Config, url: str
) -> None:
    async with running(replace(settings, database_url=url)) as instance:
        path = "/api/posts/trending_hashtags/"
        assert (await instance.get(path)).body == {"results": []}
        for n in range(3):
            person = await instance.person(f"p{n}")
            for _ in range(2):
                await instance.post("/api/posts/", person, {"content": "#News #Früh"})

        async def found() -> bool:
            return bool((await instance.get(path))["results"])

        # Kept for 100 times what finding them took, which on a busy machine comes to that.
        await until(found, TRENDS_SECONDS + 20)
        (first, second) = (await instance.get(path))["results"]
        assert first.keys() == {"tag", "posts_count", "accounts_count", "score"}
        assert {first["tag"], second["tag"]} == {"news", "früh"}
        assert (first["posts_count"], first["accounts_count"]) == (6, 3)
        assert await one(instance, f"{path}?limit=1") == [first]
        await instance.get(f"{path}?limit=0", status=422)


async def one(instance: Instance, path: str) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = (await instance.get(path))["results"]
    return [{**result, "score": pytest.approx(result["score"], rel=0.01)} for result in results]
