"""What an operation on posts, and on who writes them, is given."""

from tests.handlers.authorization.world import Input, World, given


@given
async def nothing(world: World, role: str) -> Input:
    return {}


@given
async def all_of_it(world: World, role: str) -> Input:
    """A list from its beginning, longer than the world has of anything."""
    return {"limit": 100}


@given
async def owner(world: World, role: str) -> Input:
    return {"id": world.owner.id}


@given
async def owner_name(world: World, role: str) -> Input:
    return {"username": world.owner.username}


@given
async def other(world: World, role: str) -> Input:
    """Whom the owner follows and who follows the owner."""
    return {"id": world.people["other"].id}


@given
async def owner_watched(world: World, role: str) -> Input:
    return {"user_ids": [world.owner.id]}


@given
async def somebody_new(world: World, role: str) -> Input:
    return {"id": (await world.instance.person("new")).id}


@given
async def post(world: World, role: str) -> Input:
    return {"id": world.post}


@given
async def posts(world: World, role: str) -> Input:
    return {"ids": [world.post]}


@given
async def stream(world: World, role: str) -> Input:
    return {"stream": f"author:{world.owner.id}"}


@given
async def new_post(world: World, role: str) -> Input:
    return {"id": (await world.instance.write(world.owner, "soon gone"))["id"]}


@given
async def new_word(world: World, role: str) -> Input:
    return {"text": world.word}


async def _word_of_owner(world: World) -> int:
    path = "/api/users/me/muted_words/"
    return int((await world.instance.post(path, world.owner, {"text": world.word}))["id"])


@given
async def word_of_owner(world: World, role: str) -> Input:
    return {"id": await _word_of_owner(world), "action": "hide"}


@given
async def word_of_owner_gone(world: World, role: str) -> Input:
    return {"id": await _word_of_owner(world)}


@given
async def poll_choice(world: World, role: str) -> Input:
    poll = {"options": ["yes", "no"], "expires_in": 300}
    post = await world.instance.write(world.owner, f"asks {world.word}", poll=poll)
    return {"id": post["id"], "choices": [0]}


@given
async def post_changed(world: World, role: str) -> Input:
    return {"id": world.post, "content": f"again {world.word}"}


@given
async def liked_by_owner(world: World, role: str) -> Input:
    """A post of another, to which the owner replied, and which they like and retweet."""
    return {"id": world.read_by_owner}


@given
async def reply(world: World, role: str) -> Input:
    return {"content": "in answer", "reply_to": world.post}


@given
async def quote(world: World, role: str) -> Input:
    return {"content": "look", "quote_id": world.post}


@given
async def quote_of_owner(world: World, role: str) -> Input:
    """A quote by another of what the owner wrote."""
    made = await world.instance.write(world.people["other"], "look", quote_id=world.post)
    return {"id": made["id"]}


@given
async def searched(world: World, role: str) -> Input:
    return {"q": world.word, "limit": 100}
