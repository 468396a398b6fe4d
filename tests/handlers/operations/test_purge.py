"""What a closed account left is erased in small batches, twice or at once or after a crash."""

import asyncio
from types import SimpleNamespace

from handlers.jobs import JOBS
from server.config.load import Config
from storage.accounts import purge
from storage.database.pool import Database
from storage.media.store.disk import Disk
from tests.handlers.operations.test_deactivation import delete, user
from tests.people import Instance, Person
from tests.waiting import until

FILL = """
    WITH crowd AS (
        INSERT INTO users (username, email, password_hash, display_name)
        SELECT $2 || n, $2 || n || '@example.org', '', 'x'
          FROM generate_series(1, $3::integer) n RETURNING id),
    profile AS (
        INSERT INTO profiles (user_id, followers_count, following_count, posts_count)
        SELECT id, 1, 1, 1 FROM crowd),
    counter AS (INSERT INTO user_seq (user_id, unread_notifications) SELECT id, 1 FROM crowd),
    followed AS (INSERT INTO follows (follower_id, followed_id) SELECT $1, id FROM crowd),
    following AS (INSERT INTO follows (follower_id, followed_id) SELECT id, $1 FROM crowd),
    mine AS (
        UPDATE profiles SET followers_count = $3, following_count = $3, posts_count = $3
         WHERE user_id = $1),
    noticed AS (
        INSERT INTO notifications (user_id, kind, actor_id) SELECT id, 'follow', $1 FROM crowd
        UNION ALL SELECT $1, 'follow', id FROM crowd),
    unread AS (UPDATE user_seq SET unread_notifications = $3 WHERE user_id = $1),
    theirs AS (
        INSERT INTO posts (author_id, content, likes_count, retweets_count)
        SELECT id, 'hello', 1, 1 FROM crowd RETURNING id, author_id),
    likes AS (INSERT INTO likes (user_id, post_id) SELECT $1, id FROM theirs),
    retweets AS (
        INSERT INTO feed_entries (actor_id, post_id, kind) SELECT $1, id, 'retweet' FROM theirs)
    INSERT INTO posts (author_id, content, likes_count) SELECT $1, 'mine', 0 FROM crowd"""
REACT = """
    WITH mine AS (SELECT min(id) AS id FROM posts WHERE author_id = $1),
    crowd AS (SELECT follower_id AS id FROM follows WHERE followed_id = $1),
    liked AS (INSERT INTO likes (user_id, post_id) SELECT crowd.id, mine.id FROM crowd, mine)
    UPDATE posts SET reply_to = mine.id FROM mine
     WHERE author_id IN (SELECT id FROM crowd)"""


async def fill(db: Database, person: Person, count: int) -> None:
    """Thousands of rows of every kind, between this account and as many others."""
    await db.execute(FILL, person.id, f"c{person.id}_", count)
    await db.execute(REACT, person.id)


CROWD = """
    SELECT count(*) AS users, sum(p.followers_count + p.following_count) AS follows,
           sum(s.unread_notifications) AS unread,
           sum(o.likes_count + o.retweets_count) AS reactions, count(o.reply_to) AS answers
      FROM users u JOIN profiles p ON p.user_id = u.id JOIN user_seq s ON s.user_id = u.id
      JOIN posts o ON o.author_id = u.id WHERE u.username LIKE $1"""


async def test_thousands_of_rows_are_erased_in_small_transactions(
    instance: Instance, db: Database
) -> None:
    ann = await instance.person("ann")
    await fill(db, ann, 1_200)
    await delete(instance, ann)
    while not await purge.purge_account(db, ann.id, 10):
        pass
    row = await db.fetchrow(CROWD, f"c{ann.id}\\_%")
    assert row is not None
    assert tuple(row) == (1_200, 0, 0, 0, 0)


async def test_erasing_twice_at_once_and_while_others_write_keeps_counters_exact(
    instance: Instance, db: Database
) -> None:
    ann, bob = await instance.people("ann", "bob")
    await fill(db, ann, 600)
    post = await instance.write(bob, "hello")
    liking = [await instance.person("fan") for _ in range(3)]

    async def like_and_follow(fan: Person) -> None:
        for _ in range(5):
            await instance.post(f"/api/posts/{post['id']}/like/", fan)
            await instance.post(f"/api/users/{bob.id}/follow/", fan)
            await instance.post(f"/api/users/{bob.id}/unfollow/", fan)
            await instance.post(f"/api/posts/{post['id']}/unlike/", fan)

    await instance.post(f"/api/posts/{post['id']}/like/", ann)
    await instance.follow(ann, bob)
    await asyncio.gather(
        delete(instance, ann),
        erasing_once_closed(db, ann),
        *(like_and_follow(fan) for fan in liking),
    )
    while not await purge.purge_account(db, ann.id, 10):
        pass
    row = await db.fetchrow(CROWD, f"c{ann.id}\\_%")
    assert row is not None
    assert tuple(row) == (600, 0, 0, 0, 0)
    assert (await instance.get(f"/api/posts/{post['id']}/"))["likes_count"] == 0
    assert (await user(instance, bob))["followers_count"] == 0


async def erasing_once_closed(db: Database, person: Person) -> None:
    closed = "SELECT deleted_at IS NOT NULL FROM users WHERE id = $1"
    await until(lambda: db.fetchval(closed, person.id))
    await purge.purge_account(db, person.id, 10)


LOG = """
    WITH logged AS (
        INSERT INTO events (user_id, seq, kind, ref, actor_id, at)
        SELECT $1, n, 'relationship.changed', $1, $1, now() + (8 + n % 2) * interval '1 day'
          FROM generate_series(1, $2::bigint) n)
    UPDATE user_seq SET seq = $2 WHERE user_id = $1"""


async def test_log_of_many_days_is_erased(instance: Instance, db: Database) -> None:
    """What is in the same place of two partitions is two events."""
    ann = await instance.person("ann")
    await db.execute("SELECT add_log_partitions(9)")
    await db.execute(LOG, ann.id, 6 * purge.BATCH)
    await delete(instance, ann)
    while not await purge.purge_account(db, ann.id, 10):
        pass
    assert not await db.fetchval("SELECT count(*) FROM events WHERE user_id = $1", ann.id)


async def test_what_a_killed_instance_left_is_erased_by_the_job(
    instance: Instance, db: Database, settings: Config
) -> None:
    ann, bob = await instance.people("ann", "bob")
    await fill(db, ann, purge.BATCH)  # more than the request does itself
    await instance.follow(ann, bob)
    await delete(instance, ann)
    left = "SELECT count(*) FROM posts WHERE author_id = $1"
    assert await db.fetchval(left, ann.id) == purge.BATCH
    waiting = await db.fetch(
        "SELECT payload FROM jobs WHERE kind = 'account.erase' AND run_at > now()"
    )
    assert f'{{"user_id":{ann.id}}}' in [row["payload"] for row in waiting]
    store = Disk(settings.media_dir)
    await JOBS["account.erase"](SimpleNamespace(db=db, media_store=store), user_id=ann.id)
    assert await db.fetchval(left, ann.id) == 0
    assert (await user(instance, bob))["followers_count"] == 0
