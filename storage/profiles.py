"""Profiles: the public face of an account."""

from dataclasses import dataclass

from storage.errors import NotFound
from storage.paging import after, cut
from storage.pool import Database
from storage.query import Query
from storage.records import Page, Profile
from storage.shapes import user_ref

PROFILE = f"""u.id, {user_ref("u")} AS "user", u.display_name, f.bio, u.avatar, f.location,
    f.website, f.followers_count, f.following_count, f.posts_count, u.created_at"""

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
     WHERE u.id < $1 AND u.deleted_at IS NULL
     ORDER BY u.id DESC LIMIT $2""",
    Profile,
)


async def newest(db: Database, limit: int, cursor: str | None) -> Page[Profile]:
    rows = await NEWEST_FIRST.all(db, after(cursor), limit + 1)
    return cut(rows, limit, lambda row: row, lambda row: row.id)


@dataclass(frozen=True, slots=True)
class Change:
    """A new profile; None leaves a field as it is."""

    display_name: str | None = None
    bio: str | None = None
    location: str | None = None
    website: str | None = None


UPDATE = """
    WITH account AS (
        UPDATE users SET display_name = coalesce($2, display_name) WHERE id = $1)
    UPDATE profiles SET bio = coalesce($3, bio), location = coalesce($4, location),
           website = coalesce($5, website) WHERE user_id = $1"""


async def update(db: Database, user_id: int, change: Change) -> Profile:
    await db.execute(
        UPDATE, user_id, change.display_name, change.bio, change.location, change.website
    )
    return await get(db, user_id)
