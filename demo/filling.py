"""`demo`: from nothing to a community, once."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

import asyncpg

from demo import pictures
from demo.community import Community, invent
from demo.gallery import Gallery
from demo.load import EMAILS, load
from demo.people import DEMO, PASSWORD
from handlers.security.passwords import open_passwords
from server.config.load import Config, ConfigError
from storage.media.store import media_store

LOCK = 7_304_516_221  # the advisory lock that two who fill at once queue on
CONNECT_SECONDS = 5.0
AVATARS = 0.8  # of all people

LOG_IN = f"log in as {DEMO} / {PASSWORD}"

THEIRS = "SELECT lower(email) = $2 FROM users WHERE lower(username) = $1"
TAKEN = """
    SELECT lower(username) AS name FROM users
    UNION SELECT split_part(lower(email), '@', 1) FROM users WHERE lower(email) LIKE '%@' || $1"""


@dataclass(frozen=True, slots=True)
class Size:
    """How many people and posts; the seed decides what they are."""

    people: int
    posts: int
    seed: int


async def fill(config: Config, size: Size, *, more: bool) -> str:
    """Add a community, and tell the operator. Where one is there already nothing is added, unless
    more people are wanted, who then keep to themselves.

    Raises ConfigError when somebody else has the name of DEMO.
    """
    begun = time.monotonic()
    connection = await asyncpg.connect(config.database_url, timeout=CONNECT_SECONDS)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", LOCK)
        there = await connection.fetchval(THEIRS, DEMO, f"{DEMO}@{EMAILS}")
        if there is False:
            raise ConfigError(f"the name {DEMO} is taken by somebody who is not of the community")
        if there and not more:
            return f"the community is there already (--more adds to it)\n{LOG_IN}"
        community = await _add(connection, config, size, again=bool(there))
        return f"{_told(community)} in {time.monotonic() - begun:.1f} s\n{LOG_IN}"
    finally:
        await connection.close()


async def _add(
    connection: asyncpg.Connection, config: Config, size: Size, *, again: bool
) -> Community:
    taken = {row["name"] for row in await connection.fetch(TAKEN, EMAILS)}
    # More by the same seed would be the same once more.
    seed = size.seed + len(taken) * again
    community = invent(seed, size.people, size.posts, datetime.now(UTC), taken)
    with open_passwords(config.bcrypt_rounds) as passwords:
        password_hash = await passwords.hash(PASSWORD)
    gallery = Gallery(connection, media_store(config.media_store_url, config.media_dir))
    chance = Random(seed)
    hues = [chance.random() for _ in community.people]
    faces = [hue / AVATARS if hue < AVATARS else None for hue in hues]
    avatars = await gallery.hang(pictures.avatar, faces)
    images = await gallery.hang(pictures.post_image, [post.hue for post in community.posts])
    await load(connection, community, password_hash, avatars, images)
    await gallery.give_away()
    return community


def _told(community: Community) -> str:
    lines = sum(len(conversation.lines) for conversation in community.conversations)
    counts = {
        "people": len(community.people),
        "posts": len(community.posts),
        "likes": len(community.likes),
        "follows": len(community.follows),
        "messages": lines,
    }
    return ", ".join(f"{number} {name}" for name, number in counts.items())
