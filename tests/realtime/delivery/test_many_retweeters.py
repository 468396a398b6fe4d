"""A change of a post that is in the feeds of many reaches each client once."""

from collections.abc import AsyncIterator

import pytest

from realtime.delivery.notifier import ACTORS_AT_ONCE
from server.config.load import Config
from storage.database.pool import Database, open_database
from tests.conftest import running
from tests.handlers.operations import crowds
from tests.people import Instance


@pytest.fixture
async def two(own_settings: Config) -> AsyncIterator[tuple[Instance, Instance, Database]]:
    async with (
        running(own_settings) as here,
        running(own_settings) as there,
        open_database(own_settings.database_url) as db,
    ):
        yield here, there, db


async def test_edit_and_deletion_reach_who_follows_any_of_hundreds_once(
    two: tuple[Instance, Instance, Database],
) -> None:
    here, there, db = two
    ann, bob, eve, joe = await here.people("ann", "bob", "eve", "joe")
    post = (await here.write(ann, "hello"))["id"]
    retweeters = await crowds.crowd(db, 3 * ACTORS_AT_ONCE)
    await crowds.retweet(db, post, retweeters)
    follow = "INSERT INTO follows (follower_id, followed_id) VALUES ($1, $2)"
    for followed in (retweeters[0], retweeters[150], retweeters[-1]):
        await db.execute(follow, bob.id, followed)
    await db.execute(follow, eve.id, retweeters[-1])
    async with (
        there.socket(bob) as many,
        there.socket(eve) as last,
        there.socket(joe) as watcher,
        there.socket(ann) as author,
    ):
        for socket in (many, last, watcher, author):
            await socket.ready()
        await watcher.do("post.watch", {"ids": [post]})
        await here.call("PUT", f"/api/posts/{post}/", ann, json={"content": "edited"})
        for socket in (many, last, watcher, author):
            assert (await socket.next("post.updated"))["post"]["content"] == "edited"
        await here.call("DELETE", f"/api/posts/{post}/", ann, status=204)
        for socket in (many, last, watcher, author):
            assert await socket.next("post.deleted") == {"post_id": post}
        # What is published later comes later: all parts are here once this one's is.
        await here.write(ann, "the end")
        await author.next("post.created")
        await here.post(f"/api/users/{retweeters[-1]}/mute/", eve)
        await last.next("relationship.changed")
        for socket in (many, last, watcher, author):
            changes = [name for name in socket.names() if name.startswith("post.")]
            assert changes.count("post.updated") == changes.count("post.deleted") == 1
