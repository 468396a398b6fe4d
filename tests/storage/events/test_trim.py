"""What has served its time is deleted, and what is missing is known."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from server.config.load import Config
from storage.database.pool import Database
from storage.errors import Unavailable
from storage.events import log, trimming
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
    assert await trimming.trim(db, WEEK) == 8
    for user, floor in ((ann, 3), (bob, 5), (cat, 0)):
        stands = await position(db, user)
        assert (stands.seq, stands.floor) == (5, floor)
        assert await seqs(db, user) == list(range(floor + 1, 6))
    assert await trimming.trim(db, WEEK) == 0


async def test_numbers_go_on_after_all_is_forgotten(db: Database) -> None:
    (ann,) = await new_users(db, 1)
    await append(db, ann, 2)
    await db.execute(AGE, ann, 2)
    await trimming.trim(db, WEEK)
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
    assert await trimming.trim(db, WEEK) == 3
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


async def days(db: Database) -> list[str]:
    """The partitions that are dropped as a whole, from the oldest on."""
    rows = await db.fetch("SELECT name FROM log_partitions ORDER BY until")
    return [row["name"] for row in rows]


async def begin_days(db: Database) -> None:
    """Let the first partition end today, and the log go on by days from the day before on."""
    await db.execute("ALTER TABLE events DETACH PARTITION events_first")
    await db.execute("""
        DO $$ BEGIN
            EXECUTE format('ALTER TABLE events ATTACH PARTITION events_first
                            FOR VALUES FROM (MINVALUE) TO (%L)', date_trunc('day', now(), 'UTC'));
            UPDATE log_partitions SET until = date_trunc('day', now(), 'UTC');
        END $$""")


async def test_days_to_come_have_a_partition_and_what_has_none_is_kept_and_trimmed(
    db: Database,
) -> None:
    ann, bob = await new_users(db, 2)
    await begin_days(db)
    await append(db, ann, 3)  # no partition is for today
    assert await trimming.trim(db, WEEK) == 0
    assert len(await days(db)) == 1 + trimming.DAYS_AHEAD
    assert await trimming.trim(db, WEEK) == 0
    assert len(await days(db)) == 1 + trimming.DAYS_AHEAD
    await append(db, bob, 2)
    assert await db.fetchval("SELECT count(*) FROM events_rest") == 5
    ahead = "UPDATE events SET at = at + interval '1 day' WHERE user_id = $1"
    await db.execute("UPDATE user_seq SET floor = seq WHERE user_id = $1", bob)
    await db.execute(ahead, bob)  # moves them, as what is below the floor may be
    assert await db.fetchval("SELECT count(*) FROM events_rest") == 3
    assert await trimming.trim(db, timedelta(days=-1)) == 5 - 2
    assert await seqs(db, ann) == []
    assert (await position(db, ann)).floor == 3


async def test_a_day_goes_as_a_whole_and_raises_the_floors_of_all_who_are_in_it(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trimming, "USERS", 2)
    users = await new_users(db, 5)
    for place, user in enumerate(users):
        await append(db, user, 1 + place)
    await db.execute("ANALYZE events_first")
    await begin_days_after_all(db)
    await append(db, users[4], 2)
    assert await trimming.trim(db, WEEK) == 1 + 2 + 3 + 4 + 5
    assert "events_first" not in await days(db)
    assert await db.fetchval("SELECT to_regclass('events_first')") is None
    for place, user in enumerate(users):
        stands = await position(db, user)
        assert stands.floor == 1 + place
        assert await seqs(db, user) == ([6, 7] if place == 4 else [])
    assert await trimming.trim(db, WEEK) == 0


async def begin_days_after_all(db: Database) -> None:
    """Make all that is there a week and a day old, in a partition that ended then."""
    await db.execute("UPDATE events SET at = at - interval '8 days'")
    await db.execute("ALTER TABLE events DETACH PARTITION events_first")
    await db.execute("""
        DO $$ BEGIN
            UPDATE log_partitions SET until = now() - interval '7 days';
            EXECUTE format('ALTER TABLE events ATTACH PARTITION events_first
                            FOR VALUES FROM (MINVALUE) TO (%L)', now() - interval '7 days');
        END $$""")


async def test_a_partition_that_somebody_reads_stays_until_the_next_time(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trimming, "DROP_ATTEMPTS", 1)
    (ann,) = await new_users(db, 1)
    await append(db, ann, 2)
    await begin_days_after_all(db)
    async with db.transaction() as reader:
        await reader.execute("SELECT FROM events LIMIT 1")
        with pytest.raises(Unavailable):
            await trimming.trim(db, WEEK)
        await append(db, ann, 1)  # nobody waits for the one that could not
    assert (await position(db, ann)).floor == 2
    await trimming.trim(db, WEEK)
    assert await seqs(db, ann) == [3]


async def test_what_is_above_the_floor_cannot_be_deleted_by_any_release(db: Database) -> None:
    """The release before deletes by ctid, which is another event's in another partition."""
    ann, bob = await new_users(db, 2)
    await append(db, ann, 2)
    await db.execute("UPDATE events SET at = at - interval '2 days'")
    await begin_days(db)
    await append(db, bob, 6)
    assert await db.fetchval("SELECT count(*) > count(DISTINCT ctid) FROM events")
    await db.execute("UPDATE user_seq SET floor = seq WHERE user_id = $1", ann)
    await db.execute(
        """
        DELETE FROM events WHERE ctid = ANY(ARRAY(
            SELECT ctid FROM events WHERE user_id = $1 LIMIT 500))""",
        ann,
    )
    assert await seqs(db, ann) == []
    assert await seqs(db, bob) == [1, 2, 3, 4, 5, 6]
