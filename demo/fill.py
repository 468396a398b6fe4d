"""`demo`: make a community, once."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Protocol

import asyncpg

from demo import pictures
from demo.community import Community, invent
from demo.errors import NameTakenError
from demo.gallery import Gallery
from demo.load import EMAILS, load
from demo.people import DEMO, PASSWORD
from handlers.security.passwords import open_passwords
from storage.database.advisory_locks import AdvisoryLock
from storage.media.store import media_store
from storage.media.store.address import S3Address

CONNECT_SECONDS = 5.0
AVATARS = 0.8  # of all people

LOGIN_HINT = f"log in as {DEMO} / {PASSWORD}"

IS_DEMO = "SELECT lower(email) = $2 FROM users WHERE lower(username) = $1"
TAKEN_NAMES = """
    SELECT lower(username) AS name FROM users
    UNION SELECT split_part(lower(email), '@', 1) FROM users WHERE lower(email) LIKE '%@' || $1"""


class Config(Protocol):
    """What of the server's configuration is needed here."""

    @property
    def database_url(self) -> str:
        """The database to fill."""

    @property
    def bcrypt_rounds(self) -> int:
        """The cost of the hash of the password."""

    @property
    def media_dir(self) -> Path:
        """Where pictures are stored."""

    @property
    def media_store_url(self) -> S3Address | None:
        """The bucket where they are stored instead, if any."""


@dataclass(frozen=True, slots=True)
class Size:
    """How many people and posts; the seed decides what they are."""

    people: int
    posts: int
    seed: int


async def fill(config: Config, size: Size, *, more: bool) -> str:
    """Add a community, and return what was added and how to log in, for the operator.

    Where one is there already nothing is added, unless more people are wanted, who then keep to
    themselves. The schema must be up to date.

    Raises:
        NameTakenError: when somebody else has the name of DEMO.
    """
    started = time.monotonic()
    connection = await asyncpg.connect(config.database_url, timeout=CONNECT_SECONDS)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", AdvisoryLock.DEMO)
        there = await connection.fetchval(IS_DEMO, DEMO, f"{DEMO}@{EMAILS}")
        if there is False:
            raise NameTakenError(
                f"the name {DEMO} is taken by somebody who is not of the community"
            )
        if there and not more:
            return f"the community is there already (--more adds to it)\n{LOGIN_HINT}"
        community = await _add(connection, config, size, again=bool(there))
        return f"{_summary(community)} in {time.monotonic() - started:.1f} s\n{LOGIN_HINT}"
    finally:
        await connection.close()


async def _add(
    connection: asyncpg.Connection, config: Config, size: Size, *, again: bool
) -> Community:
    taken = {row["name"] for row in await connection.fetch(TAKEN_NAMES, EMAILS)}
    # The same seed would make the same people once more.
    seed = size.seed + len(taken) * again
    community = invent(seed, size.people, size.posts, datetime.now(UTC), taken)
    with open_passwords(config.bcrypt_rounds) as passwords:
        password_hash = await passwords.hash(PASSWORD)
    gallery = Gallery(connection, media_store(config.media_store_url, config.media_dir))
    rng = Random(seed)
    hues = [rng.random() for _ in community.people]
    faces = [hue / AVATARS if hue < AVATARS else None for hue in hues]
    avatars = await gallery.store_pictures(pictures.avatar, faces)
    images = await gallery.store_pictures(
        pictures.post_image, [post.hue for post in community.posts]
    )
    await load(connection, community, password_hash, avatars, images)
    await gallery.assign_owners()
    return community


def _summary(community: Community) -> str:
    lines = sum(len(conversation.lines) for conversation in community.conversations)
    counts = {
        "people": len(community.people),
        "posts": len(community.posts),
        "likes": len(community.likes),
        "follows": len(community.follows),
        "messages": lines,
    }
    return ", ".join(f"{number} {name}" for name, number in counts.items())
