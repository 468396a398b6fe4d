"""A post and its reply, deleted at the same time."""

import asyncio
from typing import Any

from storage.database.pool import Database
from storage.posts import deletion, posts
from storage.social import blocks
from tests.storage.locks import waiting
from tests.storage.users import new_users


async def test_post_and_its_reply_deleted_at_once_do_not_wait_for_each_other(
    db: Database,
) -> None:
    """One deletion detaches the reply, the other counts down the post.

    Here both have started when the post, which somebody held, is let go. Not having been notified,
    the author of the post has no part in the deletion of the reply.
    """
    ann, bob = await new_users(db, 2)
    await blocks.mute(db, ann, bob)
    post = await posts.create(db, posts.PostDraft(ann, "question"), None)
    assert post is not None
    reply = await posts.create(db, posts.PostDraft(bob, "answer", reply_to=post.post_id), None)
    assert reply is not None
    deletions: list[asyncio.Task[Any]] = []
    async with db.transaction() as holder:
        await holder.execute("SELECT FROM posts WHERE id = $1 FOR UPDATE", post.post_id)
        for author, doomed in ((ann, post), (bob, reply)):
            deletions.append(asyncio.create_task(deletion.delete(db, author, doomed.post_id)))
            await waiting(db, len(deletions), "posts")
    await asyncio.gather(*deletions)
    left = "SELECT count(*) FROM posts WHERE author_id = ANY($1::bigint[])"
    assert await db.fetchval(left, [ann, bob]) == 0
