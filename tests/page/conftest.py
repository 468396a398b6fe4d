"""A browser for each test of the page. A test without one is skipped, and says so."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.clients.browser import chromium, needs_browser
from tests.page.tabs import People, people_in

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(needs_browser)


@pytest.fixture
async def people() -> AsyncIterator[People]:
    """People at the page; an error in a console or of the policy fails the test at its end."""
    async with chromium() as browser, people_in(browser) as people:
        yield people
