"""One small world, in which an owner has something of everything and the others stand to them."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import orjson

from storage.database.pool import Database
from tests.handlers.session_helpers import stops_working
from tests.people import Instance, Person

# How somebody stands to the owner. There are no moderators: admins moderate.
ROLES = (
    "anonymous", "owner", "other", "blocked", "muted", "former", "suspended", "unverified", "admin"
)  # fmt: skip
WITHOUT_SOCKETS = ("anonymous", "suspended")

Input = dict[str, Any]
Given = Callable[["World", str], Awaitable[Input]]


@dataclass
class World:
    """People by role; word is in all that the owner is and says, and nowhere else."""

    instance: Instance
    db: Database
    people: dict[str, Person]
    word: str
    post: int
    read_by_owner: int
    group: int
    directs: dict[str, int]
    message: int
    notification: int
    link: str

    @property
    def owner(self) -> Person:
        return self.people["owner"]

    async def session(self, role: str) -> Person:
        """Another session of theirs."""
        person = self.people[role]
        return await self.instance.log_in(person.id, person.username)

    async def forget_webhooks(self) -> None:
        """Make room for others, as an account may have but a few."""
        for table in ("webhooks", "incoming_webhooks"):
            await self.db.execute(f"DELETE FROM {table}")


async def make_world(instance: Instance, db: Database) -> World:
    """Everybody meets before the owner blocks, mutes, and one leaves and is invited again."""
    names = [role for role in ROLES if role != "anonymous"]
    people = dict(zip(names, await instance.people(*names), strict=True))
    owner = people["owner"]
    others = [person for role, person in people.items() if role != "owner"]
    verified = [person.id for role, person in people.items() if role != "unverified"]
    await db.execute("UPDATE users SET email_verified_at = now() WHERE id = ANY($1)", verified)
    await db.execute("UPDATE users SET is_admin = true WHERE id = $1", people["admin"].id)
    word = owner.username.removeprefix("owner_")

    post = (await instance.write(owner, f"said {word} #tag{word}"))["id"]
    await instance.call("PATCH", f"/api/posts/{post}/", owner, json={"content": f"now {word}"})
    parent = (await instance.write(people["other"], "of another"))["id"]
    await instance.write(owner, f"reply {word}", reply_to=parent)
    await instance.write(owner, f"quote {word}", quote_id=parent)
    for verb in ("like", "retweet"):
        await instance.post(f"/api/posts/{parent}/{verb}/", owner)
    for person in others:
        await instance.follow(person, owner)
        await instance.follow(owner, person)
        await instance.post(f"/api/posts/{post}/bookmark/", person)
    members = [people[role] for role in ("blocked", "muted", "former", "suspended", "unverified")]
    group = await instance.chat(owner, *members, title="all")
    directs = {
        role: await instance.chat(owner, person)
        for role, person in people.items()
        if role != "owner"
    }
    directs["owner"] = directs["other"]
    message = (await instance.say(owner, group, f"told {word}"))["id"]
    notification = (await instance.get("/api/notifications/", owner))["results"][0]["id"]

    await instance.post(f"/api/users/{people['blocked'].id}/block/", owner)
    await instance.post(f"/api/users/{people['muted'].id}/mute/", owner)
    path = f"/api/messages/{group}/"
    await instance.post(f"{path}role/", owner, {"user_id": people["muted"].id, "role": "admin"})
    await instance.call("PATCH", path, people["former"], json={"leave": True})
    await instance.call("PATCH", path, owner, json={"add": [people["former"].id]})
    wanted = {"name": f"link {word}", "needs_approval": True}
    link = (await instance.post(f"{path}links/", owner, wanted))["token"]
    await instance.post(f"/api/admin/users/{people['suspended'].id}/suspend/", people["admin"])
    await stops_working(instance, people["suspended"].access)
    return World(
        instance, db, people, word, post, parent, group, directs, message, notification, link
    )  # fmt: skip


# What an operation is given, by the name that the matrix has for it.
GIVEN: dict[str, Given] = {}


def given(make: Given) -> Given:
    """Have the matrix call this by the name of the function."""
    GIVEN[make.__name__] = make
    return make


def shows(world: World, answer: Any) -> bool:
    """Whether it tells of the owner, who alone is watched and is online."""
    said = orjson.dumps(answer).decode()
    return world.word in said or '"online":true' in said


async def everybody(
    world: World, outcome: Callable[[str], Awaitable[str]], roles: list[str]
) -> list[str]:
    """What comes of it for each, all at once."""
    await world.forget_webhooks()
    return await asyncio.gather(*(outcome(role) for role in roles))
