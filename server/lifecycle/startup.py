"""What comes before serving: a database that answers, with the schema up to date."""

import asyncio
import logging
import time

import asyncpg

from server.config.load import Config

# Under compose and after a reboot PostgreSQL may come up after us.
PATIENCE_SECONDS = 30.0
PAUSE_SECONDS = 1.0
CONNECT_SECONDS = 5.0

# Waiting cures none of these.
REFUSALS = (
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.ClientConfigurationError,
)

log = logging.getLogger(__name__)


class StartError(Exception):
    """The process cannot start, for a reason outside of it; says which in one line."""


async def prepare(config: Config) -> list[str]:
    """Wait up to 30 s for PostgreSQL, then migrate; answers the names of migrations applied.

    Raises StartError.
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
        log.info("migrated: %s", ", ".join(applied))
    return applied


async def _wait_for_postgres(database_url: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            connection = await asyncpg.connect(database_url, timeout=CONNECT_SECONDS)
        except REFUSALS as error:
            raise StartError(f"DATABASE_URL leads nowhere: {error}") from error
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            left = deadline - time.monotonic()
            reason = str(error) or type(error).__name__
            if left <= 0:
                raise StartError(
                    f"PostgreSQL did not answer within {PATIENCE_SECONDS:.0f} s: {reason}"
                ) from error
            log.warning("PostgreSQL does not answer yet (%s), %.0f s left", reason, left)
            await asyncio.sleep(min(PAUSE_SECONDS, left))
        else:
            await connection.close()
            return
