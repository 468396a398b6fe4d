"""What tests of feeds share."""

from collections.abc import AsyncIterator

import pytest

from server.config.load import Config
from storage.database.pool import Database, open_database
from tests.handlers.caching.warm_feeds import Scenario
from tests.people import Instance


@pytest.fixture
async def reference_db(settings: Config) -> AsyncIterator[Database]:
    async with open_database(settings.database_url, media_url=settings.media_url) as database:
        yield database


@pytest.fixture
async def scenario(two_instances: tuple[Instance, Instance], reference_db: Database) -> Scenario:
    here, there = two_instances
    people = await there.people("ann", "bob", "cat")
    await there.follow(people[0], people[1])
    return Scenario(here, there, reference_db, people)
