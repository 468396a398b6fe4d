"""A feed whose first page is kept is never stale, whatever becomes of the people in it.

As in test_feed_cache.py: read here, changed there, each look held against a walk.
"""

import pytest

from storage.accounts import deactivation, purge
from storage.database.pool import Database
from storage.posts import reactions
from storage.social import blocks, relationships
from tests.handlers.caching.warm_feeds import Scene
from tests.handlers.media.image_helpers import encoded, halves, wear
from tests.handlers.operations.test_feed import retweet
from tests.people import PASSWORD
from tests.storage.posts.slow_writers import slowly


async def test_following_and_unfollowing(scene: Scene) -> None:
    theirs, mine = await scene.write(scene.cat), await scene.write(scene.ann)
    await scene.reader.warm()
    await scene.act(scene.ann, f"users/{scene.cat.id}/follow")
    look = await scene.reader.look()
    assert (look.front, look.ids) == ("outdated", [mine, theirs])
    await scene.reader.warm()
    await scene.act(scene.ann, f"users/{scene.cat.id}/unfollow")
    look = await scene.reader.look()
    assert (look.front, look.ids) == ("outdated", [mine])


async def test_follow_at_the_same_instance_forgets_what_is_kept(scene: Scene) -> None:
    await scene.write(scene.bob)
    for what in ("follow", "unfollow", "mute", "unmute", "block", "unblock"):
        await scene.reader.warm()
        await scene.here.post(f"/api/users/{scene.cat.id}/{what}/", scene.ann)
        assert (await scene.reader.look()).front == "none"


async def test_follow_by_an_instance_that_died_before_it_told_anybody(scene: Scene) -> None:
    theirs, mine = await scene.write(scene.cat), await scene.write(scene.ann)
    await scene.reader.warm()
    await relationships.follow(scene.db, scene.ann.id, scene.cat.id)
    look = await scene.reader.look()
    assert (look.front, look.ids) == ("outdated", [mine, theirs])
    await scene.reader.warm()
    await blocks.block(scene.db, scene.cat.id, scene.ann.id)
    look = await scene.reader.look()
    assert (look.front, look.ids) == ("outdated", [mine])


async def test_blocking_somebody_followed_and_unblocking(scene: Scene) -> None:
    await scene.write(scene.bob)
    mine = await scene.write(scene.ann)
    await scene.reader.warm()
    await scene.act(scene.ann, f"users/{scene.bob.id}/block")
    assert (await scene.reader.look()).ids == [mine]
    await scene.reader.warm()
    await scene.act(scene.ann, f"users/{scene.bob.id}/unblock")
    assert (await scene.reader.look()).ids == [mine]  # following starts anew


async def test_being_blocked_by_somebody_followed(scene: Scene) -> None:
    await scene.write(scene.bob)
    mine = await scene.write(scene.ann)
    await scene.reader.warm()
    await scene.act(scene.bob, f"users/{scene.ann.id}/block")
    look = await scene.reader.look()
    assert (look.front, look.ids) == ("outdated", [mine])


@pytest.mark.parametrize("by_reader", [True, False])
async def test_block_between_the_reader_and_the_author_of_a_retweeted_post(
    scene: Scene, by_reader: bool
) -> None:
    post = await scene.write(scene.cat)
    mine = await scene.write(scene.ann)
    await retweet(scene.there, scene.bob, post)
    assert (await scene.reader.warm()).ids == [post, mine]
    one, other = (scene.ann, scene.cat) if by_reader else (scene.cat, scene.ann)
    await scene.act(one, f"users/{other.id}/block")
    look = await scene.reader.look()
    assert (look.front, look.ids) == ("outdated", [mine])
    await scene.reader.warm()
    await scene.act(one, f"users/{other.id}/unblock")
    look = await scene.reader.look()
    assert (look.front, look.ids) == ("outdated", [post, mine])


async def test_muting_and_unmuting(scene: Scene) -> None:
    theirs = await scene.write(scene.bob)
    mine = await scene.write(scene.ann)
    await scene.reader.warm()
    await scene.act(scene.ann, f"users/{scene.bob.id}/mute")
    look = await scene.reader.look()
    assert (look.front, look.ids) == ("outdated", [mine])
    await scene.reader.warm()
    unseen, shared = await scene.write(scene.bob), await scene.write(scene.cat)
    await retweet(scene.there, scene.bob, shared)
    look = await scene.reader.look()
    assert (look.front, look.ids) == ("memory", [mine])
    await scene.act(scene.ann, f"users/{scene.bob.id}/unmute")
    look = await scene.reader.look()
    assert (look.front, look.ids) == ("outdated", [shared, unseen, mine, theirs])


@pytest.mark.parametrize("whom", ["bob", "cat"])
async def test_suspension_and_its_end(scene: Scene, whom: str) -> None:
    """Of somebody followed, and of the author of what they retweeted."""
    person = getattr(scene, whom)
    post, mine = await scene.write(person), await scene.write(scene.ann)
    await retweet(scene.there, scene.bob, post)
    assert (await scene.reader.warm()).ids == [post, mine]
    async with scene.admin() as boss:
        await scene.act(boss, f"admin/users/{person.id}/suspend")
        look = await scene.reader.look()
        assert (look.front, look.ids) == ("outdated", [mine])
        await scene.reader.warm()
        await scene.act(boss, f"admin/users/{person.id}/restore")
        look = await scene.reader.look()
        assert (look.front, look.ids) == ("outdated", [post, mine])


async def test_suspension_while_a_retweet_of_theirs_is_under_way(scene: Scene) -> None:
    post, mine = await scene.write(scene.cat), await scene.write(scene.ann)

    async def share(db: Database) -> None:
        await reactions.retweet(db, scene.bob.id, post)

    async with slowly(scene.db, share), scene.admin() as boss:
        await scene.act(boss, f"admin/users/{scene.bob.id}/suspend")
        await scene.reader.warm()
    look = await scene.reader.look()
    assert (look.front, look.ids) == ("memory", [mine])


async def test_account_is_deleted(scene: Scene) -> None:
    await scene.write(scene.bob)
    mine = await scene.write(scene.ann)
    await scene.reader.warm()
    sure = {"password": PASSWORD}
    await scene.there.call("DELETE", "/api/users/me/", scene.bob, json=sure, status=204)
    assert (await scene.reader.look()).ids == [mine]


async def test_account_is_closed_and_only_later_erased(scene: Scene) -> None:
    post, mine = await scene.write(scene.bob), await scene.write(scene.ann)
    await scene.reader.warm()
    known = await scene.db.fetchval("SELECT password_hash FROM users WHERE id = $1", scene.bob.id)
    await deactivation.close(scene.db, scene.bob.id, known)
    look = await scene.reader.look()
    assert (look.front, look.ids) == ("memory", [mine, post])
    assert look.posts[1]["author"]["display_name"] == "Deleted user"
    assert await purge.erase(scene.db, scene.bob.id, 10)
    look = await scene.reader.look()
    assert (look.front, look.ids) == ("outdated", [mine])


async def test_author_and_retweeter_change_their_names_and_pictures(scene: Scene) -> None:
    post = await scene.write(scene.cat)
    await retweet(scene.there, scene.bob, post)
    await scene.reader.warm()
    change = {"display_name": "Somebody else"}
    for person in (scene.bob, scene.cat):
        path = "/api/users/profiles/update_my_profile/"
        await scene.there.call("PATCH", path, person, json=change)
        await wear(scene.there, person, encoded(halves(), "PNG"))
    look = await scene.reader.look()
    assert look.front == "memory"
    (shown,) = look.posts
    for user in (shown["author"], shown["retweeted_by"]):
        assert user["display_name"] == "Somebody else"
        assert user["avatar"] is not None
