"""What an operation on conversations is given."""

from typing import Any

from tests.handlers.authorization.world import Input, World, given
from tests.people import Person


@given
async def direct(world: World, role: str) -> Input:
    """Something to say in the conversation with the owner alone."""
    return {"conversation_id": world.directs[role] if role != "anonymous" else 1, "content": "hi"}


@given
async def direct_wanted(world: World, role: str) -> Input:
    return {"participants": [world.owner.id]}


@given
async def group(world: World, role: str) -> Input:
    return {"conversation_id": world.group}


@given
async def group_said(world: World, role: str) -> Input:
    return {"conversation_id": world.group, "content": "hi"}


@given
async def said_words(world: World, role: str) -> Input:
    """What the owner has said in the group."""
    return {"q": "told", "limit": 100}


@given
async def group_typing(world: World, role: str) -> Input:
    return {"conversation_id": world.group, "active": True}


@given
async def group_renamed(world: World, role: str) -> Input:
    return {"conversation_id": world.group, "title": "of us all"}


@given
async def group_settings(world: World, role: str) -> Input:
    """Those that it has."""
    return {"conversation_id": world.group, "who_may_add": "members", "who_may_rename": "members"}


async def in_group(world: World, *, of_staff: bool = False) -> Input:
    """Somebody new in the group."""
    new = await world.instance.person("new")
    path = f"/api/messages/{world.group}/"
    await world.instance.call("PATCH", path, world.owner, json={"add": [new.id]})
    if of_staff:
        await world.instance.post(f"{path}role/", world.owner, {"user_id": new.id, "role": "admin"})
    return {"conversation_id": world.group, "user_id": new.id}


@given
async def new_member(world: World, role: str) -> Input:
    return await in_group(world)


@given
async def new_group_admin(world: World, role: str) -> Input:
    return await in_group(world, of_staff=True)


@given
async def member_promoted(world: World, role: str) -> Input:
    return {**await in_group(world), "role": "admin"}


@given
async def own_role(world: World, role: str) -> Input:
    """Who is to own the group in the owner's place: the one who asks."""
    user_id = 1 if role == "anonymous" else world.people[role].id
    return {"conversation_id": world.group, "user_id": user_id, "role": "owner"}


@given
async def new_banned(world: World, role: str) -> Input:
    new = await in_group(world)
    user = {"user_id": new["user_id"]}
    await world.instance.post(f"/api/messages/{world.group}/ban/", world.owner, user)
    return new


async def invited(world: World, inviter: Person) -> Input:
    """Somebody new, who lets nobody add them, invited into the group."""
    new = await world.instance.person("new")
    settings = {"who_may_add_me": "nobody"}
    await world.instance.call("PATCH", "/api/users/me/", new, json=settings)
    path = f"/api/messages/{world.group}/"
    await world.instance.call("PATCH", path, inviter, json={"add": [new.id]})
    return {"conversation_id": world.group, "user_id": new.id}


@given
async def invited_by_owner(world: World, role: str) -> Input:
    return await invited(world, world.owner)


@given
async def invited_by_member(world: World, role: str) -> Input:
    return await invited(world, world.people["unverified"])


@given
async def owner_invited(world: World, role: str) -> Input:
    """A group of another, into which the owner is invited, who was in it before."""
    new = await world.instance.person("new")
    elsewhere = await world.instance.chat(new, world.owner, title="elsewhere")
    path = f"/api/messages/{elsewhere}/"
    await world.instance.call("PATCH", path, world.owner, json={"leave": True})
    await world.instance.call("PATCH", path, new, json={"add": [world.owner.id]})
    return {"conversation_id": elsewhere}


@given
async def owner_requested(world: World, role: str) -> Input:
    """What somebody new has written to the owner, who has not answered."""
    who = {"who_may_write_to_me": "requests"}
    await world.instance.call("PATCH", "/api/users/me/", world.owner, json=who)
    new = await world.instance.person("new")
    request = await world.instance.chat(new, world.owner)
    await world.instance.say(new, request, "hello")
    return {"conversation_id": request}


@given
async def asking(world: World, role: str) -> Input:
    """Somebody new, who asks to join the group."""
    new = await world.instance.person("new")
    await world.instance.post("/api/messages/join/", new, {"token": world.link})
    return {"conversation_id": world.group, "user_id": new.id}


@given
async def group_asked(world: World, role: str) -> Input:
    """The group, which somebody asks to join by the owner's link."""
    return {"conversation_id": (await asking(world, role))["conversation_id"]}


async def link_elsewhere(world: World, **wanted: Any) -> tuple[int, str]:
    """Another group of the owner, where none of the others is, and the token of a link into it."""
    new = await world.instance.person("new")
    elsewhere = await world.instance.chat(world.owner, new, title="elsewhere")
    path = f"/api/messages/{elsewhere}/links/"
    return elsewhere, (await world.instance.post(path, world.owner, wanted))["token"]


@given
async def link(world: World, role: str) -> Input:
    """The owner's, into the group."""
    return {"token": world.link}


@given
async def link_to_join(world: World, role: str) -> Input:
    _, token = await link_elsewhere(world)
    return {"token": token}


@given
async def link_to_ask(world: World, role: str) -> Input:
    _, token = await link_elsewhere(world, needs_approval=True)
    return {"token": token}


@given
async def link_when_banned(world: World, role: str) -> Input:
    """Into a group that has banned the one who asks, if that is not its owner."""
    elsewhere, token = await link_elsewhere(world)
    if role not in ("anonymous", "owner"):
        user = {"user_id": world.people[role].id}
        await world.instance.post(f"/api/messages/{elsewhere}/ban/", world.owner, user)
    return {"token": token}


@given
async def new_link(world: World, role: str) -> Input:
    path = f"/api/messages/{world.group}/links/"
    made = await world.instance.post(path, world.owner, {})
    return {"conversation_id": world.group, "id": made["id"]}


@given
async def group_read(world: World, role: str) -> Input:
    return {"conversation_id": world.group, "up_to": world.message}


@given
async def message_changed(world: World, role: str) -> Input:
    told = f"told again {world.word}"
    return {"conversation_id": world.group, "id": world.message, "content": told}


@given
async def message(world: World, role: str) -> Input:
    return {"conversation_id": world.group, "id": world.message}


@given
async def reaction(world: World, role: str) -> Input:
    return {"conversation_id": world.group, "id": world.message, "emoji": "👍"}


@given
async def new_message(world: World, role: str) -> Input:
    told = await world.instance.say(world.owner, world.group, "soon gone")
    return {"conversation_id": world.group, "id": told["id"]}


@given
async def reported_user(world: World, role: str) -> Input:
    return {"user_id": world.owner.id, "reason": "spam"}


@given
async def reported_post(world: World, role: str) -> Input:
    return {"post_id": world.post, "reason": "spam"}


@given
async def reported_message(world: World, role: str) -> Input:
    return {"message_id": world.message, "reason": "spam"}


@given
async def open_report(world: World, role: str) -> Input:
    reported = {"user_id": world.owner.id, "reason": "spam"}
    report = await world.instance.post("/api/reports/", world.people["other"], reported)
    return {"id": report["id"], "status": "dismissed"}
