"""What comes before serving: a database that answers, with the schema up to date."""

import asyncio
import logging
import time

from server.config import Config
from storage.database.availability import DatabaseRefused, check_connection
from storage.errors import Unavailable

# Under compose and after a reboot PostgreSQL may come up after us.
WAIT_SECONDS = 30.0
PAUSE_SECONDS = 1.0

logger = logging.getLogger(__name__)


class StartError(Exception):
    """The process cannot start, for a reason outside of it; says which in one line."""


async def prepare_database(config: Config) -> list[str]:
    """Wait up to 30 s for PostgreSQL, then migrate; return the names of migrations applied.

    Raises:
        StartError: if PostgreSQL does not answer in time or refuses us, or if a migration was
            edited after it was applied.
    """
    from storage.migrations import ChangedMigration, migrate

    await _wait_for_postgres(config.database_url)
    try:
        applied = await migrate(config.database_url)
    except ChangedMigration as error:
        raise StartError(
            f"migration {error} was changed after it was applied to this database"
        ) from error
    if applied:
        logger.info("migrated: %s", ", ".join(applied))
    return applied


async def _wait_for_postgres(database_url: str) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            await check_connection(database_url)
        except DatabaseRefused as error:
            raise StartError(f"DATABASE_URL cannot be used: {error}") from error
        except Unavailable as error:
            left = deadline - time.monotonic()
            if left <= 0:
                raise StartError(
                    f"PostgreSQL did not answer within {WAIT_SECONDS:.0f} s: {error}"
                ) from error
            logger.warning("PostgreSQL does not answer yet (%s), %.0f s left", error, left)
            await asyncio.sleep(min(PAUSE_SECONDS, left))
        else:
            return
