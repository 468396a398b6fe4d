"""Looking through windows finds what looking through all posts finds, page by page."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio

from benchmarks.rest import data
from benchmarks.rest.cases import WORDS
from benchmarks.rest.size import CELEBRITY, COMMON, KEPT_AWAY, RARE
from server.config.load import Config
from storage import search
from storage.database.pool import Database, open_database
from storage.posts import timelines
from storage.search_index.matching import AMONG_MAX, CANDIDATES_MAX
from storage.search_index.words import asked
from tests.storage.own_database import own_database

PEOPLE = 300
LIMIT = 100
VISIBLE = """
    SELECT p.id FROM posts p JOIN post_words w ON w.post_id = p.id
      JOIN users u ON u.id = p.author_id
     WHERE w.words @@ $2::text::tsquery AND u.suspended_at IS NULL AND u.deleted_at IS NULL
       AND NOT EXISTS (SELECT FROM blocks b WHERE (b.blocker_id, b.blocked_id) IN (
                       ($1::bigint, u.id), (u.id, $1::bigint)))
       AND NOT EXISTS (SELECT FROM mutes WHERE muter_id = $1 AND muted_id = u.id)
       AND ($3::bigint IS NULL OR p.author_id = $3)
     ORDER BY p.id DESC"""

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def filled(settings: Config) -> AsyncIterator[Database]:
    async with own_database(settings.database_url) as url:
        await data.fill(url, PEOPLE, data.NO_PASSWORD, lambda what: None)
        admin = await asyncpg.connect(url)  # somebody whom only few may see
        await admin.execute("UPDATE users SET suspended_at = now() WHERE id % 7 = 3 AND id > 9")
        await admin.close()
        async with open_database(url) as db:
            yield db


async def walked(db: Database, viewer: int, text: str, author: int | None = None) -> list[int]:
    found: list[int] = []
    cursor = None
    while True:
        page = await timelines.newest(db, viewer, LIMIT, cursor, search=text, author_id=author)
        assert len(page.results) <= LIMIT
        found += [post.id for post in page.results]
        if page.cursor is None:
            return found
        cursor = page.cursor


async def all_of(db: Database, viewer: int, text: str, author: int | None = None) -> list[int]:
    rows = await db.fetch(VISIBLE, viewer, asked(text).query, author)
    return [row["id"] for row in rows]


TEXTS = [
    *WORDS.values(),
    "common or rarebird",
    "rarebird -common",
    '"word common"',
    "w40er or 一丁",
]


@pytest.mark.parametrize("viewer", [CELEBRITY, KEPT_AWAY])
@pytest.mark.parametrize("text", TEXTS)
async def test_a_walk_has_all_posts_that_match_once_and_in_order(
    filled: Database, text: str, viewer: int
) -> None:
    assert await walked(filled, viewer, text) == await all_of(filled, viewer, text)


@pytest.mark.parametrize("text", TEXTS)
async def test_a_walk_through_the_posts_of_an_author_has_all_that_match(
    filled: Database, text: str
) -> None:
    found = await walked(filled, KEPT_AWAY, text, CELEBRITY)
    assert found == await all_of(filled, KEPT_AWAY, text, CELEBRITY)


async def test_candidates_that_do_not_match_end_a_page_early_and_not_the_walk(
    filled: Database,
) -> None:
    many = await all_of(filled, CELEBRITY, "common")
    assert len(many) < CANDIDATES_MAX
    author = await filled.fetchval("SELECT author_id FROM posts GROUP BY 1 ORDER BY count(*) DESC")
    async with filled.transaction() as connection:
        await connection.execute("SET LOCAL statement_timeout = 0")  # of the writing alone
        await connection.execute(
            f"""
            WITH new AS (
                INSERT INTO posts (author_id, content)
                SELECT $1, CASE WHEN i = 1 THEN 'common {RARE}er' ELSE '{COMMON}' END
                  FROM generate_series(1, {CANDIDATES_MAX} + 3000) AS i RETURNING id, content)
            INSERT INTO post_words (post_id, author_id, words)
            SELECT id, $1, to_tsvector('simple', content) FROM new""",
            author,
        )
    (oldest,) = await all_of(filled, CELEBRITY, f"{RARE}er")
    for text, by in ((f'"common {RARE}er"', None), (f"common {RARE}er", author)):
        assert await walked(filled, CELEBRITY, text, by) == [oldest]
    page = await timelines.newest(
        filled, CELEBRITY, LIMIT, None, search=f"{RARE}er", author_id=author
    )
    assert not page.results
    assert page.cursor is not None
    in_row = await timelines.newest(filled, CELEBRITY, LIMIT, None, search='"word the common word"')
    assert not in_row.results
    assert in_row.cursor is not None
    assert AMONG_MAX < CANDIDATES_MAX


@pytest.mark.parametrize("text", ["rarebird", "w40er", "common rarebird", "一丁"])
async def test_what_is_ranked_are_all_that_match_where_they_are_few(
    filled: Database, text: str
) -> None:
    page = await search.posts(filled, CELEBRITY, text, search.RANKED_MAX, None)
    expected = await all_of(filled, CELEBRITY, text)
    assert len(expected) < search.RANKED_MAX
    assert sorted(post.id for post in page.results) == sorted(expected)


async def test_what_is_ranked_of_many_are_the_newest(filled: Database) -> None:
    page = await search.posts(filled, CELEBRITY, "the common", search.RANKED_MAX, None)
    newest = (await all_of(filled, CELEBRITY, "the common"))[: search.RANKED_OF]
    assert {post.id for post in page.results} <= set(newest)
    assert len(page.results) == search.RANKED_MAX
