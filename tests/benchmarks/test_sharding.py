"""What is said of shards in docs/scaling.md is so of every statement there is."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from benchmarks.rest.plans import connect
from benchmarks.scale.sharding import (
    COLUMNS,
    CROSSING,
    EACH,
    NOT_SHARDED,
    ONE,
    SCHEMES,
    by_module,
    plan,
    report,
    unambiguous,
)
from server.config.load import Config
from tests.storage.database.test_queries import PROGRAM, name_of

SCALING = Path(__file__).parents[2] / "docs" / "scaling.md"
BY_AUTHOR = SCHEMES["posts by author"]
BY_POST = SCHEMES["posts by id, users on every machine"]


@pytest.fixture
async def connection(own_settings: Config) -> AsyncIterator[asyncpg.Connection]:
    connection = await connect(own_settings.database_url)
    await connection.execute("SET plan_cache_mode = force_generic_plan")
    yield connection
    await connection.close()


async def test_the_document_says_what_is_counted(connection: asyncpg.Connection) -> None:
    """Counted with PostgreSQL 18: what others make of a statement may show less of it."""
    if connection.get_server_version().major < 18:
        pytest.skip("its plans are others")
    found = await report(connection, unambiguous(PROGRAM, name_of))
    text = SCALING.read_text()
    # Where it is not: `python -m benchmarks.scale.sharding URL --write`.
    assert found.table() in text
    assert by_module(found) in text
    await connection.execute("VACUUM ANALYZE")
    again = await report(connection, unambiguous(PROGRAM, name_of))
    assert again.table() == found.table()


@pytest.mark.parametrize(
    ("sql", "by_author", "by_post"),
    [
        ("SELECT FROM hashtags WHERE id = $1", NOT_SHARDED, NOT_SHARDED),
        ("SELECT FROM sessions WHERE user_id = $1", ONE, ONE),
        ("SELECT FROM sessions WHERE user_id = $1::int", ONE, ONE),
        ("SELECT FROM sessions WHERE id = $1", EACH, EACH),
        ("SELECT FROM sessions WHERE user_id > $1", EACH, EACH),
        ("SELECT FROM sessions WHERE user_id = ANY($1)", EACH, EACH),
        ("SELECT FROM posts WHERE id = $1", EACH, ONE),
        ("SELECT FROM posts WHERE author_id = $1", ONE, EACH),
        ("SELECT FROM posts p JOIN users u ON u.id = author_id WHERE p.id = $1", EACH, ONE),
        ("SELECT FROM posts p JOIN likes l ON post_id = p.id WHERE p.id = $1", CROSSING, ONE),
        ("SELECT FROM posts p, follows WHERE follower_id = $1 AND followed_id = author_id",
         CROSSING, CROSSING),
        ("SELECT FROM messages m JOIN participants p USING (conversation_id) WHERE user_id = $1",
         EACH, EACH),
        ("SELECT FROM messages m JOIN participants USING (conversation_id) WHERE sender_id = $1",
         EACH, EACH),
        ("SELECT FROM messages m, conversations c WHERE conversation_id = c.id AND c.id = $1",
         ONE, ONE),
        ("SELECT FROM messages, user_seq WHERE conversation_id = $1 AND user_id = $1",
         CROSSING, CROSSING),
        ("INSERT INTO likes (user_id, post_id) VALUES ($1, $2)", ONE, ONE),
        ("INSERT INTO bookmarks (user_id, post_id) SELECT $1, id FROM posts WHERE id = $2",
         CROSSING, CROSSING),
        ("UPDATE user_seq SET seq = seq + 1 WHERE user_id = $1", ONE, ONE),
        ("UPDATE user_seq SET seq = seq + 1 WHERE seq = $1", EACH, EACH),
        ("DELETE FROM jobs USING sessions WHERE user_id = $1", CROSSING, CROSSING),
    ],
)  # fmt: skip
async def test_where_a_statement_would_run(
    connection: asyncpg.Connection, sql: str, by_author: str, by_post: str
) -> None:
    columns = dict(map(tuple, await connection.fetch(COLUMNS)))
    planned = await plan(connection, sql, columns)
    assert (planned.verdict(BY_AUTHOR), planned.verdict(BY_POST)) == (by_author, by_post)


async def test_a_table_without_a_place_is_asked_about(connection: asyncpg.Connection) -> None:
    await connection.execute("CREATE TABLE homeless (id int)")
    with pytest.raises(ValueError, match="homeless"):
        await report(connection, {})
