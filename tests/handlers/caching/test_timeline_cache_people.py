"""A feed whose first page is kept is never stale, whatever becomes of the people in it.

As in test_timeline_cache.py: read here, changed there, each page compared with a walk.
"""

import pytest

from storage.accounts import deactivation, purge
from storage.database.pool import Database
from storage.posts import reactions
from storage.social import blocks, relationships
from tests.handlers.caching.warm_feeds import Scenario
from tests.handlers.media.image_helpers import encoded, halves, wear
from tests.handlers.operations.test_feed import retweet
from tests.people import PASSWORD
from tests.storage.posts.slow_writers import slowly


async def test_following_and_unfollowing(scenario: Scenario) -> None:
    theirs, mine = await scenario.write(scenario.cat), await scenario.write(scenario.ann)
    await scenario.reader.warm()
    await scenario.act(scenario.ann, f"users/{scenario.cat.id}/follow")
    page = await scenario.reader.read()
    assert (page.source, page.ids) == ("outdated", [mine, theirs])
    await scenario.reader.warm()
    await scenario.act(scenario.ann, f"users/{scenario.cat.id}/unfollow")
    page = await scenario.reader.read()
    assert (page.source, page.ids) == ("outdated", [mine])


async def test_follow_at_the_same_instance_forgets_what_is_kept(scenario: Scenario) -> None:
    await scenario.write(scenario.bob)
    for what in ("follow", "unfollow", "mute", "unmute", "block", "unblock"):
        await scenario.reader.warm()
        await scenario.here.post(f"/api/users/{scenario.cat.id}/{what}/", scenario.ann)
        assert (await scenario.reader.read()).source == "none"


async def test_follow_by_an_instance_that_died_before_it_told_anybody(scenario: Scenario) -> None:
    theirs, mine = await scenario.write(scenario.cat), await scenario.write(scenario.ann)
    await scenario.reader.warm()
    await relationships.follow(scenario.db, scenario.ann.id, scenario.cat.id)
    page = await scenario.reader.read()
    assert (page.source, page.ids) == ("outdated", [mine, theirs])
    await scenario.reader.warm()
    await blocks.block(scenario.db, scenario.cat.id, scenario.ann.id)
    page = await scenario.reader.read()
    assert (page.source, page.ids) == ("outdated", [mine])


async def test_blocking_somebody_followed_and_unblocking(scenario: Scenario) -> None:
    await scenario.write(scenario.bob)
    mine = await scenario.write(scenario.ann)
    await scenario.reader.warm()
    await scenario.act(scenario.ann, f"users/{scenario.bob.id}/block")
    assert (await scenario.reader.read()).ids == [mine]
    await scenario.reader.warm()
    await scenario.act(scenario.ann, f"users/{scenario.bob.id}/unblock")
    assert (await scenario.reader.read()).ids == [mine]  # following starts anew


async def test_being_blocked_by_somebody_followed(scenario: Scenario) -> None:
    await scenario.write(scenario.bob)
    mine = await scenario.write(scenario.ann)
    await scenario.reader.warm()
    await scenario.act(scenario.bob, f"users/{scenario.ann.id}/block")
    page = await scenario.reader.read()
    assert (page.source, page.ids) == ("outdated", [mine])


@pytest.mark.parametrize("by_reader", [True, False])
async def test_block_between_the_reader_and_the_author_of_a_retweeted_post(
    scenario: Scenario, by_reader: bool
) -> None:
    post = await scenario.write(scenario.cat)
    mine = await scenario.write(scenario.ann)
    await retweet(scenario.there, scenario.bob, post)
    assert (await scenario.reader.warm()).ids == [post, mine]
    one, other = (scenario.ann, scenario.cat) if by_reader else (scenario.cat, scenario.ann)
    await scenario.act(one, f"users/{other.id}/block")
    page = await scenario.reader.read()
    assert (page.source, page.ids) == ("outdated", [mine])
    await scenario.reader.warm()
    await scenario.act(one, f"users/{other.id}/unblock")
    page = await scenario.reader.read()
    assert (page.source, page.ids) == ("outdated", [post, mine])


async def test_muting_and_unmuting(scenario: Scenario) -> None:
    theirs = await scenario.write(scenario.bob)
    mine = await scenario.write(scenario.ann)
    await scenario.reader.warm()
    await scenario.act(scenario.ann, f"users/{scenario.bob.id}/mute")
    page = await scenario.reader.read()
    assert (page.source, page.ids) == ("outdated", [mine])
    await scenario.reader.warm()
    unseen, shared = await scenario.write(scenario.bob), await scenario.write(scenario.cat)
    await retweet(scenario.there, scenario.bob, shared)
    page = await scenario.reader.read()
    assert (page.source, page.ids) == ("memory", [mine])
    await scenario.act(scenario.ann, f"users/{scenario.bob.id}/unmute")
    page = await scenario.reader.read()
    assert (page.source, page.ids) == ("outdated", [shared, unseen, mine, theirs])


@pytest.mark.parametrize("whom", ["bob", "cat"])
async def test_suspension_and_its_end(scenario: Scenario, whom: str) -> None:
    """Of somebody followed, and of the author of what they retweeted."""
    person = getattr(scenario, whom)
    post, mine = await scenario.write(person), await scenario.write(scenario.ann)
    await retweet(scenario.there, scenario.bob, post)
    assert (await scenario.reader.warm()).ids == [post, mine]
    async with scenario.admin() as boss:
        await scenario.act(boss, f"admin/users/{person.id}/suspend")
        page = await scenario.reader.read()
        assert (page.source, page.ids) == ("outdated", [mine])
        await scenario.reader.warm()
        await scenario.act(boss, f"admin/users/{person.id}/restore")
        page = await scenario.reader.read()
        assert (page.source, page.ids) == ("outdated", [post, mine])


async def test_suspension_while_a_retweet_of_theirs_is_under_way(scenario: Scenario) -> None:
    post, mine = await scenario.write(scenario.cat), await scenario.write(scenario.ann)

    async def share(db: Database) -> None:
        await reactions.retweet(db, scenario.bob.id, post)

    async with slowly(scenario.db, share), scenario.admin() as boss:
        await scenario.act(boss, f"admin/users/{scenario.bob.id}/suspend")
        await scenario.reader.warm()
    page = await scenario.reader.read()
    assert (page.source, page.ids) == ("memory", [mine])


async def test_account_is_deleted(scenario: Scenario) -> None:
    await scenario.write(scenario.bob)
    mine = await scenario.write(scenario.ann)
    await scenario.reader.warm()
    sure = {"password": PASSWORD}
    await scenario.there.call("DELETE", "/api/users/me/", scenario.bob, json=sure, status=204)
    assert (await scenario.reader.read()).ids == [mine]


async def test_account_is_closed_and_only_later_erased(scenario: Scenario) -> None:
    await scenario.write(scenario.bob)
    mine = await scenario.write(scenario.ann)
    await scenario.reader.warm()
    known = await scenario.db.fetchval(
        "SELECT password_hash FROM users WHERE id = $1", scenario.bob.id
    )
    await deactivation.deactivate_account(scenario.db, scenario.bob.id, known)
    page = await scenario.reader.read()
    assert (page.source, page.ids) == ("outdated", [mine])
    assert await purge.purge_account(scenario.db, scenario.bob.id, 10)
    assert (await scenario.reader.read()).ids == [mine]


async def test_author_and_retweeter_change_their_names_and_pictures(scenario: Scenario) -> None:
    post = await scenario.write(scenario.cat)
    await retweet(scenario.there, scenario.bob, post)
    await scenario.reader.warm()
    change = {"display_name": "Somebody else"}
    for person in (scenario.bob, scenario.cat):
        path = "/api/users/profiles/update_my_profile/"
        await scenario.there.call("PATCH", path, person, json=change)
        await wear(scenario.there, person, encoded(halves(), "PNG"))
    page = await scenario.reader.read()
    assert page.source == "memory"
    (shown,) = page.posts
    for user in (shown["author"], shown["retweeted_by"]):
        assert user["display_name"] == "Somebody else"
        assert user["avatar"] is not None
