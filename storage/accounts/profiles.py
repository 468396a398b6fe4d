"""Profiles: the public face of an account."""

from dataclasses import dataclass

from storage.database.columns import image_url, row, user_ref, visible_in_lists
from storage.database.name_search import BEGINS, LIKENESS, MATCHES, beginning
from storage.database.paging import NEWEST, after, cut, decode, encode
from storage.database.pool import Database
from storage.database.query import Query
from storage.errors import NotFound
from storage.records import Page, Profile

PROFILE = f"""u.id, {user_ref("u")} AS "user", u.display_name, f.bio,
    {image_url("u.avatar")} AS avatar, f.location, f.website, f.followers_count,
    f.following_count, f.posts_count, u.created_at"""

ONE = Query(
    f"""
    SELECT {PROFILE} FROM users u JOIN profiles f ON f.user_id = u.id
     WHERE u.id = $1 AND u.deleted_at IS NULL""",
    Profile,
)


async def get(db: Database, profile_id: int) -> Profile:
    if profile := await ONE.maybe(db, profile_id):
        return profile
    raise NotFound("profile")


NEWEST_FIRST = Query(
    f"""
    SELECT {PROFILE} FROM users u JOIN profiles f ON f.user_id = u.id
     WHERE u.id < $2 AND {visible_in_lists("$1", "u")}
     ORDER BY u.id DESC LIMIT $3""",
    Profile,
)


async def newest(
    db: Database, viewer_id: int | None, limit: int, cursor: str | None
) -> Page[Profile]:
    rows = await NEWEST_FIRST.all(db, viewer_id, after(cursor), limit + 1)
    return cut(rows, limit, lambda row: row, lambda row: row.id)


@dataclass(frozen=True, slots=True)
class Ranked:
    rank: int
    profile: Profile


# rank: 1000 for a name that begins so, and up to 1000 for how alike a name is.
NAMED = Query(
    f"""
    WITH ranked AS MATERIALIZED (
        SELECT u.id, 1000 * {BEGINS}::integer + round(1000 * {LIKENESS})::integer AS rank
          FROM users u WHERE {MATCHES} AND {visible_in_lists("$1", "u")}),
    page AS MATERIALIZED (
        SELECT id, rank FROM ranked WHERE (rank, id) < ($4::bigint, $5::bigint)
         ORDER BY rank DESC, id DESC LIMIT $6)
    SELECT page.rank, {row(PROFILE)} AS profile
      FROM page JOIN users u ON u.id = page.id JOIN profiles f ON f.user_id = u.id
     ORDER BY page.rank DESC, page.id DESC""",
    Ranked,
)


async def named(
    db: Database, viewer_id: int | None, name: str, limit: int, cursor: str | None
) -> Page[Profile]:
    """Whose username or display name begins with this, or is like it, in this order, the most alike
    first. Nothing moves while a list is walked, but those who change their display name."""
    rank, id = decode(cursor, int, int) if cursor else (NEWEST, NEWEST)
    rows = await NAMED.planned(db, viewer_id, name, beginning(name), rank, id, limit + 1)
    following = encode(rows[limit - 1].rank, rows[limit - 1].profile.id) if rows[limit:] else None
    return Page([row.profile for row in rows[:limit]], following)


@dataclass(frozen=True, slots=True)
class Change:
    """A new profile; None leaves a field as it is. avatar is the key of an image in the store; that
    of before is taken off where removes_avatar.
    """

    display_name: str | None = None
    bio: str | None = None
    location: str | None = None
    website: str | None = None
    avatar: str | None = None
    removes_avatar: bool = False


# The avatar that was: locked first, so that of two changes at once each tells another one.
UPDATE = """
    WITH before AS (SELECT id, avatar FROM users WHERE id = $1 FOR NO KEY UPDATE),
    account AS (
        UPDATE users u SET display_name = coalesce($2, u.display_name),
               avatar = CASE WHEN $7 THEN NULL ELSE coalesce($6, u.avatar) END
          FROM before WHERE u.id = before.id),
    face AS (
        UPDATE profiles SET bio = coalesce($3, bio), location = coalesce($4, location),
               website = coalesce($5, website) WHERE user_id = $1)
    SELECT avatar FROM before WHERE $7 OR $6 IS NOT NULL"""


async def update(db: Database, user_id: int, change: Change) -> str | None:
    """The key of the avatar that this took off or replaced, if it did."""
    replaced: str | None = await db.fetchval(
        UPDATE,
        user_id,
        change.display_name,
        change.bio,
        change.location,
        change.website,
        change.avatar,
        change.removes_avatar,
    )
    return replaced
