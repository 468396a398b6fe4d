"""What a post's content refers to: hashtags, and the users whom it mentions."""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from storage.database.pool import Database
from storage.database.query import Command, Executor, Query, Scalar
from storage.database.visibility import may_interact
from storage.search_index import names


@dataclass(frozen=True, slots=True)
class _HashtagId:
    id: int
    tag: str


HASHTAG_IDS = Query("SELECT id, tag FROM hashtags WHERE tag = ANY($1::text[])", _HashtagId)
CREATE_HASHTAGS = Command(
    "INSERT INTO hashtags (tag) SELECT unnest((SELECT $1::text[])) ON CONFLICT (tag) DO NOTHING"
)


async def hashtag_ids(db: Database, tags: Sequence[str]) -> list[int]:
    """Return the ids of these tags, in their order.

    New tags are created in a transaction of their own, so that no writer waits for another's post
    to commit.
    """
    if not tags:
        return []
    found = {hashtag.tag: hashtag.id for hashtag in await HASHTAG_IDS.all(db, tags)}
    if missing := [tag for tag in tags if tag not in found]:
        await CREATE_HASHTAGS.run(db, sorted(missing))
        created = await HASHTAG_IDS.all(db, missing)
        await names.index_hashtags(
            db, [names.Pending(hashtag.id, hashtag.tag) for hashtag in created]
        )
        found |= {hashtag.tag: hashtag.id for hashtag in created}
    return [found[tag] for tag in tags]


MENTIONABLE_USER_IDS = Scalar(
    f"""
    SELECT u.id FROM unnest((SELECT $2::text[])) WITH ORDINALITY AS names (name, place)
      JOIN users u ON lower(u.username) = names.name
     WHERE u.deleted_at IS NULL AND {may_interact("$1", "u.id")} ORDER BY names.place""",
    int,
)


async def mentioned_user_ids(db: Database, author_id: int, usernames: Sequence[str]) -> list[int]:
    """Return those of these users (lower case) whom the author may mention, in their order."""
    return await MENTIONABLE_USER_IDS.all(db, author_id, usernames) if usernames else []


LINK_HASHTAGS = Command("""
    INSERT INTO post_hashtags (post_id, hashtag_id, author_id, position)
    SELECT $1, id, $2, place
      FROM unnest((SELECT $3::bigint[])) WITH ORDINALITY AS given (id, place)""")
LINK_MENTIONS = Command("""
    INSERT INTO mentions (post_id, user_id, position)
    SELECT $1, id, place FROM unnest((SELECT $2::bigint[])) WITH ORDINALITY AS given (id, place)""")


async def link(
    connection: asyncpg.Connection,
    author_id: int,
    post_id: int,
    hashtags: list[int],
    mentions: list[int],
) -> None:
    """Store which hashtags and which mentioned users, by their ids, a post has."""
    if hashtags:
        await LINK_HASHTAGS.run(connection, post_id, author_id, hashtags)
    if mentions:
        await LINK_MENTIONS.run(connection, post_id, mentions)


MENTIONED_IN_POST = Scalar("SELECT user_id FROM mentions WHERE post_id = $1", int)


async def mentioned_in(db: Executor, post_id: int) -> set[int]:
    """Return whom a post mentions now."""
    return set(await MENTIONED_IN_POST.all(db, post_id))


UNLINK_ENTITIES = Scalar(
    """
    WITH tags AS (DELETE FROM post_hashtags WHERE post_id = $1)
    DELETE FROM mentions WHERE post_id = $1 RETURNING user_id""",
    int,
)


async def unlink(connection: asyncpg.Connection, post_id: int) -> set[int]:
    """Remove a post's hashtags and mentions; return who was mentioned."""
    return set(await UNLINK_ENTITIES.all(connection, post_id))
