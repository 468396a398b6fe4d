"""Who owns a group, who may do what in it, and what becomes of who is removed or banned."""

from typing import Any

import pytest

from storage.accounts import purge
from storage.database.pool import Database
from tests.handlers.operations.test_deactivation import delete
from tests.people import Instance, Person, SocketClient

Instances = tuple[Instance, Instance]


class Club:
    """A group of ann, who opened it, bob and cid; dan is not in it."""

    def __init__(self, instance: Instance, people: list[Person], id: int) -> None:
        self.instance = instance
        self.ann, self.bob, self.cid, self.dan = people
        self.id = id
        self.path = f"/api/messages/{id}/"

    async def do(self, verb: str, by: Person, other: Person, status: int = 200, **more: Any) -> Any:
        given = {"user_id": other.id, **more}
        return await self.instance.post(f"{self.path}{verb}/", by, given, status=status)

    async def change(self, by: Person, status: int = 200, **changes: Any) -> Any:
        return await self.instance.call("PATCH", self.path, by, json=changes, status=status)

    async def roles(self, seen_by: Person) -> list[tuple[int, str]]:
        return roles(await self.instance.get(self.path, seen_by))


def roles(conversation: Any) -> list[tuple[int, str]]:
    return [(one["user_id"], one["role"]) for one in conversation["roles"]]


def ids(conversation: Any) -> set[int]:
    return {one["id"] for one in conversation["participants"]}


async def club_of(instance: Instance) -> Club:
    # One after another: of those who come at once, the one with the first account is the oldest.
    people = [await instance.person(name) for name in ("ann", "bob", "cid", "dan")]
    return Club(instance, people, await instance.chat(*people[:3], title="club"))


@pytest.fixture
async def club(instance: Instance) -> Club:
    return await club_of(instance)


async def test_who_opens_a_group_owns_it_and_at_first_members_may_add_and_rename(
    club: Club,
) -> None:
    seen = await club.instance.get(club.path, club.bob)
    assert roles(seen) == [(club.ann.id, "owner")]
    assert (seen["who_may_add"], seen["who_may_rename"]) == ("members", "members")
    assert (await club.change(club.bob, title="ours"))["title"] == "ours"
    assert club.dan.id in ids(await club.change(club.bob, add=[club.dan.id]))


async def test_a_group_may_leave_adding_and_renaming_to_its_admins(club: Club) -> None:
    await club.change(club.bob, who_may_add="admins", status=403)
    changed = await club.change(club.ann, who_may_add="admins", who_may_rename="admins")
    assert (changed["who_may_add"], changed["who_may_rename"]) == ("admins", "admins")
    refused = await club.change(club.bob, title="mine", status=403)
    assert refused["code"] == "role_required"
    await club.change(club.bob, add=[club.dan.id], status=403)
    await club.do("role", club.ann, club.bob, role="admin")
    await club.change(club.bob, title="ours", add=[club.dan.id])
    assert (await club.change(club.bob, who_may_add="members"))["who_may_rename"] == "admins"


async def test_only_the_owner_gives_roles_and_an_admin_may_step_back(club: Club) -> None:
    for by, other in ((club.bob, club.cid), (club.bob, club.bob), (club.bob, club.ann)):
        await club.do("role", by, other, role="admin", status=403)
    await club.do("role", club.dan, club.bob, role="admin", status=404)
    await club.do("role", club.ann, club.dan, role="admin", status=404)
    await club.do("role", club.ann, club.ann, role="member", status=403)
    await club.do("role", club.ann, club.bob, role="admin")
    await club.do("role", club.bob, club.cid, role="admin", status=403)
    await club.do("role", club.bob, club.bob, role="owner", status=403)
    assert await club.roles(club.cid) == [(club.ann.id, "owner"), (club.bob.id, "admin")]
    assert roles(await club.do("role", club.bob, club.bob, role="member")) == [
        (club.ann.id, "owner")
    ]


async def test_a_group_that_is_handed_over_keeps_its_former_owner_as_admin(club: Club) -> None:
    changed = await club.do("role", club.ann, club.cid, role="owner")
    assert roles(changed) == [(club.cid.id, "owner"), (club.ann.id, "admin")]
    await club.do("role", club.ann, club.bob, role="admin", status=403)
    await club.do("role", club.cid, club.ann, role="member")
    assert await club.roles(club.ann) == [(club.cid.id, "owner")]


async def test_a_direct_conversation_has_no_roles(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    path = f"/api/messages/{await instance.chat(ann, bob)}/"
    assert (await instance.get(path, ann))["roles"] == []
    for verb, more in (("role", {"role": "admin"}), ("remove", {}), ("ban", {}), ("unban", {})):
        given = {"user_id": bob.id, **more}
        refused = await instance.post(f"{path}{verb}/", ann, given, status=403)
        assert refused["code"] == "not_a_group"
    for listed in ("bans", "links", "invitations", "join_requests"):
        await instance.get(f"{path}{listed}/", ann, status=403)


async def test_when_the_owner_leaves_the_oldest_admin_else_the_oldest_member_owns_it(
    club: Club,
) -> None:
    await club.change(club.ann, add=[club.dan.id])
    await club.do("role", club.ann, club.dan, role="admin")
    left = await club.change(club.ann, leave=True)
    assert roles(left) == [(club.dan.id, "owner")]
    # Longer in it than the owner, who has that role by seniority alone, and nobody's owner for it.
    promoted = await club.do("role", club.dan, club.bob, role="admin")
    assert roles(promoted) == [(club.dan.id, "owner"), (club.bob.id, "admin")]
    await club.change(club.dan, leave=True)
    await club.change(club.bob, leave=True)
    assert await club.roles(club.cid) == [(club.cid.id, "owner")]


async def test_when_the_owner_is_deleted_the_oldest_member_owns_it(
    club: Club, db: Database
) -> None:
    async with club.instance.socket(club.bob) as socket:
        await socket.ready()
        await delete(club.instance, club.ann)
        while not await purge.purge_account(db, club.ann.id, 10):
            pass
        told = (await socket.next("conversation.updated"))["conversation"]
    assert roles(told) == [(club.bob.id, "owner")]
    assert await club.roles(club.cid) == [(club.bob.id, "owner")]


async def test_who_had_a_role_comes_back_as_a_member_whichever_release_let_them_leave(
    club: Club, db: Database
) -> None:
    await club.do("role", club.ann, club.bob, role="admin")
    await db.execute(
        "UPDATE participants SET left_at = now() WHERE conversation_id = $1 AND user_id = $2",
        club.id,
        club.bob.id,
    )
    await club.change(club.ann, add=[club.bob.id])
    await club.instance.post(f"{club.path}accept/", club.bob)
    assert await club.roles(club.bob) == [(club.ann.id, "owner")]


async def test_a_group_of_before_belongs_to_who_created_it_else_to_the_oldest(
    club: Club, db: Database
) -> None:
    """What an older release stores: nobody has a role."""
    stored = await db.fetchval(
        "SELECT count(*) FROM participants WHERE conversation_id = $1 AND role <> 'member'", club.id
    )
    assert stored == 0
    await db.execute("UPDATE conversations SET creator_id = $2 WHERE id = $1", club.id, club.cid.id)
    assert await club.roles(club.ann) == [(club.cid.id, "owner")]
    await db.execute("UPDATE conversations SET creator_id = NULL WHERE id = $1", club.id)
    await db.execute(
        """UPDATE participants SET joined_at = joined_at - interval '1 day'
            WHERE conversation_id = $1 AND user_id = $2""",
        club.id,
        club.bob.id,
    )
    assert await club.roles(club.ann) == [(club.bob.id, "owner")]


async def test_admins_remove_members_the_owner_admins_and_nobody_the_owner(club: Club) -> None:
    await club.change(club.ann, add=[club.dan.id])
    await club.do("role", club.ann, club.bob, role="admin")
    await club.do("role", club.ann, club.cid, role="admin")
    for verb in ("remove", "ban"):
        await club.do(verb, club.dan, club.cid, status=403)
        await club.do(verb, club.bob, club.cid, status=403)
        await club.do(verb, club.bob, club.ann, status=403)
        await club.do(verb, club.ann, club.ann, status=422)
    assert ids(await club.do("remove", club.bob, club.dan)) == {
        club.ann.id, club.bob.id, club.cid.id,
    }  # fmt: skip
    assert ids(await club.do("ban", club.ann, club.cid)) == {club.ann.id, club.bob.id}
    await club.do("remove", club.ann, club.dan, status=404)


async def heard(socket: SocketClient, name: str, conversation: int) -> Any:
    """The data of the next event of this name, which must be of the conversation."""
    data = await socket.next(name)
    assert data.get("conversation_id", data.get("conversation", {}).get("id")) == conversation
    return data


async def test_who_is_removed_hears_of_it_last_and_of_nothing_after_it_on_any_instance(
    two_instances: Instances,
) -> None:
    here, there = two_instances
    club = await club_of(here)
    await here.say(club.ann, club.id, "unread")
    async with there.socket(club.bob) as bobs, there.socket(club.cid) as cids:
        await bobs.ready()
        await cids.ready()
        await club.do("remove", club.ann, club.bob)
        for socket in (bobs, cids):
            told = await heard(socket, "conversation.member_changed", club.id)
            assert told == {
                "conversation_id": club.id,
                "user_id": club.bob.id,
                "by": club.ann.id,
                "change": "removed",
            }
            updated = await heard(socket, "conversation.updated", club.id)
            assert ids(updated["conversation"]) == {club.ann.id, club.cid.id}
        await here.say(club.ann, club.id, "after")
        await cids.next("message.created")
        direct = await here.chat(club.cid, club.bob)
        await heard(bobs, "conversation.created", direct)
        names = [name for _, name, _ in bobs.durable()]
        assert names == [
            "conversation.member_changed", "conversation.updated", "conversation.created",
        ]  # fmt: skip
    unread = await there.get("/api/messages/unread_count/", club.bob)
    assert unread["unread_count"] == 0
    for path in (club.path, f"{club.path}messages/", f"{club.path}invitations/"):
        await there.get(path, club.bob, status=404)
    async with there.socket(club.bob, since=0) as again:
        ready = await again.ready()
        await again.next("conversation.created")
        told = {name for _, name, _ in again.durable()}
        assert told == {"void", "conversation.member_changed", "conversation.created"}
        assert ready["resume"]["status"] == "resumed"


async def test_who_is_banned_is_neither_added_nor_invited_until_the_ban_is_taken_back(
    club: Club,
) -> None:
    instance = club.instance
    await club.do("ban", club.ann, club.bob)
    await club.do("ban", club.ann, club.dan)  # who was never in it
    for other in (club.bob, club.dan):
        refused = await club.change(club.cid, add=[other.id], status=403)
        assert refused["code"] == "banned"
    listed = await instance.walk(f"{club.path}bans/?limit=1", club.ann)
    assert {one["id"] for one in listed} == {club.bob.id, club.dan.id}
    await instance.get(f"{club.path}bans/", club.cid, status=403)
    await club.do("unban", club.cid, club.dan, status=403)
    await club.do("unban", club.ann, club.dan)
    await club.do("unban", club.ann, club.dan)
    assert club.dan.id in ids(await club.change(club.cid, add=[club.dan.id]))
    await club.do("ban", club.ann, Person(2**40, "", "", ""), status=404)


async def test_of_a_ban_of_somebody_outside_only_the_staff_is_told(club: Club) -> None:
    async with (
        club.instance.socket(club.ann) as anns,
        club.instance.socket(club.cid) as cids,
        club.instance.socket(club.dan) as dans,
    ):
        for socket in (anns, cids, dans):
            await socket.ready()
        await club.do("ban", club.ann, club.dan)
        assert (await anns.next("conversation.member_changed"))["change"] == "banned"
        await club.do("unban", club.ann, club.dan)
        assert (await anns.next("conversation.member_changed"))["change"] == "unbanned"
        await club.change(club.ann, title="later", add=[club.dan.id])
        await cids.next("conversation.updated")
        await dans.next("conversation.created")
        assert "conversation.member_changed" not in cids.names() + dans.names()


async def test_roles_are_told_to_all_and_replayed(two_instances: Instances) -> None:
    here, there = two_instances
    club = await club_of(here)
    async with there.socket(club.cid) as socket:
        ready = await socket.ready()
        await club.do("role", club.ann, club.bob, role="owner")
        changes = [await heard(socket, "conversation.member_changed", club.id) for _ in range(2)]
        assert [(one["user_id"], one["change"]) for one in changes] == [
            (club.ann.id, "admin"), (club.bob.id, "owner"),
        ]  # fmt: skip
        told = await heard(socket, "conversation.updated", club.id)
        assert roles(told["conversation"]) == [(club.bob.id, "owner"), (club.ann.id, "admin")]
        live = socket.durable()
    async with here.socket(club.cid, since=ready["seq"]) as again:
        await again.next("conversation.updated")
        assert again.durable() == live
    assert await club.roles(club.cid) == roles(told["conversation"])
    before = (await here.get(club.path, club.cid)).body
    await club.do("role", club.bob, club.ann, role="admin")
    assert (await here.get(club.path, club.cid)).body == before  # it was so already
