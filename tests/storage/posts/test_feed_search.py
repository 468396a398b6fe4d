"""Feeds of those who follow many: found by a search of the site's entries, at the same cost."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import asyncpg
import orjson
import pytest

from server.config.load import Config
from storage.database.paging import MAX_ID
from storage.database.pool import Database
from storage.database.query import Query
from storage.posts import feed_entries, feed_walk
from storage.posts.feed_walk import WalkedEntry
from storage.social import blocks, relationships
from tests.handlers.operations.crowds import CROWD
from tests.storage.own_database import own_database
from tests.storage.posts.busy_author import BusyAuthor
from tests.storage.users import new_users

# By how many one follows, and how many ids are searched: one entry each of all authors is looked
# at, or what few ids, or all, have in them is searched first.
MERGED = feed_walk.home_feed(1_000, 1)
WAYS = [MERGED, *(feed_walk.home_feed(0, ids) for ids in (1, 2, 5, 20, 10_000))]

# What a walk that begins now must find, without any shortcut.
ENTRIES_OF_FEED = """
    SELECT e.id FROM feed_entries e JOIN users u ON u.id = e.actor_id
     WHERE e.removed_xid IS NULL AND u.suspended_at IS NULL
       AND (e.actor_id = $1 OR EXISTS (
            SELECT FROM follows WHERE follower_id = $1 AND followed_id = e.actor_id))
       AND NOT EXISTS (SELECT FROM mutes WHERE muter_id = $1 AND muted_id = e.actor_id)
     ORDER BY e.id DESC"""


async def walk(connection: Any, way: Query[WalkedEntry], reader: int) -> list[tuple[int, bool]]:
    """All entries of a feed, two at a time, and whether they are shown."""
    walked: list[WalkedEntry] = []
    rank, snapshot = MAX_ID, None
    while True:
        found = await way.all(connection, reader, rank, snapshot, 2, 0)
        walked += found
        if len(found) < 2:
            return [(entry.rank, entry.shown) for entry in walked]
        rank, snapshot = found[-1].rank, found[-1].snapshot


async def since_begun(connection: Any, later_max: int, reader: int) -> tuple[list[int], list[int]]:
    """What has ever come into a feed: one author after the other, unless so many entries came."""
    missed, again = feed_entries.missed_entries(later_max), feed_entries.entries_again(later_max)
    return (
        [entry.entry_id for entry in await missed.all(connection, reader, "0", 5)],
        [entry.entry_id for entry in await again.all(connection, reader, "0", [], 5)],
    )


async def test_walk_finds_the_same_either_way_whatever_others_do(db: Database) -> None:
    (reader,) = await new_users(db, 1)
    authors = await new_users(db, 6)
    for author in authors[:5]:
        await relationships.follow(db, reader, author)
    await blocks.mute(db, reader, authors[3])
    await db.execute("UPDATE users SET suspended_at = now() WHERE id = $1", authors[4])
    # The newest three ids are then looked up one by one, and the others by a hash table.
    await db.execute("UPDATE profiles SET following_count = 24 WHERE user_id = $1", reader)
    written: list[int] = []
    busy = [BusyAuthor(db, author, written, seed) for seed, author in enumerate([*authors, reader])]
    lengths = []

    async def compare() -> None:
        async with (
            db.connection() as connection,
            connection.transaction(isolation="repeatable_read"),
        ):
            rows = await connection.fetch(ENTRIES_OF_FEED, reader)
            walks = [await walk(connection, way, reader) for way in WAYS]
            came = [await since_begun(connection, later_max, reader) for later_max in (0, 10_000)]
        assert came[0] == came[1]
        assert [rank for rank, _ in walks[0]] == [row["id"] for row in rows]
        assert all(walk == walks[0] for walk in walks)
        lengths.append(len(rows))

    for _ in range(12):
        await asyncio.gather(compare(), *(author.act_often(4) for author in busy))
    assert max(lengths) > 20


async def test_walk_of_a_search_shows_what_its_first_page_could_see(db: Database) -> None:
    """Of entries that come later, some have ids that lie among those walked."""
    (reader,) = await new_users(db, 1)
    authors = await new_users(db, 3)
    for author in authors:
        await relationships.follow(db, reader, author)
    written: list[int] = []
    busy = [BusyAuthor(db, author, written, seed) for seed, author in enumerate(authors)]
    await asyncio.gather(*(author.act_often(15) for author in busy))
    writing = asyncio.gather(*(author.act_often(20) for author in busy))
    for way in WAYS:
        begun = await way.all(db, reader, MAX_ID, None, 1, 0)
        snapshot = begun[0].snapshot
        at_once = await way.all(db, reader, MAX_ID, snapshot, 1_000, 0)
        rank, walked = MAX_ID, []
        while found := await way.all(db, reader, rank, snapshot, 2, 0):
            walked += found
            rank = found[-1].rank
            await asyncio.sleep(0.005)
        gone = {entry.rank for entry in at_once} - {entry.rank for entry in walked}
        kept = [entry.rank for entry in at_once if entry.rank not in gone]
        assert [entry.rank for entry in walked] == kept
        assert len({entry.post.id for entry in walked if entry.shown}) == sum(
            entry.shown for entry in walked
        )
        assert len(walked) > 3
    await writing


POST_IN_TURN = """
    WITH posted AS (
        INSERT INTO posts (author_id, content)
        SELECT author, 'hello' FROM generate_series(1, $2) turn, unnest($1::bigint[]) author
        RETURNING id, author_id)
    INSERT INTO feed_entries (actor_id, post_id, kind) SELECT author_id, id, 'post' FROM posted"""
FOLLOW_MANY = """
    WITH counted AS (
        UPDATE profiles SET following_count = cardinality($2::bigint[]) WHERE user_id = $1)
    INSERT INTO follows (follower_id, followed_id) SELECT $1, id FROM unnest($2::bigint[]) id"""


@pytest.fixture
async def settings(settings: Config) -> AsyncIterator[Config]:
    async with own_database(settings.database_url) as url:
        yield replace(settings, database_url=url)


async def buffers(db: Database, reader: int, below: int) -> int:
    """How many pages PostgreSQL reads for one of a feed, by the plan that it goes by for all."""
    async with db.transaction() as connection:
        await connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        (plan,) = orjson.loads(
            await connection.fetchval(
                f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) {feed_walk.HOME_FEED.sql}",
                reader,
                below,
                None,
                21,
                0,
            )
        )
    assert plan["Plan"]["Actual Rows"] == 21
    return int(plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"])


async def test_no_page_costs_more_for_who_follows_thousands(db: Database, settings: Config) -> None:
    few, some, many = await new_users(db, 3)
    connection = await asyncpg.connect(settings.database_url)  # without the pool's limits of time
    try:
        people = [row["id"] for row in await connection.fetch(CROWD, 6_000)]
        await connection.execute(FOLLOW_MANY, few, people[:600:12])
        await connection.execute(FOLLOW_MANY, some, people[:6_000:12])
        await connection.execute(FOLLOW_MANY, many, people[:5_000])
        await connection.execute(POST_IN_TURN, people, 2)
        await connection.execute("VACUUM ANALYZE users, profiles, follows, posts, feed_entries")
        newest = await connection.fetchval("SELECT max(id) FROM feed_entries")
    finally:
        await connection.close()
    for reader in (few, some, many):
        for below in (MAX_ID, newest - 4_000):
            # 20,000 to look at one entry of each
            assert await buffers(db, reader, below) < 3_000
