"""How PostgreSQL would carry statements out on a site of 25,000 people and a million posts.

A tiny one has the statistics of the large (benchmarks/rest/statistics.py), so this takes a second.
What is refused are plans whose cost grows with the site, or with what the viewer has. Where one is:
`python -m benchmarks.rest.plans URL` says what it costs on the data themselves.
"""

import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from benchmarks.rest import data, statistics
from benchmarks.rest.cases import Case, cases
from benchmarks.rest.plans import MODES, connect, explain, nodes
from benchmarks.rest.size import CELEBRITY, POST, Size
from server.config.load import Config
from storage.database.paging import MAX_ID
from storage.database.query import Command, Statement
from storage.posts import timelines
from storage.social import relationships
from tests.storage.database.test_queries import PROGRAM, name_of
from tests.storage.own_database import own_database

PEOPLE = 300
CASES = list(cases(Size(PEOPLE)))

# What grows with the site.
LARGE = {
    "posts",
    "post_words",
    "likes",
    "bookmarks",
    "follows",
    "blocks",
    "mutes",
    "feed_entries",
    "post_hashtags",
    "mentions",
    "notifications",
    "events",
    "messages",
    "conversations",
    "participants",
    "users",
    "profiles",
    "user_names",
    "user_seq",
    "hashtags",
    "hashtag_names",
    "sessions",
}
OF_VIEWERS = {"likes", "bookmarks", "follows", "blocks", "mutes", "feed_entries"}
OF_POSTS = {"posts_pkey", "post_words_pkey"}

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def large(settings: Config) -> AsyncIterator[asyncpg.Connection]:
    """A connection to a database that PostgreSQL takes for a large one."""
    async with own_database(settings.database_url) as url:
        admin = await asyncpg.connect(url)
        if admin.get_server_version().major < 18:
            await admin.close()
            pytest.skip("PostgreSQL takes statistics since 18")
        # Whatever it finds out by itself would be that of the small one.
        for table in await admin.fetch(
            "SELECT format('%I', relname) FROM pg_class "
            "WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
        ):
            await admin.execute(f"ALTER TABLE {table[0]} SET (autovacuum_enabled = false)")
        await data.fill(url, PEOPLE, data.NO_PASSWORD, lambda what: None)
        await statistics.restore(admin)
        await admin.close()
        connection = await connect(url)
        yield connection
        await connection.close()


def begun(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the nodes but for those for posts that search has not read yet: there are none."""
    if "One-Time Filter" in plan:
        return
    yield plan
    for child in plan.get("Plans", ()):
        yield from begun(child)


def faults(plan: dict[str, Any]) -> Iterator[str]:
    """Yield what is wrong with a plan."""
    for node in begun(plan):
        relation = node.get("Relation Name")
        if node["Node Type"] == "Seq Scan" and relation in LARGE:
            yield f"reads all of {relation}"
        if "hashed SubPlan" in " ".join([*node.get("Output", ()), node.get("Filter", "")]):
            yield f"hashes all that a condition may be about: {node.get('Filter', 'the output')}"
        if node["Node Type"] == "Hash":
            below = [each.get("Relation Name") for each in nodes(node)]
            yield from (f"hashes {each}" for each in below if each in OF_VIEWERS)
        if node.get("Index Name") in OF_POSTS and "Filter" in node and not _by_id(node):
            yield f"walks {node['Index Name']} for {node['Filter']}"


def _by_id(node: dict[str, Any]) -> bool:
    return re.search(r"\b(post_)?id = ", node.get("Index Cond", "")) is not None


async def found(large: asyncpg.Connection, case: Case, mode: str) -> set[str]:
    plan = await explain(large, case, mode, run=False)
    return set(faults(plan["Plan"]))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
async def test_cost_does_not_grow_with_the_site(
    large: asyncpg.Connection, case: Case, mode: str
) -> None:
    assert not await found(large, case, mode)


def of(statement: Statement, sql: str, *args: object) -> Case:
    """A case of an SQL that is not among the program's statements."""
    return Case(name_of(statement), Command(sql), args)


async def test_plans_that_grow_are_found(large: asyncpg.Connection) -> None:
    hashing = re.sub(
        r"coalesce\(\(SELECT true FROM follows WHERE follower_id = u.id AND followed_id = \$1 "
        r"LIMIT 1\), false\)",
        "EXISTS (SELECT FROM follows WHERE follower_id = u.id AND followed_id = $1)",
        relationships.FOLLOWERS.sql,
    )
    assert hashing != relationships.FOLLOWERS.sql
    case = of(relationships.FOLLOWERS, hashing, CELEBRITY, CELEBRITY, MAX_ID, 21)
    assert any("hashes" in fault for fault in await found(large, case, "custom"))

    walk = """
        SELECT p.id FROM posts p WHERE p.search @@ websearch_to_tsquery('simple', $1)
         ORDER BY p.id DESC LIMIT 21"""
    case = of(timelines.NEWEST_MATCHING, walk, "the common")
    assert any("walks posts_pkey" in fault for fault in await found(large, case, "generic"))

    every = "SELECT id FROM posts WHERE content = $1"
    case = of(timelines.NEWEST_MATCHING, every, "words")
    assert await found(large, case, "custom") == {"reads all of posts"}

    by_id = "SELECT id FROM posts WHERE id = $1 AND author_id <> 0"
    case = of(timelines.NEWEST_MATCHING, by_id, POST)
    assert not await found(large, case, "custom")


@pytest.mark.parametrize("statement", PROGRAM, ids=name_of)
async def test_no_statement_reads_all_of_a_large_table(
    large: asyncpg.Connection, statement: Statement
) -> None:
    prepared = await large.prepare(statement.sql)
    args = (None,) * len(prepared.get_parameters())
    reads = {
        fault
        for fault in await found(large, Case(name_of(statement), statement, args), "generic")
        if fault.startswith("reads")
    }
    assert not reads
