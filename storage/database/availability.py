"""Whether PostgreSQL can be reached at all, before a pool is opened."""

import asyncpg

from storage.database.connecting import is_pooled_by_transaction
from storage.errors import StorageError, Unavailable

CONNECT_SECONDS = 5.0

# Waiting cures none of these.
REFUSALS = (
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.ClientConfigurationError,
)
NOT_YET = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)
BY_TRANSACTION = (
    "PgBouncer is between, with pool_mode = transaction or statement, and session is needed: "
    "prepared statements, settings and LISTEN are those of a session"
)


class DatabaseRefused(StorageError):
    """PostgreSQL will not do, however long we wait: no such database or user, PgBouncer's mode."""


async def check_connection(database_url: str) -> None:
    """Connect once, or twice where PgBouncer is between, for 5 s at most each time.

    Raises:
        DatabaseRefused: if trying again would not help.
        Unavailable: if it may; says why.
    """
    try:
        pooled = await is_pooled_by_transaction(database_url, CONNECT_SECONDS)
    except REFUSALS as error:
        raise DatabaseRefused(str(error)) from error
    except NOT_YET as error:
        raise Unavailable(str(error) or type(error).__name__) from error
    if pooled:
        raise DatabaseRefused(BY_TRANSACTION)
