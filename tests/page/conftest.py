"""A browser for the tests of the page. A test without one is skipped, and says so.

It is started once in a test process, since that takes as long as a short test; each person has a
profile of their own in it. It belongs to one event loop, so all these tests run in that.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from server.config.load import Config
from storage.database.pool import Database, open_database
from tests.clients.browser import chromium, needs_browser
from tests.conftest import Services, running
from tests.page.servers import Server, serving
from tests.page.tabs import People, people_in
from tests.people import Instance

HERE = Path(__file__).parent
ONE_LOOP = pytest.mark.asyncio(loop_scope="session")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(needs_browser)
            item.add_marker(ONE_LOOP, append=False)
            names: list[str] = getattr(item, "fixturenames", [])
            if "people" in names:  # made last, so closed first: while their servers still answer
                names.remove("people")
                names.append("people")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def people(browser: Browser) -> AsyncIterator[People]:
    """People at the page; an error in a console or of the policy fails the test at its end."""
    async with people_in(browser) as people:
        yield people


@pytest_asyncio.fixture(loop_scope="session")
async def server(services: Services, settings: Config, tmp_path: Path) -> AsyncIterator[Server]:
    """A server in a process of its own, on the migrated database of this test process."""
    assert settings.database_url == services.database_url
    async with serving(services, tmp_path) as server:
        yield server


# As all tests have them, in the loop of these.


@pytest_asyncio.fixture(loop_scope="session")
async def instance(settings: Config) -> AsyncIterator[Instance]:
    async with running(settings) as instance:
        yield instance


@pytest_asyncio.fixture(loop_scope="session")
async def two_instances(settings: Config) -> AsyncIterator[tuple[Instance, Instance]]:
    async with running(settings) as here, running(settings) as there:
        yield here, there


@pytest_asyncio.fixture(loop_scope="session")
async def db(settings: Config) -> AsyncIterator[Database]:
    async with open_database(settings.database_url) as database:
        yield database
