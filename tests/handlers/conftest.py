"""What tests of feeds share."""

from collections.abc import AsyncIterator

import pytest

from server.config.load import Config
from storage.database.pool import Database, open_database
from tests.handlers.caching.warm_feeds import Scene
from tests.people import Instance


@pytest.fixture
async def truth(settings: Config) -> AsyncIterator[Database]:
    async with open_database(settings.database_url, media_url=settings.media_url) as database:
        yield database


@pytest.fixture
async def scene(two_instances: tuple[Instance, Instance], truth: Database) -> Scene:
    here, there = two_instances
    people = await there.people("ann", "bob", "cat")
    await there.follow(people[0], people[1])
    return Scene(here, there, truth, people)
