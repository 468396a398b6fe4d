"""Whether PostgreSQL can be reached at all, before a pool is opened."""

import asyncpg

from storage.errors import StorageError, Unavailable

CONNECT_SECONDS = 5.0

# Waiting cures none of these.
REFUSALS = (
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.ClientConfigurationError,
)
NOT_YET = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


class DatabaseRefused(StorageError):
    """PostgreSQL will not let us in, however long we wait: no such database, or no such user."""


async def check_connection(database_url: str) -> None:
    """Connect once, for 5 s at most.

    Raises:
        DatabaseRefused: if trying again would not help.
        Unavailable: if it may; says why.
    """
    try:
        connection = await asyncpg.connect(database_url, timeout=CONNECT_SECONDS)
    except REFUSALS as error:
        raise DatabaseRefused(str(error)) from error
    except NOT_YET as error:
        raise Unavailable(str(error) or type(error).__name__) from error
    await connection.close()
