"""Connections to PostgreSQL with settings of their own, also by way of PgBouncer.

PgBouncer refuses most settings in a connection's first message (before 1.20 it takes none but a few
that it knows), so there they are made once the connection stands. They are the session's, as are
prepared statements and LISTEN: it needs `pool_mode = session`, which gives each connection a server
of its own for as long as it lasts, and resets that afterwards.
"""

from collections.abc import Mapping
from typing import Any

import asyncpg

ROUNDS = 100  # of a millisecond each; servers that others take in between tell nothing

_TAKES_NO_SETTINGS: set[str] = set()  # the URLs that led to PgBouncer


async def connect(url: str, settings: Mapping[str, str], **options: Any) -> asyncpg.Connection:
    """Return a connection whose session has these settings. Raises what asyncpg does.

    Args:
        url: Where PostgreSQL or PgBouncer is.
        settings: By name.
        options: Others of asyncpg.connect.
    """
    if url not in _TAKES_NO_SETTINGS:
        try:
            return await asyncpg.connect(url, server_settings=dict(settings), **options)
        except asyncpg.ProtocolViolationError as error:
            if "unsupported startup parameter" not in str(error):
                raise
            _TAKES_NO_SETTINGS.add(url)
    connection = await asyncpg.connect(url, **options)
    try:
        await connection.fetch(
            "SELECT set_config(name, value, false)"
            " FROM unnest($1::text[], $2::text[]) AS settings (name, value)",
            list(settings),
            list(settings.values()),
        )
    except BaseException:  # cancelled, too: nobody knows of it yet
        connection.terminate()
        raise
    return connection


async def is_pooled_by_transaction(url: str, seconds: float) -> bool:
    """Return whether each transaction may get another server, as PgBouncer can have it.

    Two connections have the same server then, one after the other, while both are open. Raises
    what asyncpg does.
    """
    first = await _connect_without_names(url, seconds)
    second = None
    try:
        server = await _server(first)
        if server == first.get_server_pid():  # PgBouncer makes numbers up
            return False
        second = await _connect_without_names(url, seconds)
        for _ in range(ROUNDS):
            async with second.transaction():
                if await second.fetchval("SELECT pg_backend_pid()") == server:
                    return True
                now = await _server(first)
            if now != server:
                return True
        return False
    except TimeoutError:  # a pool of one, which the first keeps to itself
        return False
    except asyncpg.PostgresError as error:
        if "statement pooling mode" in str(error):
            return True
        raise
    finally:
        first.terminate()
        if second is not None:
            second.terminate()


async def _connect_without_names(url: str, seconds: float) -> asyncpg.Connection:
    return await asyncpg.connect(
        url, timeout=seconds, command_timeout=seconds, statement_cache_size=0
    )


async def _server(connection: asyncpg.Connection) -> int:
    async with connection.transaction():  # in which a statement stays prepared
        return int(await connection.fetchval("SELECT pg_backend_pid()"))
