"""Statements of writes, and counts of a post, are planned once, not at each call."""

from server.config.load import Config
from storage.database.pool import Database, open_database
from storage.database.query import WHOLE_FOR
from storage.messaging import message_changes, messages, opening, read_receipts
from storage.posts import counts, posts, reactions
from storage.posts.posts import PostDraft
from storage.social import blocks, relationships
from tests.storage.own_database import own_database
from tests.storage.users import new_users

TIMES = 12  # PostgreSQL looks for the cheapest plan five times, and may then keep one
PLANS = "SELECT statement, generic_plans, custom_plans FROM pg_prepared_statements"


async def write_everything(db: Database, ann: int, bob: int, direct: int) -> None:
    """Do once, and undo, what people do all the time."""
    await relationships.follow(db, ann, bob)
    await relationships.unfollow(db, ann, bob)
    await blocks.mute(db, ann, bob)
    await blocks.unmute(db, ann, bob)
    await blocks.block(db, ann, bob)
    await blocks.unblock(db, ann, bob)
    created = await posts.create(db, PostDraft(bob, "a post"), None)
    assert created is not None
    await reactions.like(db, ann, created.post_id)
    await reactions.unlike(db, ann, created.post_id)
    await reactions.retweet(db, ann, created.post_id)
    await reactions.unretweet(db, ann, created.post_id)
    sent = await messages.send(db, ann, direct, "a message", None, None)
    await message_changes.edit(db, ann, sent.message.id, "another")
    await read_receipts.mark_read(db, bob, direct, sent.message.id)


async def test_statements_of_writes_are_planned_once(settings: Config) -> None:
    # A database of its own has no statistics, by which a plan for the values may look cheaper.
    async with own_database(settings.database_url) as url, open_database(url, 1) as db:
        ann, bob = await new_users(db, 2)
        direct = (await opening.create(db, ann, [bob], None)).conversation_id
        for _ in range(TIMES):
            await write_everything(db, ann, bob, direct)
        often = [row for row in await db.fetch(PLANS) if row["custom_plans"] >= TIMES]
        assert [row["statement"] for row in often if not row["generic_plans"]] == []


async def test_counts_of_a_single_post_are_planned_once(settings: Config) -> None:
    async with own_database(settings.database_url) as url, open_database(url, 1) as db:
        ann, bob = await new_users(db, 2)
        created = await posts.create(db, PostDraft(bob, "a post"), None)
        assert created is not None
        # After a poll of another test, the first are read along with polls, by another statement.
        for _ in range(WHOLE_FOR + TIMES):
            await counts.visible_to(db, ann, [created.post_id])
        kept = {row["statement"] for row in await db.fetch(PLANS) if row["generic_plans"]}
        assert counts.VISIBLE_COUNTS.sql in kept
