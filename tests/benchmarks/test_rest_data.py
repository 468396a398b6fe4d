"""The data that REST is measured on, at a tiny size: whole, counted rightly, as it came in time."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from benchmarks.rest import data, size
from benchmarks.rest.size import Size
from server.config.load import Config
from storage.search_index.words import tsvector
from tests.storage.own_database import own_database

PEOPLE = 300
SIZE = Size(PEOPLE)
SCHEMA = """
    SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL
    SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
      FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL
    SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1"""

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def schema(url: str) -> list[str]:
    connection = await asyncpg.connect(url)
    try:
        return [row[0] for row in await connection.fetch(SCHEMA)]
    finally:
        await connection.close()


async def without_progress(url: str) -> None:
    await data.fill(url, PEOPLE, data.NO_PASSWORD, lambda what: None)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def filled_url(settings: Config) -> AsyncIterator[str]:
    async with own_database(settings.database_url) as url:
        await without_progress(url)
        yield url


@pytest_asyncio.fixture(loop_scope="module")
async def filled(filled_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(filled_url)
    yield connection
    await connection.close()


async def test_schema_is_that_of_the_migrations(settings: Config, filled_url: str) -> None:
    async with own_database(settings.database_url) as url:
        assert await schema(filled_url) == await schema(url)


async def test_every_reference_leads_somewhere(filled: asyncpg.Connection) -> None:
    keys = await filled.fetch("""
        SELECT conrelid::regclass::text AS child, confrelid::regclass::text AS parent,
               a.attname AS column, b.attname AS key
          FROM pg_constraint c
          JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = conkey[1]
          JOIN pg_attribute b ON b.attrelid = confrelid AND b.attnum = confkey[1]
         WHERE contype = 'f' AND connamespace = 'public'::regnamespace""")
    assert len(keys) > 20
    for child, parent, column, key in keys:
        lost = await filled.fetchval(f"""
            SELECT count(*) FROM {child} c
             WHERE {column} IS NOT NULL AND NOT EXISTS (
                   SELECT FROM {parent} p WHERE p.{key} = c.{column})""")
        assert lost == 0, f"{child}.{column}"


async def test_words_of_posts_are_those_that_the_program_cuts(filled: asyncpg.Connection) -> None:
    posts = await filled.fetch("""
        SELECT content, words::text FROM posts JOIN post_words ON post_id = id""")
    assert len(posts) == SIZE.last_post
    expected = await filled.fetch(
        "SELECT words::tsvector::text FROM unnest($1::text[]) WITH ORDINALITY AS w (words, place) "
        "ORDER BY place",
        [tsvector(post["content"]) for post in posts],
    )
    assert [post["words"] for post in posts] == [row[0] for row in expected]


COUNTERS = {
    "likes_count": (
        "posts p",
        "likes_count",
        "(SELECT count(*) FROM likes WHERE post_id = p.id)",
    ),
    "retweets_count": (
        "posts p",
        "retweets_count",
        "(SELECT count(*) FROM feed_entries WHERE post_id = p.id AND kind = 'retweet')",
    ),
    "replies_count": (
        "posts p",
        "replies_count",
        "(SELECT count(*) FROM posts WHERE reply_to = p.id)",
    ),
    "followers_count": (
        "profiles p",
        "followers_count",
        "(SELECT count(*) FROM follows WHERE followed_id = p.user_id)",
    ),
    "following_count": (
        "profiles p",
        "following_count",
        "(SELECT count(*) FROM follows WHERE follower_id = p.user_id)",
    ),
    "posts_count": (
        "profiles p",
        "posts_count",
        "(SELECT count(*) FROM posts WHERE author_id = p.user_id)",
    ),
    "unread_count": (
        "participants v",
        "unread_count",
        """(SELECT count(*) FROM messages m WHERE m.conversation_id = v.conversation_id
               AND m.sender_id <> v.user_id AND m.id > v.last_read_id)""",
    ),
    "unread_messages": (
        "user_seq s",
        "unread_messages",
        "(SELECT coalesce(sum(unread_count), 0) FROM participants v WHERE v.user_id = s.user_id)",
    ),
    "unread_notifications": (
        "user_seq s",
        "unread_notifications",
        "(SELECT count(*) FROM notifications WHERE user_id = s.user_id AND read_at IS NULL)",
    ),
    "seq": ("user_seq s", "seq", "(SELECT count(*) FROM events e WHERE e.user_id = s.user_id)"),
    "rank": (
        "conversations c",
        "rank",
        """coalesce((SELECT max(id) FROM messages WHERE conversation_id = c.id),
                    created_rank)""",
    ),
}


@pytest.mark.parametrize(("table", "column", "counted"), COUNTERS.values(), ids=COUNTERS)
async def test_counter_is_right(
    filled: asyncpg.Connection, table: str, column: str, counted: str
) -> None:
    wrong = f"SELECT count(*) FILTER (WHERE {column} <> {counted}), sum({column}) FROM {table}"
    off, total = await filled.fetchrow(wrong)
    assert off == 0
    assert total > 0


@pytest.mark.parametrize(
    ("table", "order", "time"),
    [
        ("posts", "id", "created_at"),
        ("likes", "id", "created_at"),
        ("follows", "id", "created_at"),
        ("feed_entries", "id", "created_at"),
        ("feed_entries", "xid", "created_at"),
        ("messages", "id", "created_at"),
        ("notifications", "id", "created_at"),
        ("events", "ctid", "at"),
    ],
)
async def test_rows_lie_in_the_order_of_time(
    filled: asyncpg.Connection, table: str, order: str, time: str
) -> None:
    rows = await filled.fetch(f"SELECT {time} AS at FROM {table} ORDER BY {order}")
    times = [row["at"] for row in rows]
    assert len(times) > PEOPLE
    assert times == sorted(times)


async def test_events_of_each_user_are_numbered_in_the_order_of_time(
    filled: asyncpg.Connection,
) -> None:
    assert not await filled.fetchval("""
        SELECT count(*) FROM events e JOIN events f
            ON f.user_id = e.user_id AND f.seq = e.seq + 1 WHERE f.at < e.at""")


async def test_every_entry_of_a_feed_is_of_a_transaction_that_has_been(
    filled: asyncpg.Connection,
) -> None:
    entries, transactions, future = await filled.fetchrow("""
        SELECT count(*), count(DISTINCT xid),
               count(*) FILTER (WHERE xid >= pg_snapshot_xmin(pg_current_snapshot()))
          FROM feed_entries""")
    assert entries == transactions > SIZE.last_post
    assert future == 0


async def test_those_to_look_at_have_what_size_says(filled: asyncpg.Connection) -> None:
    async def count(sql: str, *args: object) -> Any:
        return await filled.fetchval(f"SELECT count(*) FROM {sql}", *args)

    followers = await count("follows WHERE followed_id = $1", size.CELEBRITY)
    assert followers == PEOPLE - 1
    assert await count("follows WHERE follower_id = $1", size.READERS[50]) == 50
    assert await count("likes WHERE user_id = $1", size.CELEBRITY) > PEOPLE
    assert await count("posts WHERE reply_to = $1", size.POST) == SIZE.replies
    for id in (size.POST, *SIZE.to_delete):
        assert await count("likes WHERE post_id = $1", id) >= min(SIZE.replies, PEOPLE - 1)
    assert await count("participants WHERE user_id = $1", size.TALKER) == SIZE.talks
    assert await count(f"posts WHERE content LIKE '%{size.RARE}%'") == size.RARE_POSTS
    group = SIZE.groups[3]
    assert SIZE.unread == await filled.fetchval(
        "SELECT unread_count FROM participants WHERE conversation_id = $1 AND user_id = $2",
        group,
        size.MEMBER,
    )
    unread = "SELECT unread_notifications FROM user_seq WHERE user_id = $1"
    assert await filled.fetchval(unread, size.NOTIFIED) == PEOPLE
    deep = await filled.fetchval(
        """
        WITH RECURSIVE below AS (
            SELECT $1::bigint AS id UNION ALL
            SELECT p.id FROM below JOIN posts p ON p.reply_to = below.id AND p.id <= $2)
        SELECT count(*) FROM below""",
        SIZE.first_of_thread,
        SIZE.special_posts,
    )
    assert deep == SIZE.depth


async def test_the_same_data_come_of_it_each_time(
    settings: Config, filled: asyncpg.Connection
) -> None:
    digest = """
        SELECT md5(string_agg(author_id || content || coalesce(reply_to, 0), ' ' ORDER BY id)),
               (SELECT md5(string_agg(user_id || ':' || post_id, ' ' ORDER BY id)) FROM likes),
               (SELECT md5(string_agg(sender_id || ':' || content, ' ' ORDER BY id)) FROM messages)
          FROM posts"""
    async with own_database(settings.database_url) as url:
        await without_progress(url)
        connection = await asyncpg.connect(url)
        try:
            again = await connection.fetchrow(digest)
        finally:
            await connection.close()
    assert tuple(again) == tuple(await filled.fetchrow(digest))


async def test_a_database_that_is_there_is_not_built_again(settings: Config) -> None:
    told: list[str] = []
    server = settings.database_url
    name = await data.template(server, PEOPLE, name="template_rest", progress=told.append)
    try:
        assert told
        told.clear()
        assert await data.template(server, PEOPLE, name=name, progress=told.append) == name
        assert not told
        url = await data.copy(server, name, "copy_rest")
        connection = await asyncpg.connect(url)
        try:
            assert await connection.fetchval("SELECT count(*) FROM posts") == SIZE.last_post
        finally:
            await connection.close()
    finally:
        admin = await asyncpg.connect(server)
        await admin.execute("DROP DATABASE IF EXISTS copy_rest")
        await admin.execute(f"ALTER DATABASE {name} WITH IS_TEMPLATE false")
        await admin.execute(f"DROP DATABASE {name}")
        await admin.close()
