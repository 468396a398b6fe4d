"""Polls: asked with a post, voted in once, counted at once, and told at the end."""

import asyncio
from typing import Any

import pytest

from server.config import Config
from storage.database.pool import Database
from storage.posts import polls
from storage.records import Post
from tests.conftest import running
from tests.handlers.operations.crowds import crowd
from tests.people import PASSWORD, Instance, Person
from tests.server.jobs.worker_helpers import until, working

TEA = {"options": ["tea", "coffee", "water"], "expires_in": 3600}
END = "UPDATE polls SET ends_at = now() - interval '1 s' WHERE post_id = $1"
END_JOB = "UPDATE jobs SET run_at = now() WHERE kind = 'poll.end'"
WAKE = "SELECT pg_notify('jobs', '')"
# What is counted, and what would be, counted anew: they are the same.
COUNTED = """
    SELECT sum(voters), sum(votes_0), sum(votes_1), sum(votes_2), sum(votes_3)
      FROM poll_tallies WHERE post_id = $1"""
RECOUNTED = """
    SELECT count(*), count(*) FILTER (WHERE 0 = ANY(choices)),
           count(*) FILTER (WHERE 1 = ANY(choices)), count(*) FILTER (WHERE 2 = ANY(choices)),
           count(*) FILTER (WHERE 3 = ANY(choices))
      FROM poll_votes v WHERE post_id = $1
       AND NOT EXISTS (SELECT FROM uncounted WHERE kind = 'vote' AND id = v.id)"""


async def ask(instance: Instance, author: Person, **more: Any) -> int:
    post = await instance.write(author, "What do you drink?", poll=TEA | more)
    return int(post["id"])


async def vote(
    instance: Instance, voter: Person, post_id: int, *choices: int, status: int = 200
) -> Any:
    body = {"choices": list(choices)}
    return await instance.post(f"/api/posts/{post_id}/vote/", voter, body, status=status)


def counts(poll: Any) -> list[int | None]:
    return [option["votes_count"] for option in poll["options"]]


async def end(db: Database, post_id: int) -> None:
    await db.execute(END, post_id)


async def counted_anew(db: Database, post_id: int) -> list[int]:
    counted = [value or 0 for value in await db.fetchrow(COUNTED, post_id) or ()]
    assert counted == list(await db.fetchrow(RECOUNTED, post_id) or ())
    return counted


async def test_a_post_asks_and_each_voter_is_counted_once(instance: Instance, db: Database) -> None:
    ann, bob, cat = await instance.people("ann", "bob", "cat")
    post_id = await ask(instance, ann)
    asked = (await instance.get(f"/api/posts/{post_id}/", bob))["poll"]
    assert [option["title"] for option in asked["options"]] == TEA["options"]
    assert counts(asked) == [0, 0, 0]
    assert (asked["voted"], asked["own_votes"], asked["ended"]) == (False, [], False)
    for _ in range(2):
        voted = (await vote(instance, bob, post_id, 1))["poll"]
        assert (counts(voted), voted["votes_count"], voted["voters_count"]) == ([0, 1, 0], 1, 1)
        assert (voted["voted"], voted["own_votes"]) == (True, [1])
    await vote(instance, cat, post_id, 1)
    seen = (await instance.get(f"/api/posts/{post_id}/"))["poll"]
    assert (counts(seen), seen["voted"], seen["own_votes"]) == ([0, 2, 0], False, [])
    assert await counted_anew(db, post_id) == [2, 0, 2, 0, 0]
    assert (await instance.write(ann, "no poll"))["poll"] is None


async def test_a_vote_is_for_good(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    post_id = await ask(instance, ann)
    await vote(instance, bob, post_id, 0)
    refused = await vote(instance, bob, post_id, 1, status=409)
    assert refused["code"] == "already_voted"
    assert counts((await instance.get(f"/api/posts/{post_id}/", bob))["poll"]) == [1, 0, 0]


async def test_several_are_chosen_where_the_poll_says_so(instance: Instance, db: Database) -> None:
    ann, bob = await instance.people("ann", "bob")
    single, multiple = await ask(instance, ann), await ask(instance, ann, multiple=True)
    refused = await vote(instance, bob, single, 0, 2, status=422)
    assert refused["errors"] == {"choices": ["In this poll one option is chosen."]}
    voted = (await vote(instance, bob, multiple, 2, 0, 2))["poll"]
    assert (counts(voted), voted["votes_count"], voted["voters_count"]) == ([1, 0, 1], 2, 1)
    assert voted["own_votes"] == [0, 2]
    await vote(instance, bob, multiple, 0, 2)
    await vote(instance, bob, multiple, 0, status=409)
    assert await counted_anew(db, multiple) == [1, 1, 0, 1, 0]


@pytest.mark.parametrize(
    ("choices", "field"),
    [([3], "choices"), ([4], "choices.0"), ([-1], "choices.0"), ([], "choices"), ("0", "choices")],
)
async def test_what_is_no_option_is_refused(instance: Instance, choices: Any, field: str) -> None:
    ann, bob = await instance.people("ann", "bob")
    post_id = await ask(instance, ann)
    path = f"/api/posts/{post_id}/vote/"
    refused = await instance.post(path, bob, {"choices": choices}, status=422)
    assert list(refused["errors"]) == [field]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"options": ["one"]}, "options"),
        ({"options": list("abcde")}, "options"),
        ({"options": ["Tea", " tea "]}, "options"),
        ({"options": ["tea", " "]}, "options.1"),
        ({"options": ["tea", "x" * 51]}, "options.1"),
        ({"expires_in": 299}, "expires_in"),
        ({"expires_in": 2_592_001}, "expires_in"),
        ({"expires_in": None}, "expires_in"),
        ({"multiple": 1}, "multiple"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_what_is_no_poll_is_refused(
    instance: Instance, changes: dict[str, Any], field: str
) -> None:
    ann = await instance.person("ann")
    body = {"content": "?", "poll": TEA | changes}
    refused = await instance.post("/api/posts/", ann, body, status=422)
    assert list(refused["errors"]) == [f"poll.{field}"]


async def test_an_option_is_as_long_as_a_reader_sees_it(instance: Instance) -> None:
    ann = await instance.person("ann")
    options = ["👩‍👩‍👧‍👦" * 50, "https://example.org/" + "x" * 100]
    post = await instance.write(ann, "?", poll=TEA | {"options": options})
    assert [option["title"] for option in post["poll"]["options"]] == options


async def test_a_poll_is_an_object_or_nothing(instance: Instance) -> None:
    ann = await instance.person("ann")
    refused = await instance.post("/api/posts/", ann, {"content": "?", "poll": ["tea"]}, status=422)
    assert refused["errors"] == {"poll": ["Not an object."]}
    assert (await instance.write(ann, "?", poll=None))["poll"] is None


async def test_nobody_votes_in_their_own_poll(instance: Instance) -> None:
    ann = await instance.person("ann")
    post_id = await ask(instance, ann)
    assert (await vote(instance, ann, post_id, 0, status=422))["code"] == "self_target"


async def test_nobody_votes_where_a_block_stands_or_nothing_is_asked(instance: Instance) -> None:
    ann, bob, eve = await instance.people("ann", "bob", "eve")
    post_id = await ask(instance, ann)
    await instance.post(f"/api/users/{bob.id}/block/", ann)
    await instance.post(f"/api/users/{ann.id}/block/", eve)
    for voter in (bob, eve):
        await vote(instance, voter, post_id, 0, status=403)
    plain = await instance.write(ann, "no poll")
    await vote(instance, await instance.person("cat"), plain["id"], 0, status=404)
    await vote(instance, eve, 2**53 - 1, 0, status=404)


async def test_after_the_end_it_can_be_read_but_not_voted_in(
    instance: Instance, db: Database
) -> None:
    ann, bob, cat = await instance.people("ann", "bob", "cat")
    post_id = await ask(instance, ann)
    await vote(instance, bob, post_id, 0)
    await end(db, post_id)
    assert (await vote(instance, cat, post_id, 0, status=409))["code"] == "poll_ended"
    again = (await vote(instance, bob, post_id, 0))["poll"]  # a retry of what was done in time
    assert (again["ended"], counts(again)) == (True, [1, 0, 0])


async def test_totals_are_hidden_from_all_until_the_end_where_it_says_so(
    instance: Instance, db: Database
) -> None:
    ann, bob = await instance.people("ann", "bob")
    post_id = await ask(instance, ann, hide_totals=True)
    voted = (await vote(instance, bob, post_id, 2))["poll"]
    assert (counts(voted), voted["voters_count"], voted["own_votes"]) == ([None] * 3, 1, [2])
    assert counts((await instance.get(f"/api/posts/{post_id}/", ann))["poll"]) == [None] * 3
    await end(db, post_id)
    assert counts((await instance.get(f"/api/posts/{post_id}/", ann))["poll"]) == [0, 0, 1]


async def test_an_edit_changes_no_poll(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    post_id = await ask(instance, ann)
    before = (await vote(instance, bob, post_id, 0))["poll"]
    path = f"/api/posts/{post_id}/"
    await instance.call("PATCH", path, ann, json={"content": "And now?"})
    assert (await instance.get(path, bob))["poll"] == before
    refused = await instance.call("PATCH", path, ann, json={"poll": TEA}, status=422)
    assert list(refused["errors"]) == ["poll"]


async def test_a_retry_with_another_poll_is_another_post(instance: Instance) -> None:
    ann = await instance.person("ann")
    body = {"content": "?", "poll": TEA, "client_id": "one"}
    first = await instance.post("/api/posts/", ann, body)
    again = await instance.post("/api/posts/", ann, body, status=200)
    assert again["id"] == first["id"]
    other = body | {"poll": TEA | {"multiple": True}}
    assert (await instance.post("/api/posts/", ann, other, status=422))["code"] == "key_reused"


async def test_who_watches_is_told_once_of_many_votes(
    two_instances: tuple[Instance, Instance],
) -> None:
    here, there = two_instances
    ann, bob, cat, dan = await here.people("ann", "bob", "cat", "dan")
    post_id = await ask(here, ann)
    async with there.socket(ann) as watching, here.socket(dan) as other:
        await watching.ready()
        await other.ready()
        (now,) = await watching.do("post.watch", {"ids": [post_id]})
        assert counts(now["poll"]) == [0, 0, 0]
        await vote(here, bob, post_id, 0)
        await vote(here, cat, post_id, 1)
        while True:
            told = await watching.next("poll.updated")
            if counts(told["poll"]) == [1, 1, 0]:
                break
        assert told["post_id"] == post_id
        assert (told["poll"]["voted"], told["poll"]["own_votes"]) == (None, None)
        assert watching.names().count("poll.updated") <= 2
        assert "poll.updated" not in other.names()
        (now,) = await watching.do("post.watch", {"ids": [post_id]})
        assert counts(now["poll"]) == [1, 1, 0]


async def test_a_new_poll_comes_live_as_nobodys_own(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    await instance.follow(bob, ann)
    async with instance.socket(bob) as socket:
        await socket.ready()
        await ask(instance, ann)
        poll = (await socket.next("post.created"))["post"]["poll"]
    assert (counts(poll), poll["voted"], poll["own_votes"]) == ([0, 0, 0], None, None)
    (listed,) = await instance.walk("/api/posts/feed/", bob)
    assert (listed["poll"]["voted"], listed["poll"]["own_votes"]) == (False, [])


async def test_the_same_voter_at_once_is_counted_once(instance: Instance, db: Database) -> None:
    ann, bob = await instance.people("ann", "bob")
    post_id = await ask(instance, ann)
    await asyncio.gather(*(vote(instance, bob, post_id, 1) for _ in range(8)))
    assert await counted_anew(db, post_id) == [1, 0, 1, 0, 0]


async def test_many_who_vote_at_once_are_all_counted(
    own_settings: Config, own_db: Database
) -> None:
    async with running(own_settings) as instance:
        ann = await instance.person("ann")
        post_id = await ask(instance, ann, multiple=True)
        voters = await crowd(own_db, 300)
        await asyncio.gather(
            *(polls.vote(own_db, voter, post_id, [0, 1] if voter % 2 else [1]) for voter in voters)
        )
        odd = sum(voter % 2 for voter in voters)
        assert await counted_anew(own_db, post_id) == [300, odd, 300, 0, 0]


async def test_a_deleted_post_takes_its_poll_along(instance: Instance, db: Database) -> None:
    ann, bob = await instance.people("ann", "bob")
    post_id = await ask(instance, ann)
    await vote(instance, bob, post_id, 0)
    await instance.call("DELETE", f"/api/posts/{post_id}/", ann, status=204)
    await vote(instance, bob, post_id, 0, status=404)
    for table in ("polls", "poll_votes", "poll_tallies"):
        assert not await db.fetchval(f"SELECT count(*) FROM {table} WHERE post_id = $1", post_id)
    assert (await polls.tell_end(db, post_id)).is_done


async def test_the_export_has_what_one_asked_and_chose(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    mine, theirs = await ask(instance, ann), await ask(instance, bob, multiple=True)
    await vote(instance, ann, theirs, 0, 1)
    found = await instance.get("/api/users/me/export/", ann)
    assert [(one["post_id"], one["choices"]) for one in found["votes"]] == [(theirs, [0, 1])]
    assert [(one["id"], counts(one["poll"])) for one in found["posts"]] == [(mine, [0, 0, 0])]


async def test_the_votes_of_a_deleted_account_are_gone(
    own_settings: Config, own_db: Database
) -> None:
    async with running(own_settings) as instance, working(own_settings):
        ann, bob, cat = await instance.people("ann", "bob", "cat")
        post_id = await ask(instance, ann)
        await vote(instance, bob, post_id, 0)
        await vote(instance, cat, post_id, 0)
        body = {"password": PASSWORD}
        await instance.call("DELETE", "/api/users/me/", bob, json=body, status=204)

        async def gone() -> bool:
            await own_db.execute("UPDATE jobs SET run_at = now() WHERE kind = 'account.erase'")
            await own_db.execute(WAKE)
            return await counted_anew(own_db, post_id) == [1, 1, 0, 0, 0]

        await until(gone)


async def test_the_votes_of_who_is_suspended_do_not_count_until_they_are_restored(
    own_settings: Config, own_db: Database
) -> None:
    async with running(own_settings) as instance, working(own_settings):
        boss, ann, bob, cat = await instance.people("boss", "ann", "bob", "cat")
        await own_db.execute("UPDATE users SET is_admin = true WHERE id = $1", boss.id)
        post_id = await ask(instance, ann)
        await vote(instance, bob, post_id, 0)
        await vote(instance, cat, post_id, 1)
        async with instance.socket(ann) as watching:
            await watching.ready()
            await watching.do("post.watch", {"ids": [post_id]})
            for act, expected in (("suspend", [1, 0, 0]), ("restore", [1, 1, 0])):
                await instance.post(f"/api/admin/users/{cat.id}/{act}/", boss)
                while counts((await watching.next("poll.updated"))["poll"]) != expected:
                    pass
                await counted_anew(own_db, post_id)


async def test_the_end_is_told_to_who_asked_and_who_voted_once(
    own_settings: Config, own_db: Database
) -> None:
    async with running(own_settings) as instance, working(own_settings):
        ann, bob, cat, dan = await instance.people("ann", "bob", "cat", "dan")
        post_id = await ask(instance, ann, hide_totals=True)
        await vote(instance, bob, post_id, 0)
        await vote(instance, cat, post_id, 0)
        await instance.post(f"/api/users/{ann.id}/mute/", cat)
        async with instance.socket(ann) as anns, instance.socket(bob) as bobs:
            await anns.ready()
            await bobs.ready()
            await anns.do("post.watch", {"ids": [post_id]})
            await end(own_db, post_id)
            await own_db.execute(END_JOB)
            await own_db.execute(WAKE)
            for socket in (anns, bobs):
                told = (await socket.next("notification.created"))["notification"]
                assert (told["kind"], told["post_id"]) == ("poll", post_id)
                assert told["actor"]["id"] == ann.id
            while not (poll := (await anns.next("poll.updated"))["poll"])["ended"]:
                pass
            assert counts(poll) == [2, 0, 0]
        assert (await polls.tell_end(own_db, post_id)).notified == []
        assert await instance.walk("/api/notifications/", cat) == []
        assert await instance.walk("/api/notifications/", dan) == []
        assert len(await instance.walk("/api/notifications/", ann)) == 1


async def test_the_end_is_told_in_portions_and_goes_on_where_it_stopped(
    own_settings: Config, own_db: Database
) -> None:
    async with running(own_settings) as instance:
        ann = await instance.person("ann")
        post_id = await ask(instance, ann)
        voters = await crowd(own_db, polls.TOLD_AT_ONCE + 50)
        for voter in voters:
            await polls.vote(own_db, voter, post_id, [0])
        assert (await polls.tell_end(own_db, post_id)).notified == []  # it has not ended
        await end(own_db, post_id)
        first = await polls.tell_end(own_db, post_id)
        assert (len(first.notified), first.is_first, first.is_done) == (
            1 + polls.TOLD_AT_ONCE,
            True,
            False,
        )
        second = await polls.tell_end(own_db, post_id)
        assert (len(second.notified), second.is_first, second.is_done) == (50, False, True)
        told = [one.logged.user_id for one in (*first.notified, *second.notified)]
        assert sorted(told) == sorted([ann.id, *voters])


async def test_nobody_is_told_of_a_poll_whose_author_is_suspended(
    instance: Instance, db: Database
) -> None:
    ann, bob = await instance.people("ann", "bob")
    post_id = await ask(instance, ann)
    await vote(instance, bob, post_id, 0)
    await db.execute("UPDATE users SET suspended_at = now() WHERE id = $1", ann.id)
    await end(db, post_id)
    assert (await polls.tell_end(db, post_id)).notified == []
    await vote(instance, await instance.person("cat"), post_id, 0, status=404)


async def test_the_command_answers_what_the_route_does(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    async with instance.socket(bob) as socket:
        await socket.ready()
        post_id = await ask(instance, ann)
        voted = await socket.do("poll.vote", {"id": post_id, "choices": [1]})
        assert voted == (await vote(instance, bob, post_id, 1)).body
        refused = await socket.call("poll.vote", {"id": post_id, "choices": [0]})
        assert refused["error"]["code"] == "already_voted"
    assert set(voted) == set(Post.__annotations__)
