"""What has served its time is deleted, and what is missing is known."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from server.config.load import Config
from storage.database.pool import Database
from storage.events import log
from storage.events.types import RelationshipChanged
from storage.posts import feed, feed_entries, posts, reactions
from tests.storage.own_database import own_database
from tests.storage.users import new_users, position

WEEK = timedelta(days=7)
AGE = "UPDATE events SET at = at - interval '8 days' WHERE user_id = $1 AND seq <= $2"


@pytest.fixture
async def settings(settings: Config) -> AsyncIterator[Config]:
    """A database for each test: what is trimmed is everybody's."""
    async with own_database(settings.database_url) as url:
        yield replace(settings, database_url=url)


async def append(db: Database, user: int, count: int) -> None:
    async with db.transaction() as connection:
        await log.lock(connection, [user])
        entry = log.EventDraft(user, RelationshipChanged, user, ref=user)
        await log.append(connection, count * [entry])


async def seqs(db: Database, user: int) -> list[int]:
    return [event.seq for event in await log.read(db, user, 0, 100)]


async def test_old_events_are_gone_and_the_floor_tells(db: Database) -> None:
    ann, bob, cat = await new_users(db, 3)
    for user in (ann, bob, cat):
        await append(db, user, 5)
    await db.execute(AGE, ann, 3)
    await db.execute(AGE, bob, 5)
    assert await log.trim(db, WEEK) == 8
    for user, floor in ((ann, 3), (bob, 5), (cat, 0)):
        stands = await position(db, user)
        assert (stands.seq, stands.floor) == (5, floor)
        assert await seqs(db, user) == list(range(floor + 1, 6))
    assert await log.trim(db, WEEK) == 0


async def test_numbers_go_on_after_all_is_forgotten(db: Database) -> None:
    (ann,) = await new_users(db, 1)
    await append(db, ann, 2)
    await db.execute(AGE, ann, 2)
    await log.trim(db, WEEK)
    await append(db, ann, 1)
    assert await seqs(db, ann) == [3]
    assert (await position(db, ann)).floor == 2


async def test_log_has_no_hole_where_clocks_disagreed(db: Database) -> None:
    """An event that looks newer than the one after it goes with it."""
    (ann,) = await new_users(db, 1)
    await append(db, ann, 4)
    await db.execute(
        "UPDATE events SET at = at - interval '8 days' WHERE user_id = $1 AND seq = 3", ann
    )
    assert await log.trim(db, WEEK) == 3
    assert await seqs(db, ann) == [4]
    assert (await position(db, ann)).floor == 3


async def test_retweets_taken_back_are_forgotten_after_a_day(db: Database) -> None:
    ann, bob = await new_users(db, 2)
    posted = await posts.create(db, posts.PostDraft(ann, "hello"), None)
    assert posted is not None
    for _ in range(2):
        await reactions.retweet(db, bob, posted.post_id)
        await reactions.unretweet(db, bob, posted.post_id)
    await reactions.retweet(db, bob, posted.post_id)
    count = "SELECT count(*) FROM feed_entries WHERE actor_id = $1"
    await feed_entries.trim(db)
    assert await db.fetchval(count, bob) == 3
    await db.execute(
        "UPDATE feed_entries SET removed_at = removed_at - interval '25 hours' WHERE actor_id = $1",
        bob,
    )
    await feed_entries.trim(db)
    assert await db.fetchval(count, bob) == 1
    assert [post.id for post in (await feed.by_user(db, None, bob, 10, None)).results] == [
        posted.post_id
    ]
