"""A page merged out of an old head is the page of a walk through the very same snapshot."""

import asyncio
import random
from collections.abc import Iterator
from typing import Any

import orjson

from storage.database.pool import Database
from storage.posts import timeline_head
from storage.posts.timeline_head import MERGE_TIMELINE_HEAD, TimelineHead
from storage.social import blocks, relationships
from tests.storage.posts.busy_author import BusyAuthor
from tests.storage.posts.slow_writers import write
from tests.storage.users import new_users


class PageReader:
    """Reads the first page by the head of the last time and by a walk, in one transaction."""

    def __init__(self, db: Database, reader: int, limit: int) -> None:
        self.db = db
        self.reader = reader
        self.limit = limit
        self.head: TimelineHead | None = None
        self.merged = 0

    async def read(self) -> None:
        async with self.db.connection() as connection:
            one: Any = connection
            async with connection.transaction(isolation="repeatable_read"):
                found = None
                if self.head is not None:
                    found = await timeline_head.merge(one, self.reader, self.limit, self.head)
                walked, head = await timeline_head.walk(one, self.reader, self.limit)
        if found is None:
            self.head = head
            return
        page, self.head = found
        assert page.results == walked.results
        assert page.cursor == walked.cursor
        self.merged += 1


async def test_merged_page_is_that_of_a_walk_whatever_others_do(db: Database) -> None:
    (reader,) = await new_users(db, 1)
    authors = await new_users(db, 6)
    for author in authors[:5]:
        await relationships.follow(db, reader, author)
    written: list[int] = []
    crowd = [BusyAuthor(db, author, written, seed) for seed, author in enumerate(authors)]
    readers = [PageReader(db, reader, limit) for limit in (2, 5, 20)]
    done = asyncio.Event()

    async def relate() -> None:
        choose = random.Random(1)
        while not done.is_set():
            change = choose.choice(
                [relationships.follow, relationships.unfollow, blocks.mute, blocks.unmute]
            )
            await change(db, reader, choose.choice(authors))
            await asyncio.sleep(0.2)

    async def keep_reading(page_reader: PageReader) -> None:
        while not done.is_set():
            await page_reader.read()
            await asyncio.sleep(0.005)

    watching = [asyncio.create_task(keep_reading(page_reader)) for page_reader in readers]
    relating = asyncio.create_task(relate())
    await asyncio.gather(*(author.act_often(40) for author in crowd))
    done.set()
    await asyncio.gather(relating, *watching)
    assert all(page_reader.merged > 10 for page_reader in readers)


async def test_front_goes_on_while_there_is_nothing_new(db: Database) -> None:
    (author,) = await new_users(db, 1)
    for _ in range(5):
        await write(db, author)
    page_reader = PageReader(db, author, 2)
    for _ in range(10):
        await page_reader.read()
    assert page_reader.merged == 9
    assert page_reader.head is not None
    assert len(page_reader.head.entry_ids) == 3


async def test_front_does_not_grow_without_end(db: Database) -> None:
    (author,) = await new_users(db, 1)
    await write(db, author)
    page_reader = PageReader(db, author, 2)
    for _ in range(20):
        await page_reader.read()
        await write(db, author)
    assert page_reader.merged > 15
    assert page_reader.head is not None
    assert len(page_reader.head.entry_ids) <= 6


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


async def test_posts_are_looked_up_for_a_page_and_not_for_all_of_the_head(db: Database) -> None:
    (author,) = await new_users(db, 1)
    for _ in range(12):
        await write(db, author)
    _, head = await timeline_head.walk(db, author, 10)
    assert head is not None
    assert len(head.entry_ids) == 11
    async with db.transaction() as connection:
        await connection.execute("SET LOCAL enable_seqscan = off")  # as in a table that is not tiny
        (explained,) = orjson.loads(
            await connection.fetchval(
                f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {MERGE_TIMELINE_HEAD.sql}",
                author,
                head.snapshot,
                head.version,
                "{" + ",".join(map(str, head.entry_ids)) + "}",
                head.entry_ids[-1],
                6,
            )
        )
    looked_up = [
        node["Actual Loops"]
        for node in nodes(explained["Plan"])
        if node.get("Relation Name") == "posts" and "post_id" in node.get("Index Cond", "")
    ]
    assert looked_up == [6]
