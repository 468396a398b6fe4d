"""Nobody is put back into a group without being asked."""

import asyncio
from typing import Any

import pytest

from storage.database.pool import Database
from storage.events import log
from tests.handlers.operations.test_group_roles import Club, club_of, ids
from tests.people import Instance, Person
from tests.storage.locks import waiting
from tests.waiting import until

Instances = tuple[Instance, Instance]
INVITATIONS = "/api/messages/invitations/"


@pytest.fixture
async def club(instance: Instance) -> Club:
    return await club_of(instance)


async def bob_left(club: Club) -> None:
    await club.change(club.bob, leave=True)


async def test_who_left_is_asked_and_who_never_was_there_is_added(
    two_instances: Instances,
) -> None:
    here, there = two_instances
    club = await club_of(here)
    await bob_left(club)
    async with there.socket(club.bob) as bobs, there.socket(club.cid) as cids:
        await bobs.ready()
        await cids.ready()
        added = await club.change(club.ann, add=[club.bob.id, club.dan.id])
        assert ids(added) == {club.ann.id, club.cid.id, club.dan.id}
        told = (await bobs.next("invitation.created"))["invitation"]
        (listed,) = await there.walk(INVITATIONS, club.bob)
        assert told == listed
        assert (told["conversation_id"], told["title"]) == (club.id, "club")
        assert (told["inviter"]["id"], told["user"]["id"]) == (club.ann.id, club.bob.id)
        await there.get(club.path, club.bob, status=404)
        accepted = await there.post(f"{club.path}accept/", club.bob)
        assert ids(accepted) == ids(added) | {club.bob.id}
        assert (await bobs.next("invitation.ended"))["outcome"] == "accepted"
        assert ids((await bobs.next("conversation.created"))["conversation"]) == ids(accepted)
        for expected in (ids(added), ids(accepted)):
            assert ids((await cids.next("conversation.updated"))["conversation"]) == expected
    assert await here.walk(INVITATIONS, club.bob) == []
    again = await here.post(f"{club.path}accept/", club.bob)
    assert again.body == accepted.body


@pytest.mark.parametrize("way", ["opened", "added to"])
async def test_whom_an_account_does_not_let_add_it_invites_it_instead(club: Club, way: str) -> None:
    instance = club.instance
    me = "/api/users/me/"
    assert (await instance.get(me, club.dan))["who_may_add_me"] == "everybody"
    await instance.call("PATCH", me, club.dan, json={"who_may_add_me": "all"}, status=422)
    await instance.follow(club.dan, club.ann)

    async def put(by: Person) -> Any:
        if way == "added to":
            await club.do("role", club.ann, club.bob, role="admin")
            return await club.change(by, add=[club.dan.id])
        given = {"participants": [club.dan.id, club.cid.id], "title": "new"}
        return await instance.post("/api/messages/", by, given, status=201)

    async with instance.socket(club.dan) as dans:
        await dans.ready()
        for setting, by in (("followed", club.bob), ("nobody", club.ann)):
            changed = await instance.call("PATCH", me, club.dan, json={"who_may_add_me": setting})
            assert changed["who_may_add_me"] == setting
            group = await put(by)
            assert club.dan.id not in ids(group)
            told = (await dans.next("invitation.created"))["invitation"]
            assert (told["conversation_id"], told["inviter"]["id"]) == (group["id"], by.id)
            await instance.post(f"/api/messages/{group['id']}/decline/", club.dan, status=204)
        await instance.call("PATCH", me, club.dan, json={"who_may_add_me": "followed"})
        group = await put(club.ann)
        assert club.dan.id in ids(group)
        created = (await dans.next("conversation.created"))["conversation"]
        assert ids(created) == ids(group)
    direct = await instance.post(
        "/api/messages/", club.bob, {"participants": [club.dan.id]}, status=201
    )
    assert club.dan.id in ids(direct)


async def test_an_invitation_is_made_once_and_declined_without_a_word(club: Club) -> None:
    instance = club.instance
    await bob_left(club)
    async with instance.socket(club.bob) as bobs, instance.socket(club.ann) as anns:
        await bobs.ready()
        await anns.ready()
        for _ in range(2):
            await club.change(club.ann, add=[club.bob.id])
        await instance.post(f"{club.path}decline/", club.bob, status=204)
        await instance.post(f"{club.path}decline/", club.bob, status=404)
        await instance.post(f"{club.path}accept/", club.bob, status=404)
        assert await bobs.next("invitation.ended") == {
            "conversation_id": club.id,
            "outcome": "declined",
        }
        assert bobs.names().count("invitation.created") == 1
        await club.change(club.ann, title="later")
        await anns.next("conversation.updated")
        assert [name for _, name, _ in anns.durable()] == ["conversation.updated"]


async def test_who_was_removed_is_asked_too_and_a_ban_ends_the_invitation(club: Club) -> None:
    await club.do("remove", club.ann, club.bob)
    await club.change(club.ann, add=[club.bob.id])
    async with club.instance.socket(club.bob) as bobs:
        await bobs.ready()
        await club.do("ban", club.ann, club.bob)
        assert (await bobs.next("invitation.ended"))["outcome"] == "withdrawn"
    await club.instance.post(f"{club.path}accept/", club.bob, status=404)
    assert await club.instance.walk(INVITATIONS, club.bob) == []


async def test_an_invitation_is_taken_back_by_who_made_it_and_by_admins(club: Club) -> None:
    await club.change(club.ann, add=[club.dan.id])
    await bob_left(club)
    await club.change(club.cid, add=[club.bob.id])
    (seen,) = await club.instance.walk(f"{club.path}invitations/", club.dan)
    assert seen["user"]["id"] == club.bob.id
    await club.do("uninvite", club.dan, club.bob, status=403)
    await club.do("uninvite", club.cid, club.bob, status=204)
    await club.do("uninvite", club.ann, club.bob, status=404)
    await club.change(club.cid, add=[club.bob.id])
    await club.do("uninvite", club.ann, club.bob, status=204)
    await club.instance.post(f"{club.path}accept/", club.bob, status=404)


@pytest.mark.parametrize("blocks", ["who is invited", "who invites"])
async def test_a_block_hides_the_invitation_and_its_event(club: Club, blocks: str) -> None:
    instance = club.instance
    await bob_left(club)
    await club.change(club.ann, add=[club.bob.id])
    by, whom = (club.bob, club.ann) if blocks == "who is invited" else (club.ann, club.bob)
    await instance.post(f"/api/users/{whom.id}/block/", by)
    assert await instance.walk(INVITATIONS, club.bob) == []
    await instance.post(f"{club.path}accept/", club.bob, status=404)
    async with instance.socket(club.bob, since=0) as socket:
        ready = await socket.ready()
        await until(lambda: len(socket.durable()) >= ready["seq"])
        assert "invitation.created" not in socket.names()
    refused = await club.change(club.ann, add=[club.bob.id], status=403)
    assert refused["code"] == "blocked"


async def test_nobody_else_answers_an_invitation_or_sees_it(club: Club) -> None:
    await bob_left(club)
    await club.change(club.ann, add=[club.bob.id])
    for verb in ("accept", "decline"):
        await club.instance.post(f"{club.path}{verb}/", club.dan, status=404)
    assert await club.instance.walk(INVITATIONS, club.dan) == []
    await club.instance.get(f"{club.path}invitations/", club.dan, status=404)
    await club.instance.get(f"{club.path}invitations/", status=401)


async def test_no_change_of_a_group_is_kept_from_who_joins_before_it_is_made(
    club: Club, db: Database
) -> None:
    """Whoever reads who is in the group before it locks them must see who has come since."""
    async with db.transaction() as connection:
        await log.lock(connection, [club.ann.id])
        adding = asyncio.create_task(club.change(club.ann, add=[club.dan.id]))
        await waiting(db, 1)
        renaming = asyncio.create_task(club.change(club.bob, title="later"))
        await waiting(db, 2)
    await asyncio.gather(adding, renaming)
    kinds = await db.fetch(
        "SELECT kind FROM events WHERE user_id = $1 AND ref = $2 ORDER BY seq",
        club.dan.id,
        club.id,
    )
    assert [row[0] for row in kinds] == ["conversation.created", "conversation.updated"]
