"""Profiles: the public face of an account."""

from dataclasses import dataclass

from storage.accounts import usernames
from storage.database.columns import Columns
from storage.database.name_search import NAME_SIMILARITY, names_found, prefix_pattern
from storage.database.paging import Ranked, after, after_tie, page_by_id, page_by_rank_and_id
from storage.database.pool import Database
from storage.database.query import Query, Scalar
from storage.database.user_columns import image_url, user_ref
from storage.database.visibility import visible_in_lists
from storage.errors import NotFound
from storage.records import Page, Profile
from storage.search_index import names

# From users u and profiles f.
PROFILE = Columns(
    Profile,
    {
        "id": "u.id",
        "user": user_ref("u"),
        "display_name": "u.display_name",
        "bio": "f.bio",
        "avatar": image_url("u.avatar"),
        "banner": image_url("f.banner"),
        "location": "f.location",
        "website": "f.website",
        "followers_count": "f.followers_count",
        "following_count": "f.following_count",
        "posts_count": "f.posts_count",
        "created_at": "u.created_at",
        "pinned_post_id": "(SELECT post_id FROM pinned_posts WHERE user_id = u.id)",
    },
)

PROFILE_BY_ID = Query(
    f"""
    SELECT {PROFILE} FROM users u JOIN profiles f ON f.user_id = u.id
     WHERE u.id = $1 AND u.deleted_at IS NULL""",
    PROFILE,
)


async def get(db: Database, profile_id: int) -> Profile:
    """Return a profile. NotFound."""
    if profile := await PROFILE_BY_ID.maybe(db, profile_id):
        return profile
    raise NotFound("profile")


PROFILE_BY_USERNAME = Query(
    f"""
    SELECT {PROFILE} FROM users u JOIN profiles f ON f.user_id = u.id
     WHERE lower(u.username) = lower($1) AND u.deleted_at IS NULL""",
    PROFILE,
)


PROFILE_BY_FORMER_USERNAME = Query(
    f"""
    SELECT {PROFILE}
      FROM former_usernames n JOIN users u ON u.id = n.user_id JOIN profiles f ON f.user_id = u.id
     WHERE n.username = lower($1) AND n.given_up_at > now() - $2::interval
       AND u.deleted_at IS NULL""",
    PROFILE,
)


async def lookup(db: Database, username: str) -> Profile:
    """Return the profile of who has this username, in capitals or not, or had it lately. NotFound.

    Lately is within usernames.KEPT_BACK: nobody else has it then.
    """
    if profile := await PROFILE_BY_USERNAME.maybe(db, username):
        return profile
    if profile := await PROFILE_BY_FORMER_USERNAME.maybe(db, username, usernames.KEPT_BACK):
        return profile
    raise NotFound("profile")


NEWEST_PROFILES = Query(
    f"""
    SELECT {PROFILE} FROM users u JOIN profiles f ON f.user_id = u.id
     WHERE u.id < $2 AND {visible_in_lists("$1", "u")}
     ORDER BY u.id DESC LIMIT $3""",
    PROFILE,
)


async def newest(
    db: Database, viewer_id: int | None, limit: int, cursor: str | None
) -> Page[Profile]:
    """Return the profiles that lists show the viewer, the newest account first."""
    return page_by_id(await NEWEST_PROFILES.all(db, viewer_id, after(cursor), limit + 1), limit)


# rank: 1000 for a name that begins so, and up to 1000 for how alike a name is.
RANKED_PROFILE = Columns(Ranked[Profile], {"rank": "page.rank", "item": PROFILE})
PROFILES_BY_NAME = Query(
    f"""
    WITH {names_found()},
    ranked AS MATERIALIZED (
        SELECT user_id AS id, 1000 * begins::integer
                              + round(1000 * {NAME_SIMILARITY})::integer AS rank FROM n),
    page AS MATERIALIZED (
        SELECT id, rank FROM (
            SELECT id, rank FROM ranked WHERE (rank, id) < ($5::bigint, $6::bigint)
             ORDER BY rank DESC, id DESC OFFSET 0) u
         WHERE (SELECT {visible_in_lists("$1", "users")} FROM users WHERE id = u.id)
         ORDER BY rank DESC, id DESC LIMIT $7)
    SELECT {RANKED_PROFILE}
      FROM page JOIN users u ON u.id = page.id JOIN profiles f ON f.user_id = u.id
     ORDER BY page.rank DESC, page.id DESC""",
    RANKED_PROFILE,
)


async def search(
    db: Database, viewer_id: int | None, name: str, limit: int, cursor: str | None
) -> Page[Profile]:
    """Find profiles by username and display name.

    Those whose name begins with this come first, then those whose name is like it, the most similar
    first. Nothing moves while a list is walked, but those who change their display name.
    """
    spelled = names.spell(name)
    rows = await PROFILES_BY_NAME.planned(
        db,
        viewer_id,
        spelled,
        prefix_pattern(spelled),
        prefix_pattern(name),
        *after_tie(cursor),
        limit + 1,
    )
    return page_by_rank_and_id(rows, limit)


@dataclass(frozen=True, slots=True)
class ProfileUpdate:
    """A new profile; None leaves a field as it is.

    avatar and banner are keys of images in the media store; removes_... takes off what was before.
    """

    display_name: str | None = None
    bio: str | None = None
    location: str | None = None
    website: str | None = None
    avatar: str | None = None
    removes_avatar: bool = False
    banner: str | None = None
    removes_banner: bool = False


# Returns the images that were: locked first, so that of two updates at once each returns others.
UPDATE_PROFILE = Scalar(
    """
    WITH before AS (
        SELECT u.id, u.avatar, f.banner FROM users u JOIN profiles f ON f.user_id = u.id
         WHERE u.id = $1 FOR NO KEY UPDATE),
    account AS (
        UPDATE users u SET display_name = coalesce($2, u.display_name),
               avatar = CASE WHEN $7 THEN NULL ELSE coalesce($6, u.avatar) END
          FROM before WHERE u.id = before.id),
    face AS (
        UPDATE profiles SET bio = coalesce($3, bio), location = coalesce($4, location),
               website = coalesce($5, website),
               banner = CASE WHEN $9 THEN NULL ELSE coalesce($8, profiles.banner) END
          FROM before WHERE user_id = before.id)
    SELECT avatar FROM before WHERE avatar IS NOT NULL AND ($7 OR $6 IS NOT NULL)
    UNION ALL
    SELECT banner FROM before WHERE banner IS NOT NULL AND ($9 OR $8 IS NOT NULL)""",
    str,
)


async def update(db: Database, user_id: int, changes: ProfileUpdate) -> list[str]:
    """Update a profile and return the keys of images that were taken off or replaced."""
    before = await UPDATE_PROFILE.all(
        db,
        user_id,
        changes.display_name,
        changes.bio,
        changes.location,
        changes.website,
        changes.avatar,
        changes.removes_avatar,
        changes.banner,
        changes.removes_banner,
    )
    if changes.display_name is not None:
        await names.index_users(db, [names.Pending(user_id, changes.display_name)])
    return before
