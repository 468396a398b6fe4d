"""What fails here fails within the limits that a server has."""

import pytest


@pytest.fixture(autouse=True)
def patience() -> None:
    """Wait no longer for PostgreSQL than a server does."""
