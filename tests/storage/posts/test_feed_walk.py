"""The feed while writers are slow to commit: a post has its id long before it can be seen."""

import asyncio
import random

from storage.database.pool import Database
from storage.posts import feed, feed_entries
from storage.social import relationships
from tests.storage.posts.slow_writers import SlowToCommit, write, writing
from tests.storage.users import new_users
from tests.waiting import until

NOBODY_WRITES = """
    SELECT pg_snapshot_xmin(snapshot) = pg_snapshot_xmax(snapshot)
      FROM pg_current_snapshot() AS snapshot"""


async def reader_of(db: Database, authors: list[int]) -> int:
    (reader,) = await new_users(db, 1)
    for author in authors:
        await relationships.follow(db, reader, author)
    return reader


class Recovery:
    """A client that comes again and again with the cursor of the last time, as session.ready does.

    Next to it is a naive one that goes by the highest id it has seen.
    """

    def __init__(self, db: Database, reader: int, authors: list[int]) -> None:
        self.db = db
        self.reader = reader
        self.authors = authors
        self.cursor = 0
        self.missed: set[int] = set()
        self.since: set[int] = set()
        self.naive: set[int] = set()

    async def come(self) -> None:
        async with self.db.connection() as connection:
            horizon = await feed_entries.horizon(connection)
            found, more = await feed_entries.missed(connection, self.reader, self.cursor, 1000)
            live = await feed_entries.since(connection, self.cursor, self.authors, [], 1000)
            above = await connection.fetch(
                "SELECT id FROM posts WHERE author_id = ANY($1::bigint[]) AND id > $2",
                self.authors,
                max(self.naive, default=0),
            )
        assert not more
        self.missed |= {post.id for post in found}
        self.since |= {entry.post.id for entry in live}
        self.naive |= {row["id"] for row in above}
        self.cursor = horizon


async def test_post_that_commits_after_a_newer_one_is_not_missed(db: Database) -> None:
    authors = await new_users(db, 2)
    recovery = Recovery(db, await reader_of(db, authors), authors)
    await recovery.come()
    async with writing(db, authors[0]) as writer:
        quick = await write(db, authors[1])
        await recovery.come()
        assert recovery.missed == {quick}
    slow = writer.result()
    assert slow < quick
    await recovery.come()
    assert recovery.missed == recovery.since == {slow, quick}
    assert recovery.naive == {quick}


async def test_nothing_is_missed_of_many_slow_writers(db: Database) -> None:
    authors = await new_users(db, 6)
    recovery = Recovery(db, await reader_of(db, authors), authors)
    choose = random.Random(7)
    written: set[int] = set()

    async def wait_now_and_then() -> None:
        await asyncio.sleep(0.1 * choose.random() if choose.random() < 0.3 else 0)

    async def keep_writing(author: int) -> None:
        for _ in range(15):
            written.add(await write(SlowToCommit(db, wait_now_and_then), author))

    async def keep_coming(done: asyncio.Event) -> None:
        while not done.is_set():
            await recovery.come()
            await asyncio.sleep(0.01)

    done = asyncio.Event()
    coming = asyncio.create_task(keep_coming(done))
    await asyncio.gather(*(keep_writing(author) for author in authors))
    done.set()
    await coming
    await recovery.come()
    assert len(written) == 90
    assert recovery.missed == written
    assert recovery.since == written
    assert recovery.naive < written  # or the writers were not slow enough to prove anything


async def test_cursor_does_not_bring_everything_again(db: Database) -> None:
    authors = await new_users(db, 1)
    recovery = Recovery(db, await reader_of(db, authors), authors)
    for _ in range(3):
        await write(db, authors[0])
    # Any open transaction on the server holds the horizon, be it that of an autovacuum.
    await until(lambda: db.fetchval(NOBODY_WRITES))
    await recovery.come()
    assert len(recovery.missed) == 3
    recovery.missed.clear()
    recovery.since.clear()
    await recovery.come()
    assert recovery.missed == recovery.since == set()


async def test_newest_of_what_was_missed_come_and_the_rest_is_known_of(db: Database) -> None:
    authors = await new_users(db, 2)
    reader = await reader_of(db, authors)
    written = [await write(db, authors[turn % 2]) for turn in range(5)]
    found, more = await feed_entries.missed(db, reader, 0, 3)
    assert ([post.id for post in found], more) == (written[2:], True)
    found, more = await feed_entries.missed(db, reader, 0, 5)
    assert ([post.id for post in found], more) == (written, False)


async def test_walk_shows_what_its_first_page_could_see(db: Database) -> None:
    """A post that commits after the first page is not of the walk, and moves nothing in it.

    Its id lies among those walked.
    """
    authors = await new_users(db, 3)
    reader = await reader_of(db, authors)
    old = [await write(db, authors[0]) for _ in range(3)]
    async with writing(db, authors[1]) as writer:
        new = [await write(db, authors[2]) for _ in range(3)]
        page = await feed.home(db, reader, 2, None)
    walked = [post.id for post in page.results]
    while page.cursor is not None:
        page = await feed.home(db, reader, 2, page.cursor)
        walked += [post.id for post in page.results]
        await write(db, authors[0])
    assert walked == (old + new)[::-1]
    fresh = await feed.home(db, reader, 100, None)
    assert writer.result() in [post.id for post in fresh.results]
