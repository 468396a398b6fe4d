"""What an operation on an account is given."""

import secrets

from tests.handlers.authorization.world import Input, World, given
from tests.people import PASSWORD

POINT = "BNcRdreALRFXTkOOUHK1EtK2wtaz5Ry4YfYCA_0QTpQtUbVlUls0VJXg7A8u-Ts1XbjhazAkj7I99e8QcYP7DkM"


@given
async def notification(world: World, role: str) -> Input:
    return {"id": world.notification}


@given
async def notifications(world: World, role: str) -> Input:
    return {"ids": [world.notification]}


@given
async def own_profile(world: World, role: str) -> Input:
    return {"bio": "", "location": "", "website": "", "display_name": role}


@given
async def own_settings(world: World, role: str) -> Input:
    return {"digest_mails": True, "who_may_add_me": "everybody"}


@given
async def account(world: World, role: str) -> Input:
    """An account that nobody has yet; each call has another."""
    name = f"new_{secrets.token_hex(5)}"
    return {"username": name, "email": f"{name}@example.org", "password": PASSWORD}


@given
async def own_password(world: World, role: str) -> Input:
    """That of the one who asks; who has no account guesses."""
    name = "nobody" if role == "anonymous" else world.people[role].username
    return {"username": name, "password": PASSWORD}


@given
async def wrong_password(world: World, role: str) -> Input:
    """So that the account stays."""
    return {"password": "is not the one"}


@given
async def new_password(world: World, role: str) -> Input:
    return {"current_password": "is not the one", "new_password": "sixteen tons of it"}


@given
async def new_email(world: World, role: str) -> Input:
    return {"email": f"{role}@elsewhere.example.org", "password": "is not the one"}


@given
async def only_wrong_password(world: World, role: str) -> Input:
    return {"password": "is not the one"}


@given
async def code(world: World, role: str) -> Input:
    return {"code": "123456"}


@given
async def password_and_code(world: World, role: str) -> Input:
    return {"password": "is not the one", "code": "123456"}


@given
async def own_name(world: World, role: str) -> Input:
    """The name that one has."""
    return {"username": "somebody" if role == "anonymous" else world.people[role].username}


@given
async def wrong_link(world: World, role: str) -> Input:
    return {"token": "none that was ever mailed"}


@given
async def wrong_reset(world: World, role: str) -> Input:
    return {"token": "none that was ever mailed", "password": "sixteen tons of it"}


@given
async def address(world: World, role: str) -> Input:
    return {"email": f"{role}@example.com"}


@given
async def own_refresh(world: World, role: str) -> Input:
    return {} if role == "anonymous" else {"refresh": world.people[role].refresh}


@given
async def refresh_of_owner(world: World, role: str) -> Input:
    return {"refresh": (await world.session("owner")).refresh}


@given
async def access_of_owner(world: World, role: str) -> Input:
    return {"token": world.owner.access}


@given
async def session_of_owner(world: World, role: str) -> Input:
    """Another than the one by which the owner asks."""
    other = await world.session("owner")
    sessions = await world.instance.get("/api/users/sessions/?limit=100", other)
    (current,) = (session["id"] for session in sessions["results"] if session["current"])
    return {"id": current}


@given
async def subscription(world: World, role: str) -> Input:
    endpoint = f"https://push.example.com/{role}"
    return {"endpoint": endpoint, "p256dh": POINT, "auth": "AAAAAAAAAAAAAAAAAAAAAA"}


@given
async def picture(world: World, role: str) -> Input:
    """One that the owner has sent."""
    insert = """
        INSERT INTO media (key, owner_id, content_type, width, height, bytes, alt, uploaded_at)
        VALUES ($1, $2, 'image/webp', 1, 1, 1, $3, now()) RETURNING id"""
    key = f"{secrets.token_hex(16)}.webp"
    return {"id": await world.db.fetchval(insert, key, world.owner.id, world.word)}


@given
async def description(world: World, role: str) -> Input:
    return await picture(world, role) | {"alt": world.word}
