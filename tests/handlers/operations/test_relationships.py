"""Who follows whom, as both and others see it."""

import asyncio

from tests.people import Instance, Person


async def counts(instance: Instance, user: Person) -> tuple[int, int]:
    seen = await instance.get(f"/api/users/{user.id}/")
    return seen["followers_count"], seen["following_count"]


async def test_following_shows_on_both_sides(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    followed = await instance.post(f"/api/users/{bob.id}/follow/", ann)
    assert (followed["id"], followed["followers_count"]) == (bob.id, 1)
    assert (followed["is_following"], followed["is_followed_by"]) == (True, False)
    seen_by_bob = await instance.get(f"/api/users/{ann.id}/", bob)
    assert (seen_by_bob["is_following"], seen_by_bob["is_followed_by"]) == (False, True)
    assert await counts(instance, ann) == (0, 1)
    assert await counts(instance, bob) == (1, 0)


async def test_following_or_unfollowing_again_changes_nothing(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    for verb, followers in (("follow", 1), ("follow", 1), ("unfollow", 0), ("unfollow", 0)):
        user = await instance.post(f"/api/users/{bob.id}/{verb}/", ann)
        assert (user["followers_count"], user["is_following"]) == (followers, followers == 1)
    assert await counts(instance, ann) == (0, 0)


async def test_following_many_times_at_once_counts_once(
    two_instances: tuple[Instance, Instance],
) -> None:
    here, there = two_instances
    ann, bob = await here.people("ann", "bob")
    await asyncio.gather(
        *(here.post(f"/api/users/{bob.id}/follow/", ann) for _ in range(5)),
        *(there.post(f"/api/users/{bob.id}/follow/", ann) for _ in range(5)),
        *(there.post(f"/api/users/{ann.id}/follow/", bob) for _ in range(5)),
    )
    assert await counts(here, ann) == (1, 1)
    assert await counts(here, bob) == (1, 1)


async def test_nobody_follows_themselves(instance: Instance) -> None:
    ann = await instance.person("ann")
    await instance.post(f"/api/users/{ann.id}/follow/", ann, status=422)
    assert await counts(instance, ann) == (0, 0)


async def test_absent_user_cannot_be_followed_or_listed(instance: Instance) -> None:
    ann = await instance.person("ann")
    absent = f"/api/users/{2**52}"
    await instance.post(f"{absent}/follow/", ann, status=404)
    await instance.post(f"{absent}/unfollow/", ann, status=404)
    await instance.get(f"{absent}/followers/", status=404)
    await instance.get(f"{absent}/following/", status=404)


async def test_following_takes_a_token(instance: Instance) -> None:
    ann = await instance.person("ann")
    await instance.post(f"/api/users/{ann.id}/follow/", status=401)
    await instance.post(f"/api/users/{ann.id}/unfollow/", status=401)


async def test_lists_of_followers_and_followed_are_newest_first(instance: Instance) -> None:
    star, *fans = await instance.people("star", *(5 * ["fan"]))
    for fan in fans:
        await instance.follow(fan, star)
    await instance.follow(star, *fans)
    newest_first = [fan.id for fan in reversed(fans)]
    followers = await instance.walk(f"/api/users/{star.id}/followers/?limit=2")
    assert [user["id"] for user in followers] == newest_first
    following = await instance.walk(f"/api/users/{star.id}/following/?limit=2")
    assert [user["id"] for user in following] == newest_first


async def test_listed_users_are_seen_by_the_one_who_asks(instance: Instance) -> None:
    star, fan, ann = await instance.people("star", "fan", "ann")
    await instance.follow(fan, star, ann)
    await instance.follow(ann, fan)
    (seen,) = (await instance.get(f"/api/users/{star.id}/followers/", ann))["results"]
    assert (seen["is_following"], seen["is_followed_by"]) == (True, True)
    (seen,) = (await instance.get(f"/api/users/{star.id}/followers/"))["results"]
    assert (seen["is_following"], seen["is_followed_by"]) == (False, False)


async def test_walk_through_followers_is_exact_while_they_come_and_go(instance: Instance) -> None:
    star, *fans = await instance.people("star", *(9 * ["fan"]))
    for fan in fans:
        await instance.follow(fan, star)
    walked: list[int] = []
    leaving = list(fans)
    async for page in instance.pages(f"/api/users/{star.id}/followers/?limit=3"):
        walked += [user["id"] for user in page]
        left = leaving.pop()  # of those walked already
        await instance.post(f"/api/users/{star.id}/unfollow/", left)
        await instance.follow(await instance.person("late"), star)
    assert walked == [fan.id for fan in reversed(fans)]


async def test_page_ends_exactly_where_the_list_does(instance: Instance) -> None:
    star, *fans = await instance.people("star", "fan", "fan")
    for fan in fans:
        await instance.follow(fan, star)
    assert (await instance.get(f"/api/users/{star.id}/followers/?limit=2"))["next"] is None
    assert (await instance.get(f"/api/users/{star.id}/followers/?limit=1"))["next"] is not None
    assert (await instance.get(f"/api/users/{fans[0].id}/followers/")).body == {
        "results": [],
        "next": None,
    }
