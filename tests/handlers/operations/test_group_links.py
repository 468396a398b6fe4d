"""Links into a group: whom they let in, until when, and who decides."""

import asyncio
from typing import Any

import pytest

from storage.database.pool import Database
from storage.messaging import group_links
from tests.handlers.operations.test_group_roles import Club, club_of, ids
from tests.people import Instance, Person

Instances = tuple[Instance, Instance]


@pytest.fixture
async def club(instance: Instance) -> Club:
    return await club_of(instance)


async def link(club: Club, by: Person | None = None, **more: Any) -> Any:
    return (await club.instance.post(f"{club.path}links/", by or club.ann, more, status=201)).body


async def join(club: Club, by: Person, link: Any, status: int = 200) -> Any:
    given = {"token": link["token"]}
    return await club.instance.post("/api/messages/join/", by, given, status=status)


async def preview(club: Club, by: Person | None, link: Any, status: int = 200) -> Any:
    given = {"token": link["token"]}
    return await club.instance.post("/api/messages/join/preview/", by, given, status=status)


async def test_a_link_lets_in_who_has_it_and_sees_what_is_written_from_then_on(
    two_instances: Instances,
) -> None:
    here, there = two_instances
    club = await club_of(here)
    await here.say(club.ann, club.id, "before")
    made = await link(club, name="friends")
    assert (made["name"], made["creator"]["id"], made["uses"]) == ("friends", club.ann.id, 0)
    assert (made["max_uses"], made["expires_at"], made["needs_approval"]) == (None, None, False)
    assert (await preview(club, club.dan, made)).body == {
        "title": "club",
        "participants_count": 3,
        "needs_approval": False,
        "joined": False,
    }
    assert (await preview(club, None, made)).body == (await preview(club, club.dan, made)).body
    async with there.socket(club.dan) as dans, there.socket(club.bob) as bobs:
        await dans.ready()
        await bobs.ready()
        joined = await join(club, club.dan, made)
        assert joined["status"] == "joined"
        created = (await dans.next("conversation.created"))["conversation"]
        assert created == joined["conversation"]
        assert ids(created) == {club.ann.id, club.bob.id, club.cid.id, club.dan.id}
        assert created["last_message"] is None
        assert ids((await bobs.next("conversation.updated"))["conversation"]) == ids(created)
    assert (await join(club, club.dan, made)).body == joined.body  # is in it already
    assert (await preview(club, club.dan, made))["joined"]
    (listed,) = await here.walk(f"{club.path}links/", club.ann)
    assert listed == made | {"uses": 1}


async def test_only_the_staff_makes_sees_and_revokes_links(club: Club) -> None:
    made = await link(club)
    path = f"{club.path}links/"
    for by, status in ((club.bob, 403), (club.dan, 404)):
        await club.instance.post(path, by, {}, status=status)
        await club.instance.get(path, by, status=status)
        await club.instance.call("DELETE", f"{path}{made['id']}/", by, status=status)
    await club.do("role", club.ann, club.bob, role="admin")
    other = await club_of(club.instance)
    elsewhere = f"{other.path}links/{made['id']}/"
    await club.instance.call("DELETE", elsewhere, other.ann, status=404)
    await club.instance.call("DELETE", f"{path}{made['id']}/", club.bob, status=204)
    await club.instance.call("DELETE", f"{path}{made['id']}/", club.bob, status=404)
    await join(club, club.dan, made, status=404)


async def test_links_that_are_over_used_up_unknown_or_not_mine_are_not_told_apart(
    club: Club, db: Database
) -> None:
    over, used, mine = (
        await link(club, expires_in=60),
        await link(club, max_uses=1),
        await link(club),
    )
    await db.execute("UPDATE group_links SET expires_at = now() WHERE id = $1", over["id"])
    await club.change(club.cid, leave=True)
    assert (await join(club, club.cid, used))["status"] == "joined"
    await club.instance.post(f"/api/users/{club.dan.id}/block/", club.ann)
    answers = [
        (await call(club, club.dan, bad, status=404)).problem
        for bad in (over, used, mine, {"token": "no such"})
        for call in (join, preview)
    ]
    assert all(answer == answers[0] for answer in answers)


async def test_a_link_lets_in_no_more_than_it_is_for_however_many_come_at_once(
    club: Club, db: Database
) -> None:
    made = await link(club, max_uses=2)
    people = await club.instance.people(*(f"p{number}" for number in range(5)))
    given = {"token": made["token"]}
    answers = await asyncio.gather(
        *(club.instance.ask("POST", "/api/messages/join/", person, json=given) for person in people)
    )
    assert sorted(answer.status for answer in answers) == [200, 200, 404, 404, 404]
    seen = await club.instance.get(club.path, club.ann)
    assert len(seen["participants"]) == 5


async def test_where_approval_is_needed_an_admin_lets_people_in(
    two_instances: Instances,
) -> None:
    here, there = two_instances
    club = await club_of(here)
    made = await link(club, name="door", needs_approval=True, max_uses=1)
    async with (
        there.socket(club.ann) as anns,
        there.socket(club.bob) as bobs,
        there.socket(club.dan) as dans,
    ):
        for socket in (anns, bobs, dans):
            await socket.ready()
        for _ in range(2):
            asked = await join(club, club.dan, made)
            assert asked.body == {"status": "requested", "conversation": None}
        told = (await anns.next("join_request.created"))["request"]
        (listed,) = await there.walk(f"{club.path}join_requests/", club.ann)
        assert told == listed
        assert (told["user"]["id"], told["link"]) == (club.dan.id, "door")
        await there.get(club.path, club.dan, status=404)
        await there.get(f"{club.path}join_requests/", club.bob, status=403)
        await club.do("approve", club.bob, club.dan, status=403)
        await club.do("approve", club.ann, club.dan)
        assert (await anns.next("join_request.ended"))["outcome"] == "approved"
        assert (await dans.next("conversation.created"))["conversation"]["id"] == club.id
        await bobs.next("conversation.updated")
        assert not [name for name in bobs.names() + dans.names() if "request" in name]
        assert anns.names().count("join_request.created") == 1
    assert await there.walk(f"{club.path}join_requests/", club.ann) == []
    assert (await there.walk(f"{club.path}links/", club.ann))[0]["uses"] == 1
    await club.do("approve", club.ann, club.dan, status=404)


async def test_who_is_refused_is_not_told_and_who_asks_may_take_it_back(club: Club) -> None:
    instance = club.instance
    made = await link(club, needs_approval=True)
    async with instance.socket(club.dan) as dans, instance.socket(club.ann) as anns:
        await dans.ready()
        await anns.ready()
        await join(club, club.dan, made)
        await club.do("refuse", club.ann, club.dan)
        assert (await anns.next("join_request.ended"))["outcome"] == "refused"
        await join(club, club.dan, made)
        await instance.post(f"{club.path}decline/", club.dan, status=204)
        assert (await anns.next("join_request.ended"))["outcome"] == "withdrawn"
        await instance.chat(club.bob, club.dan)
        await dans.next("conversation.created")
        assert [name for _, name, _ in dans.durable()] == ["conversation.created"]
    await instance.get(club.path, club.dan, status=404)


async def test_who_asks_is_let_in_by_being_added_and_who_is_invited_needs_no_approval(
    club: Club,
) -> None:
    made = await link(club, needs_approval=True)
    await join(club, club.dan, made)
    assert club.dan.id in ids(await club.change(club.cid, add=[club.dan.id]))
    assert await club.instance.walk(f"{club.path}join_requests/", club.ann) == []
    await club.change(club.bob, leave=True)
    await club.change(club.ann, add=[club.bob.id])
    assert (await join(club, club.bob, made))["status"] == "joined"
    await club.change(club.cid, leave=True)
    assert (await join(club, club.cid, made))["status"] == "requested"
    assert club.cid.id in ids(await club.change(club.ann, add=[club.cid.id]))


async def test_who_is_banned_comes_in_by_no_link_and_no_request(club: Club) -> None:
    door, made = await link(club, needs_approval=True), await link(club)
    await join(club, club.dan, door)
    await club.do("ban", club.ann, club.dan)
    await club.do("approve", club.ann, club.dan, status=404)
    for one in (door, made):
        assert (await join(club, club.dan, one, status=403))["code"] == "banned"
        await preview(club, club.dan, one, status=403)


async def test_links_of_who_is_removed_or_becomes_a_member_end(club: Club) -> None:
    ends: list[tuple[str, dict[str, Any]]] = [("role", {"role": "member"}), ("remove", {})]
    for verb, more in ends:
        await club.do("role", club.ann, club.bob, role="admin")
        made = await link(club, club.bob)
        await club.do(verb, club.ann, club.bob, **more)
        await join(club, club.dan, made, status=404)


async def test_whom_one_blocks_is_not_let_in_by_one(club: Club) -> None:
    made = await link(club, needs_approval=True)
    await club.do("role", club.ann, club.bob, role="admin")
    await club.instance.post(f"/api/users/{club.dan.id}/block/", club.bob)
    async with club.instance.socket(club.bob) as bobs, club.instance.socket(club.ann) as anns:
        await bobs.ready()
        await anns.ready()
        await join(club, club.dan, made)
        await anns.next("join_request.created")
        await club.change(club.ann, title="later")
        await bobs.next("conversation.updated")
        assert "join_request.created" not in bobs.names()
    assert await club.instance.walk(f"{club.path}join_requests/", club.bob) == []
    await club.do("approve", club.bob, club.dan, status=403)


async def test_a_group_has_so_many_links_and_those_that_are_over_make_room(
    club: Club, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_links, "LINKS_MAX", 2)
    first, _ = await link(club), await link(club, expires_in=60)
    refused = await club.instance.post(f"{club.path}links/", club.ann, {}, status=409)
    assert refused["code"] == "link_limit"
    await db.execute("UPDATE group_links SET expires_at = now() WHERE expires_at IS NOT NULL")
    third = await link(club)
    listed = await club.instance.walk(f"{club.path}links/?limit=1", club.ann)
    assert [one["id"] for one in listed] == [third["id"], first["id"]]


async def test_a_group_is_never_over_full(club: Club, monkeypatch: pytest.MonkeyPatch) -> None:
    from storage.messaging import group_entry

    monkeypatch.setattr(group_entry, "PARTICIPANTS_MAX", 3)
    made, door = await link(club), await link(club, needs_approval=True)
    await join(club, club.dan, made, status=409)
    await join(club, club.dan, door, status=409)
    await club.change(club.bob, leave=True)
    await club.change(club.ann, add=[club.bob.id])
    await join(club, club.dan, made)
    full = await club.instance.post(f"{club.path}accept/", club.bob, status=409)
    assert full["code"] == "conversation_full"


async def test_nobody_joins_a_group_that_all_have_left(club: Club) -> None:
    made = await link(club)
    for person in (club.ann, club.bob, club.cid):
        await club.change(person, leave=True)
    await join(club, club.dan, made, status=404)
    await preview(club, club.dan, made, status=404)
