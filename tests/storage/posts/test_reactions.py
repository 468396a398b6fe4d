"""Reactions and who else writes to the author: one statement looks, locks and writes.

It looks before it has the lock. What it has not seen, as others committed it in between, must not
be missed: then it does nothing, and is repeated.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from storage import uncounted
from storage.database.pool import Database
from storage.database.query import Query
from storage.errors import Blocked
from storage.posts import posts, reactions
from storage.posts.reactions import LIKE, RETWEET, Reaction
from storage.social import blocks, relationships
from tests.storage.locks import waiting
from tests.storage.users import new_users

STOP = 7_304_516_999  # an advisory lock
OF_AUTHOR = """
    SELECT array_agg(kind || ' ' || seq ORDER BY seq) FROM events
     WHERE user_id = $1 AND kind LIKE 'notification.%'"""
UNREAD = "SELECT unread_notifications FROM user_seq WHERE user_id = $1"
DOUBLES = "SELECT count(*) - count(DISTINCT seq) FROM events WHERE user_id = $1"
COUNTED = "SELECT likes_count FROM posts WHERE id = $1"
STORED = "SELECT count(*) FROM likes WHERE post_id = $1"


async def a_post(db: Database, author_id: int) -> int:
    created = await posts.create(db, posts.PostDraft(author_id, "a post"), None)
    assert created is not None
    return created.post_id


def that_stops(statement: Query[Reaction]) -> str:
    """The statement, which stops when it has looked and not locked yet, until STOP is let go."""
    looked = " AS version,"
    assert statement.sql.count(looked) == 1
    return statement.sql.replace(looked, f"{looked} pg_advisory_xact_lock({STOP}),")


@asynccontextmanager
async def stopped(
    db: Database, statement: Query[Reaction], user_id: int, post_id: int
) -> AsyncIterator[Callable[[], Awaitable[bool]]]:
    """The statement has looked, and goes on when what is given is called: was it settled?"""
    async with db.connection() as holder:
        await holder.execute(f"SELECT pg_advisory_lock({STOP})")
        running = asyncio.create_task(db.fetchrow(that_stops(statement), user_id, post_id))
        try:
            await waiting(db)

            async def go_on() -> bool:
                await holder.execute(f"SELECT pg_advisory_unlock({STOP})")
                row = await running
                assert row is not None
                return bool(row["is_settled"])

            yield go_on
        finally:
            await holder.execute("SELECT pg_advisory_unlock_all()")
            await asyncio.wait([running])


async def test_statement_that_nobody_overtakes_is_settled(db: Database) -> None:
    ann, bob = await new_users(db, 2)
    post = await a_post(db, ann)
    async with stopped(db, LIKE.do, bob, post) as go_on:
        assert await go_on()
    assert await db.fetchval(COUNTED, post) == await db.fetchval(STORED, post) == 1


async def test_like_that_other_likes_overtake_is_done_all_the_same(db: Database) -> None:
    ann, bob, cat, dan = await new_users(db, 4)
    post = await a_post(db, ann)
    async with stopped(db, LIKE.do, bob, post) as go_on:
        for other in (cat, dan):
            await reactions.like(db, other, post)
        assert await go_on()
    assert await db.fetchval(COUNTED, post) == await db.fetchval(STORED, post) == 3
    assert await db.fetchval(UNREAD, ann) == 3
    assert await db.fetchval(OF_AUTHOR, ann) == [f"notification.created {seq}" for seq in (1, 2, 3)]


@pytest.mark.parametrize("kind", [LIKE, RETWEET], ids=["like", "retweet"])
async def test_reaction_that_a_block_overtakes_is_not_done(
    db: Database, kind: reactions._Kind
) -> None:
    ann, bob = await new_users(db, 2)
    post = await a_post(db, ann)
    async with stopped(db, kind.do, bob, post) as go_on:
        await blocks.block(db, ann, bob)
        assert not await go_on()
    assert await db.fetchval(OF_AUTHOR, ann) is None
    with pytest.raises(Blocked):
        await reactions.like(db, bob, post)


async def test_reaction_to_a_post_that_is_deleted_meanwhile_is_not_done(db: Database) -> None:
    """Whoever deletes it has the author's counter, too, and may not change it."""
    ann, bob = await new_users(db, 2)
    post = await a_post(db, ann)
    async with stopped(db, LIKE.do, bob, post) as go_on:
        await db.execute("DELETE FROM posts WHERE id = $1", post)
        await go_on()
    assert await db.fetchval(STORED, post) == 0
    assert await db.fetchval(OF_AUTHOR, ann) is None


async def test_like_that_is_taken_out_of_the_counter_meanwhile_is_not_subtracted_again(
    db: Database,
) -> None:
    ann, bob = await new_users(db, 2)
    post = await a_post(db, ann)
    await reactions.like(db, bob, post)
    async with stopped(db, LIKE.undo, bob, post) as go_on:
        await db.execute("UPDATE users SET suspended_at = now() WHERE id = $1", bob)
        assert await uncounted.recount(db, bob, lambda: True, lambda _: None, lambda _: None)
        assert not await go_on()
    assert await db.fetchval(COUNTED, post) == 0
    await reactions.unlike(db, bob, post)
    assert await db.fetchval(COUNTED, post) == await db.fetchval(STORED, post) == 0


async def test_reaction_waits_for_who_writes_to_the_author_and_sees_what_they_did(
    db: Database,
) -> None:
    ann, bob = await new_users(db, 2)
    post = await a_post(db, ann)
    async with db.transaction() as holder:
        await holder.execute("SELECT FROM user_seq WHERE user_id = $1 FOR NO KEY UPDATE", ann)
        liking = asyncio.create_task(reactions.like(db, bob, post))
        await waiting(db)
        await holder.execute(
            "INSERT INTO blocks (blocker_id, blocked_id) VALUES ($1, $2)", ann, bob
        )
        await relationships.log_change(holder, ann, bob)  # as who blocks does
    with pytest.raises(Blocked):
        await liking
    assert await db.fetchval(STORED, post) == 0


async def test_many_at_once_are_each_counted_numbered_and_notified_once(db: Database) -> None:
    ann, *others = await new_users(db, 13)
    post = await a_post(db, ann)
    done = await asyncio.gather(*(reactions.like(db, one, post) for one in others * 2))
    assert all(reaction.is_settled and reaction.post.liked for reaction in done)
    assert await db.fetchval(COUNTED, post) == await db.fetchval(STORED, post) == 12
    assert await db.fetchval(UNREAD, ann) == 12
    told = [reaction.notified.logged.seq for reaction in done if reaction.notified]
    assert await db.fetchval(OF_AUTHOR, ann) == [f"notification.created {n}" for n in sorted(told)]
    assert sorted(told) == list(range(min(told), min(told) + 12))
    undone = await asyncio.gather(*(reactions.unlike(db, one, post) for one in others * 2))
    assert sum(reaction.withdrawn is not None for reaction in undone) == 12
    assert await db.fetchval(COUNTED, post) == await db.fetchval(UNREAD, ann) == 0
    assert await db.fetchval(DOUBLES, ann) == 0


async def test_like_of_ones_own_post_notifies_nobody(db: Database) -> None:
    (ann,) = await new_users(db, 1)
    post = await a_post(db, ann)
    reaction = await reactions.like(db, ann, post)
    assert (reaction.notified, reaction.post.likes_count, reaction.post.liked) == (None, 1, True)
    again = await reactions.like(db, ann, post)
    assert (again.id, again.post.likes_count) == (None, 1)
    undone = await reactions.unlike(db, ann, post)
    assert (undone.withdrawn, undone.post.likes_count, undone.post.liked) == (None, 0, False)
