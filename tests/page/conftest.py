"""A browser for each test of the page. A test without one is skipped, and says so."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.config.load import Config
from tests.clients.browser import chromium, needs_browser
from tests.conftest import Services
from tests.page.servers import Server, serving
from tests.page.tabs import People, people_in

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(needs_browser)
            names: list[str] = getattr(item, "fixturenames", [])
            if "people" in names:  # made last, so closed first: while their servers still answer
                names.remove("people")
                names.append("people")


@pytest.fixture
async def people() -> AsyncIterator[People]:
    """People at the page; an error in a console or of the policy fails the test at its end."""
    async with chromium() as browser, people_in(browser) as people:
        yield people


@pytest.fixture
async def server(services: Services, settings: Config, tmp_path: Path) -> AsyncIterator[Server]:
    """A server in a process of its own, on the migrated database of this test process."""
    assert settings.database_url == services.database_url
    async with serving(services, tmp_path) as server:
        yield server
