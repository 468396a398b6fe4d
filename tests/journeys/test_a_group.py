"""The life of a group, its people on two instances: each hears what concerns them, once."""

from contextlib import AsyncExitStack

from storage.database.pool import Database
from tests.people import Instance, Person
from tests.realtime.message_helpers import hears_durable, log_of, numbers

Instances = tuple[Instance, Instance]


async def test_a_group_from_its_first_invitation_to_its_owners_leaving(
    two_instances: Instances, db: Database
) -> None:
    here, there = two_instances
    _, bob, cleo, dora = people = await here.people("ann", "bob", "cleo", "dora")
    await there.call("PATCH", "/api/users/me/", bob, json={"who_may_add_me": "nobody"})
    async with AsyncExitStack() as stack:
        anns, bobs, cleos, doras = [
            await stack.enter_async_context(instance.socket(person))
            for person, instance in zip(people, (here, there) * 2, strict=True)
        ]
        for client in (anns, bobs, cleos, doras):
            await client.ready()

        # Ann opens it with Cleo; Bob is asked, and accepts.
        wanted = {"participants": [bob.id, cleo.id], "title": "club"}
        club = (await anns.do("conversation.create", wanted))["id"]
        assert (await cleos.next("conversation.created"))["conversation"]["id"] == club
        invited = (await bobs.next("invitation.created"))["invitation"]
        assert (invited["conversation_id"], invited["participants_count"]) == (club, 2)
        await bobs.do("invitation.accept", {"conversation_id": club})
        assert (await bobs.next("invitation.ended"))["outcome"] == "accepted"
        assert len((await cleos.next("conversation.updated"))["conversation"]["participants"]) == 3

        # Bob becomes an admin and makes a link; Dora, who has looked at it logged out, asks.
        given = {"conversation_id": club, "user_id": bob.id, "role": "admin"}
        await anns.do("conversation.set_role", given)
        assert (await bobs.next("conversation.member_changed"))["change"] == "admin"
        asked = {"conversation_id": club, "name": "friends", "needs_approval": True}
        link = await bobs.do("group_link.create", asked)
        token = {"token": link["token"]}
        preview = (await there.post("/api/messages/join/preview/", None, token)).body
        assert (preview["title"], preview["participants_count"]) == ("club", 3)
        assert (await doras.do("group_link.join", token))["status"] == "requested"
        request = (await anns.next("join_request.created"))["request"]
        assert (request["user"]["id"], request["link"]) == (dora.id, "friends")
        await anns.do("conversation.approve", {"conversation_id": club, "user_id": dora.id})
        assert (await bobs.next("join_request.ended"))["outcome"] == "approved"
        assert (await doras.next("conversation.created"))["conversation"]["id"] == club

        # Dora is banned: the last that she hears is that, and no link lets her in.
        before = (await here.say(cleo, club, "before"))["id"]
        assert (await doras.next("message.created"))["message"]["id"] == before
        await bobs.do("conversation.ban", {"conversation_id": club, "user_id": dora.id})
        assert (await doras.next("conversation.member_changed"))["change"] == "banned"
        last = (await doras.next("conversation.updated"))["conversation"]
        assert dora.id not in [user["id"] for user in last["participants"]]
        refused = await doras.call("group_link.join", token)
        assert refused["error"]["code"] == "banned"
        await there.get(f"/api/messages/{club}/", dora, status=404)
        after = (await there.say(bob, club, "after"))["id"]
        for client in (anns, cleos):
            while (await client.next("message.created"))["message"]["id"] != after:
                pass

        # The owner leaves: the admin owns it then.
        await anns.do("conversation.update", {"conversation_id": club, "leave": True})
        left = await there.get(f"/api/messages/{club}/", cleo)
        assert left["roles"] == [{"user_id": bob.id, "role": "owner"}]
        for person, client in zip(people, (anns, bobs, cleos, doras), strict=True):
            logged = [seq for seq, _, _ in await log_of(db, person.id)]
            await hears_durable(client, len(logged))
            assert numbers(client.durable()) == logged
    for person, instance in zip(people, (there, here) * 2, strict=True):
        await hears_all_of_it_again(instance, person, db)


async def hears_all_of_it_again(instance: Instance, person: Person, db: Database) -> None:
    """Whoever connects from the beginning is told all that their log holds, on any instance."""
    logged = [seq for seq, _, _ in await log_of(db, person.id)]
    async with instance.socket(person, since=0) as client:
        await hears_durable(client, len(logged))
        assert numbers(client.durable()) == logged
