"""What an operation on tokens, bots and webhooks is given."""

import secrets
from typing import Any

from storage.accounts.bots import CREATE_BOT
from tests.handlers.authorization.world import Input, World, given
from tests.handlers.token_helpers import make_token
from tests.people import PASSWORD


@given
async def webhook_wanted(world: World, role: str) -> Input:
    return {"url": "https://example.com/", "events": ["message.created"]}


@given
async def webhook(world: World, role: str) -> Input:
    """One of the owner's."""
    wanted = await webhook_wanted(world, "owner") | {"name": world.word}
    return {"id": (await world.instance.post("/api/webhooks/", world.owner, wanted))["id"]}


@given
async def webhook_changed(world: World, role: str) -> Input:
    return await webhook(world, role) | {"events": ["notification.created"]}


@given
async def delivery(world: World, role: str) -> Input:
    made = await webhook(world, role)
    path = f"/api/webhooks/{made['id']}/test/"
    return made | {"delivery_id": (await world.instance.post(path, world.owner))["id"]}


@given
async def incoming_wanted(world: World, role: str) -> Input:
    return {"name": "bot"}


@given
async def incoming_of_owner(world: World, role: str) -> Input:
    """Into the owner's group."""
    return {"name": "bot", "conversation_id": world.group}


async def _incoming(world: World) -> dict[str, Any]:
    made = await world.instance.post("/api/webhooks/incoming/", world.owner, {"name": "bot"})
    body: dict[str, Any] = made.body
    return body


@given
async def incoming(world: World, role: str) -> Input:
    return {"id": (await _incoming(world))["id"]}


@given
async def incoming_url(world: World, role: str) -> Input:
    """Whoever has it need be nobody in particular."""
    return {"token": (await _incoming(world))["url"].split("/")[-2], "text": "by a program"}


@given
async def new_token(world: World, role: str) -> Input:
    return {"name": "bot", "scopes": ["posts:read"], "password": "not mine at all"}


@given
async def token_of_owner(world: World, role: str) -> Input:
    return {"id": (await make_token(world.instance, world.owner, "posts:read"))["id"]}


def _some_bot() -> Input:
    return {"username": f"bot_{secrets.token_hex(5)}"}


async def _bot_of_owner(world: World) -> int:
    """A new one, however many there are."""
    name = _some_bot()["username"]
    return await CREATE_BOT.one(world.db, world.owner.id, name, name, "everybody")


@given
async def new_bot(world: World, role: str) -> Input:
    return _some_bot()


@given
async def bot_of_owner(world: World, role: str) -> Input:
    return {"id": await _bot_of_owner(world), "password": PASSWORD}


@given
async def token_of_bot(world: World, role: str) -> Input:
    given = {"name": "bot", "scopes": ["posts:read"], "password": PASSWORD}
    return given | {"bot_id": await _bot_of_owner(world)}
