"""Whom we are measured with: readers, authors they follow, and pairs who write to each other.

They are written by SQL, as registering thousands over REST takes minutes of bcrypt; each has a real
session, and an access token signed as a login signs it.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from handlers.security.tokens import Tokens

READERS = 10_000
AUTHORS = 10  # each followed by every reader
COLUMNISTS = 50  # each followed by a share of the readers
STRANGERS = 50  # who follow nobody
SESSION_DAYS = 1
TOKEN_SECONDS = 24 * 3600
PAIRS = 100

USERS = """
    INSERT INTO users
           (username, email, password_hash, display_name, digest_mails, email_verified_at)
    SELECT $1 || n, $1 || n || '@example.org', 'cannot log in', initcap($1) || n, false, now()
      FROM generate_series(1, $2::int) AS n RETURNING id"""
PROFILES = "INSERT INTO profiles (user_id) SELECT id FROM users"
SEQS = "INSERT INTO user_seq (user_id) SELECT id FROM users"
SESSIONS = """
    INSERT INTO sessions (user_id, expires_at, user_agent)
    SELECT id, now() + make_interval(days => $1), 'benchmark' FROM users RETURNING user_id, id"""
FOLLOWS = """
    INSERT INTO follows (follower_id, followed_id)
    SELECT r.id, a.id FROM unnest($1::bigint[]) AS r (id), unnest($2::bigint[]) AS a (id)"""
SHARES = """
    INSERT INTO follows (follower_id, followed_id)
    SELECT r.id, ($2::bigint[])[1 + (r.place - 1) % cardinality($2)]
      FROM unnest($1::bigint[]) WITH ORDINALITY AS r (id, place)"""
COUNTS = """
    UPDATE profiles p SET
           followers_count = (SELECT count(*) FROM follows WHERE followed_id = p.user_id),
           following_count = (SELECT count(*) FROM follows WHERE follower_id = p.user_id)"""
CONVERSATIONS = """
    WITH pairs AS (
        SELECT * FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS p (one, other, place)),
    drawn AS (
        SELECT p.*, nextval(pg_get_serial_sequence('messages', 'id')) AS rank FROM pairs p),
    made AS (
        INSERT INTO conversations (kind, direct_key, creator_id, created_rank, rank)
        SELECT 'direct', least(one, other) || ':' || greatest(one, other), one, rank, rank
          FROM drawn RETURNING id, creator_id)
    SELECT made.id, one, other FROM made JOIN pairs ON one = creator_id ORDER BY place"""
PARTICIPANTS = """
    INSERT INTO participants (conversation_id, user_id)
    SELECT * FROM unnest($1::bigint[], $2::bigint[])"""


@dataclass(frozen=True, slots=True)
class Community:
    """Files of access tokens, one a line."""

    readers: Path
    authors: Path
    columnists: Path
    senders: Path  # of the pairs, each line with the conversation's id
    recipients: Path
    strangers: Path


def found(database_url: str, jwt_secret: str, directory: Path) -> Community:
    return asyncio.run(_found(database_url, Tokens(jwt_secret, TOKEN_SECONDS, 1), directory))


async def _found(database_url: str, tokens: Tokens, directory: Path) -> Community:
    connection = await asyncpg.connect(database_url)
    try:
        async with connection.transaction():
            readers = await _ids(connection, USERS, "reader_", READERS)
            authors = await _ids(connection, USERS, "author_", AUTHORS)
            columnists = await _ids(connection, USERS, "columnist_", COLUMNISTS)
            strangers = await _ids(connection, USERS, "stranger_", STRANGERS)
            await connection.execute(PROFILES)
            await connection.execute(SEQS)
            sessions = dict(await connection.fetch(SESSIONS, SESSION_DAYS))
            await connection.execute(FOLLOWS, readers, authors)
            await connection.execute(SHARES, readers, columnists)
            await connection.execute(COUNTS)
            senders, recipients = readers[:PAIRS], readers[PAIRS : 2 * PAIRS]
            conversations = await _ids(connection, CONVERSATIONS, senders, recipients)
            await connection.execute(
                PARTICIPANTS, [*conversations, *conversations], [*senders, *recipients]
            )
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()

    def file(name: str, users: Sequence[int], arguments: Iterable[int] = ()) -> Path:
        path = directory / f"{name}.tokens"
        lines = [_token(tokens, sessions, user) for user in users]
        if arguments:
            lines = [f"{line} {argument}" for line, argument in zip(lines, arguments, strict=True)]
        path.write_text("\n".join(lines) + "\n")
        return path

    return Community(
        readers=file("readers", readers),
        authors=file("authors", authors),
        columnists=file("columnists", columnists),
        senders=file("senders", senders, conversations),
        recipients=file("recipients", recipients),
        strangers=file("strangers", strangers),
    )


def _token(tokens: Tokens, sessions: Mapping[int, int], user_id: int) -> str:
    return tokens.issue(user_id, sessions[user_id], 0).access


async def _ids(connection: asyncpg.Connection, statement: str, *arguments: object) -> list[int]:
    return [row["id"] for row in await connection.fetch(statement, *arguments)]
