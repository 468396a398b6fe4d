"""The data that REST is measured on: `python -m benchmarks.rest.data URL` builds it.

By default, of 25,000 people, who have posted a million times; `--size 1` is four times, `1/16` a
quarter of it. A database is built once and kept, as a template that nobody connects to, for as long
as neither the schema nor the data that are to be in it have changed; others are copied from it. The
same data come of it each time, but that they end now.

What is in it, and whom to look at, is in `size.py`. Likes, follows, messages, notifications and the
log lie in the order of time, as they would where they had come one by one; counters are right;
entries of feeds have the transactions of a site that has been written to for a year.
"""

import argparse
import asyncio
import hashlib
import inspect
import sys
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import asyncpg

from benchmarks.rest import fragments, site, size, talk
from benchmarks.rest.size import PEOPLE, Size
from storage import migrations

NO_PASSWORD = "nobody logs in"

# Foreign keys are not checked, and triggers do not fire.
SESSION = """
    SET session_replication_role = replica;
    SET synchronous_commit = off;
    SET work_mem = '256MB';
    SET maintenance_work_mem = '512MB';
    SET max_parallel_workers_per_gather = 0;
    SET statement_timeout = 0;
    SET mini_twitter.writes_words = 'on';
    SELECT setseed(0.5)"""

# Their indexes are made when all is there. Primary keys stay: most are written in their order.
LARGE = (
    "'{posts, post_words, follows, likes, bookmarks, feed_entries, post_hashtags, mentions, "
    "notifications, messages, participants, events}'::text[]"
)
PARK_INDEXES = f"""
    CREATE TABLE parked AS
    SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname,
                  pg_get_constraintdef(oid)) AS make,
           format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS drop
      FROM pg_constraint WHERE contype = 'u' AND conrelid::regclass::text = ANY({LARGE})
    UNION ALL
    SELECT indexdef, format('DROP INDEX %I', indexname) FROM pg_indexes
     WHERE schemaname = 'public' AND tablename = ANY({LARGE})
       AND NOT EXISTS (SELECT FROM pg_constraint WHERE conname = indexname);
    DO $$ DECLARE one record; BEGIN
        FOR one IN SELECT * FROM parked LOOP EXECUTE one.drop; END LOOP;
    END $$"""
MAKE_INDEXES = """
    DO $$ DECLARE one record; BEGIN
        FOR one IN SELECT * FROM parked LOOP EXECUTE one.make; END LOOP;
    END $$"""

Progress = Callable[[str], None]


async def fill(url: str, people: int, password_hash: str, progress: Progress) -> None:
    """Write the data into a database that has the schema and nothing in it, as a superuser."""
    sizes = Size(people)
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(SESSION)
        await connection.execute(PARK_INDEXES)
        progress("fragments")
        await connection.execute(
            "CREATE UNLOGGED TABLE fragments (id integer, text text, words tsvector);"
            "CREATE UNLOGGED TABLE cut (id integer, text text, words text)"
        )
        await connection.copy_records_to_table("cut", records=fragments.fragments(sizes.fragments))
        await connection.execute("INSERT INTO fragments SELECT id, text, words::tsvector FROM cut")
        drafts, *posts = site.posts(sizes)
        for what, sql in (
            *site.people(sizes, password_hash),
            drafts,
            *site.reactions(sizes),
            *posts,
            *talk.conversations(sizes),
            ("notifications", talk.notifications(sizes)),
            ("events", talk.EVENTS),
            ("counters", talk.COUNTERS),
        ):
            progress(what)
            await connection.execute(sql)
        progress("entries of feeds")
        await _write_entries(connection)
        await connection.execute("DROP TABLE drafts, retweets, talks, said, fragments, cut")
        progress("indexes")
        await connection.execute(MAKE_INDEXES)
        await connection.execute("DROP TABLE parked")
        progress("VACUUM")
        await connection.execute("VACUUM (FREEZE, ANALYZE)")
    finally:
        await connection.close()


async def _write_entries(connection: asyncpg.Connection) -> None:
    """Write them after as many transactions have been, each of which an entry is said to be of."""
    count = await connection.fetchval(
        "SELECT (SELECT count(*) FROM drafts) + (SELECT count(*) FROM retweets)"
    )
    first = await connection.fetchval("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")
    await connection.execute(f"""
        DO $$ BEGIN
            FOR i IN 1..{count} LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP;
        END $$""")
    await connection.execute(site.feed_entries(int(first)))


def version() -> str:
    """What changes with the schema, and with what is written."""
    digest = hashlib.sha256()
    for module in (sys.modules[__name__], fragments, site, size, talk):
        digest.update(inspect.getsource(module).encode())
    for _name, sql in migrations.files():
        digest.update(sql.encode())
    return digest.hexdigest()[:12]


async def template(
    server_url: str,
    people: int,
    *,
    name: str | None = None,
    password_hash: str = NO_PASSWORD,
    progress: Progress = lambda what: None,
) -> str:
    """Return the name of a database with the data, to be copied; it is built unless it is there.

    Args:
        server_url: Any database of the server, as a superuser.
        people: How many there are: all else follows.
        name: Of the database; by default one that says how large and of which version it is.
        password_hash: That of everybody; by default nobody can log in.
        progress: Told what is written next.
    """
    name = name or f"rest_{people}_{version()}"
    admin = await asyncpg.connect(server_url)
    try:
        if await admin.fetchval("SELECT datistemplate FROM pg_database WHERE datname = $1", name):
            return name
        await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await admin.execute(f"CREATE DATABASE {name}")
        url = of(server_url, name)
        await migrations.migrate(url)
        await fill(url, people, password_hash, progress)
        await admin.execute(f"ALTER DATABASE {name} WITH IS_TEMPLATE true ALLOW_CONNECTIONS false")
    finally:
        await admin.close()
    return name


async def copy(server_url: str, from_name: str, name: str) -> str:
    """Make a database of this name anew, a copy of a template; return its URL."""
    admin = await asyncpg.connect(server_url)
    try:
        await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {from_name}")
    finally:
        await admin.close()
    return of(server_url, name)


def of(server_url: str, name: str) -> str:
    """Return the URL of a database of the server."""
    return urlsplit(server_url)._replace(path=f"/{name}").geturl()


def main() -> None:
    parser = argparse.ArgumentParser(description="Build the data that REST is measured on.")
    parser.add_argument("url", help="any database of the server, as a superuser")
    parser.add_argument("--size", choices=PEOPLE, default="1/4")
    parser.add_argument("--name", help="of the database")
    given = parser.parse_args()
    began = time.monotonic()

    def progress(what: str) -> None:
        print(f"{time.monotonic() - began:7.1f} s  {what}", flush=True)

    name = asyncio.run(template(given.url, PEOPLE[given.size], name=given.name, progress=progress))
    progress(f"done: CREATE DATABASE mine TEMPLATE {name}")


if __name__ == "__main__":
    main()
