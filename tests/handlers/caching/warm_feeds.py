"""A reader whose feed is kept while others change it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import orjson
from prometheus_client import REGISTRY

from storage.database.pool import Database
from storage.posts import feed
from tests.people import Instance, Person

FEED = "/api/posts/feed/"
KEPT = ("memory", "redis")  # what a page was made of that took no walk
WALKED = ("outdated", "none")


@dataclass(frozen=True, slots=True)
class FirstPage:
    """A first page, and what it was made of: one of KEPT or WALKED."""

    source: str
    posts: list[Any]

    @property
    def ids(self) -> list[int]:
        return [post["id"] for post in self.posts]


class Reader:
    """Looks at the first page of their feed at one instance.

    Each time it must be what a walk through PostgreSQL finds.
    """

    def __init__(self, person: Person, instance: Instance, db: Database) -> None:
        self.person = person
        self.instance = instance
        self.db = db

    @property
    def id(self) -> int:
        return self.person.id

    async def read(self, limit: int = 20) -> FirstPage:
        before = _counts()
        page = await self.instance.get(f"{FEED}?limit={limit}", self.person)
        after = _counts()
        (source,) = [source for source in after if after[source] > before[source]]
        walk = await feed.home(self.db, self.person.id, limit, None)
        walked = orjson.loads(orjson.dumps(walk.results, option=orjson.OPT_UTC_Z))
        assert page["results"] == walked
        assert (page["next"] is None) == (walk.cursor is None)
        return FirstPage(source, page["results"])

    async def warm(self) -> FirstPage:
        """The page as it is, out of what is kept."""
        await self.read()
        page = await self.read()
        assert page.source == "memory"
        return page


class Scenario:
    """ann, who reads here and follows bob; cat, whom nobody follows. Others write there."""

    def __init__(self, here: Instance, there: Instance, db: Database, people: list[Person]) -> None:
        self.here = here
        self.there = there
        self.db = db
        self.ann, self.bob, self.cat = people
        self.reader = Reader(self.ann, here, db)

    async def write(self, author: Person, content: str = "hello", **more: object) -> int:
        return int((await self.there.write(author, content, **more))["id"])

    async def act(self, by: Person, path: str) -> None:
        await self.there.post(f"/api/{path}/", by)

    @asynccontextmanager
    async def admin(self) -> AsyncIterator[Person]:
        boss = await self.there.person("boss")
        await self.db.execute("UPDATE users SET is_admin = true WHERE id = $1", boss.id)
        yield boss


def _counts() -> dict[str, float]:
    return {source: _count(source) for source in KEPT + WALKED}


def _count(source: str) -> float:
    name = "mini_twitter_feed_first_pages_total"
    return REGISTRY.get_sample_value(name, {"front": source}) or 0.0
