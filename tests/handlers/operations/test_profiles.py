"""Profiles: the public face of an account."""

from typing import Any

import pytest

from tests.handlers.media.image_helpers import encoded, halves, post
from tests.people import Instance, Person

UPDATE = "/api/users/profiles/update_my_profile/"
MINE = "/api/users/profiles/my_profile/"


async def test_newcomer_has_a_profile_under_their_own_id(instance: Instance) -> None:
    ann = await instance.person("ann")
    profile = await instance.get(f"/api/users/profiles/{ann.id}/")
    user = {"id": ann.id, "username": ann.username, "display_name": ann.username, "avatar": None}
    assert profile.body == {
        "id": ann.id,
        "user": user,
        "display_name": ann.username,
        "bio": "",
        "avatar": None,
        "banner": None,
        "location": "",
        "website": "",
        "followers_count": 0,
        "following_count": 0,
        "posts_count": 0,
        "created_at": profile["created_at"],
        "pinned_post_id": None,
    }
    assert (await instance.get(MINE, ann)).body == profile.body


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
async def test_what_is_left_out_of_a_change_stays(instance: Instance, method: str) -> None:
    ann = await instance.person("ann")
    full = {
        "display_name": "Änn 👩",
        "bio": 160 * "é",
        "location": "Århus",
        "website": "https://example.org/~ann?a=b#c",
    }
    changed = await instance.call(method, UPDATE, ann, json=full)
    assert full.items() <= changed.body.items()
    changed = await instance.call(method, UPDATE, ann, json={"bio": "", "website": ""})
    expected = full | {"bio": "", "website": ""}
    assert expected.items() <= changed.body.items()
    assert changed["user"]["display_name"] == "Änn 👩"
    assert (await instance.get(f"/api/users/profiles/{ann.id}/")).body == changed.body
    assert (await instance.get(f"/api/users/{ann.id}/"))["display_name"] == "Änn 👩"


BAD: list[dict[str, Any]] = [
    {"display_name": 51 * "d"},
    {"display_name": ""},
    {"display_name": None},
    {"bio": 161 * "b"},
    {"bio": "nul\x00"},
    {"bio": 5},
    {"location": 61 * "l"},
    {"website": "javascript:alert(1)"},
    {"website": "example"},
    {"website": "https://example.org/" + 200 * "x"},
    {"website": "https://example.org/\x00"},
    {"followers_count": 1_000_000},
    {"is_admin": True},
]


async def test_change_beyond_the_limits_is_refused_by_field(instance: Instance) -> None:
    ann = await instance.person("ann")
    before = await instance.get(MINE, ann)
    for fields in BAD:
        refused = await instance.call("PUT", UPDATE, ann, json=fields, status=422)
        assert list(refused["errors"]) == list(fields), (fields, refused)
    assert (await instance.get(MINE, ann)).body == before.body


async def test_own_profile_takes_a_token(instance: Instance) -> None:
    await instance.get(MINE, status=401)
    await instance.call("PUT", UPDATE, json={"bio": "x"}, status=401)
    await instance.call("PATCH", UPDATE, json={"bio": "x"}, status=401)


async def test_absent_profile_is_not_found(instance: Instance) -> None:
    await instance.get(f"/api/users/profiles/{2**52}/", status=404)


async def test_profiles_are_listed_newest_first_and_exactly_once(instance: Instance) -> None:
    """Others' accounts, of other tests, are in the list, too."""
    people = [await instance.person("ann") for _ in range(5)]
    walked: list[int] = []
    async for page in instance.pages("/api/users/profiles/?limit=2"):
        walked += [profile["id"] for profile in page]
        await instance.person("late")
        if people[0].id in walked:
            break
    assert walked[:5] == [person.id for person in reversed(people)]


async def test_profile_counts_posts_and_followers(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    await instance.follow(bob, ann)
    post = await instance.write(ann, "one")
    await instance.write(ann, "two")
    await instance.call("DELETE", f"/api/posts/{post['id']}/", ann, status=204)
    profile = await instance.get(f"/api/users/profiles/{ann.id}/")
    counts = profile["followers_count"], profile["following_count"], profile["posts_count"]
    assert counts == (1, 0, 1)


async def test_the_parts_of_a_profile_are_posts_replies_pictures_and_likes(
    instance: Instance,
) -> None:
    ann, bob = await instance.people("ann", "bob")
    theirs = (await instance.write(bob, "by another"))["id"]
    own = (await instance.write(ann, "a post"))["id"]
    reply = (await instance.write(ann, "a reply", reply_to=theirs))["id"]
    shown = (await post(instance, ann, encoded(halves(), "PNG")))["id"]
    await instance.post(f"/api/posts/{theirs}/retweet/", ann)
    await instance.post(f"/api/posts/{own}/like/", ann)
    await instance.post(f"/api/posts/{theirs}/like/", ann)

    async def listed(kind: str, by: Person | None = None) -> list[int]:
        found = await instance.walk(f"/api/users/{ann.id}/posts/?kind={kind}&limit=1", by)
        return [post["id"] for post in found]

    assert await listed("all") == [theirs, shown, reply, own]
    assert await listed("posts") == [theirs, shown, own]
    assert await listed("replies") == [reply]
    assert await listed("media") == [shown]
    assert await listed("likes") == [theirs, own]
    await instance.get(f"/api/users/{ann.id}/posts/?kind=other", status=422)
    await instance.post(f"/api/users/{ann.id}/block/", bob)
    for kind in ("all", "posts", "replies", "media", "likes"):
        assert await listed(kind, bob) == [], kind
    assert await listed("likes", ann) == [own]
