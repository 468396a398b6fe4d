"""What is selected of users, and of pictures."""

from storage.database.columns import Columns, Nested
from storage.database.visibility import there_is
from storage.media.keys import SUFFIX, THUMBNAIL_SUFFIX
from storage.records import Me, Media, User, UserRef

# The setting of every connection that says where images are. Stored are their keys alone, so that
# they may move; records come out of SQL ready for the wire, so the address is put together there,
# for 0.1 us an image, and not by every reader of a record that has a user in it.
MEDIA_URL = "mini_twitter.media_url"


def image_url(key: str) -> str:
    """Return the address of an image from the column with its key; NULL for none."""
    return f"current_setting('{MEDIA_URL}') || {key}"


def media(table: str) -> Columns[Media]:
    """Return the columns of a picture from a media row."""
    small = f"left({table}.key, -{len(SUFFIX)}) || '{THUMBNAIL_SUFFIX}'"
    return Columns(
        Media,
        {
            "id": f"{table}.id",
            "type": "'image'::text",
            "url": image_url(f"{table}.key"),
            "preview_url": image_url(small),
            "alt": f"{table}.alt",
            "width": f"{table}.width",
            "height": f"{table}.height",
            "thumbhash": f"{table}.thumbhash",
            "animated": f"{table}.animated",
        },
    )


def pictures(of: str, owner: str) -> Nested[Media]:
    """Return the column with the pictures of a posts or messages row, by their column of media.

    media is not looked at for one that has no first image, as most have.
    """
    return media("x").within(f"""CASE WHEN {owner}.image IS NOT NULL THEN ARRAY(
            SELECT {{}} FROM media x WHERE x.{of} = {owner}.id
               AND x.position IS NOT NULL ORDER BY x.position) END""")


def media_of_ids(ids: str, alts: str = "NULL::text[]") -> Nested[Media]:
    """Return the column with the pictures of an array of their ids, in its order.

    They are described as in a second array, where there is one.
    """
    described = media("x").replace(alt="coalesce(listed.alt, x.alt)")
    return described.within(f"""ARRAY(
            SELECT {{}} FROM unnest({ids}, {alts}) WITH ORDINALITY listed (id, alt, place)
              JOIN media x ON x.id = listed.id ORDER BY listed.place)""")


def user_ref(table: str) -> Columns[UserRef]:
    """Return the columns of a UserRef from a users row."""
    return Columns(
        UserRef,
        {
            "id": f"{table}.id",
            "username": f"{table}.username",
            "display_name": f"{table}.display_name",
            "avatar": image_url(f"{table}.avatar"),
        },
    )


def standing(viewer_id: str, user_id: str) -> dict[str, str]:
    """Return the columns that say how a viewer stands to a user."""
    return {
        "is_following": there_is(
            f"follows WHERE follower_id = {viewer_id} AND followed_id = {user_id}"
        ),
        "is_followed_by": there_is(
            f"follows WHERE follower_id = {user_id} AND followed_id = {viewer_id}"
        ),
        "blocked": there_is(f"blocks WHERE blocker_id = {viewer_id} AND blocked_id = {user_id}"),
        "muted": there_is(f"mutes WHERE muter_id = {viewer_id} AND muted_id = {user_id}"),
    }


# From users u and profiles f.
USER = Columns(
    User,
    {
        "id": "u.id",
        "username": "u.username",
        "display_name": "u.display_name",
        "avatar": image_url("u.avatar"),
        "bio": "f.bio",
        "followers_count": "f.followers_count",
        "following_count": "f.following_count",
        "posts_count": "f.posts_count",
        "created_at": "u.created_at",
        **standing("$1", "u.id"),
        "is_bot": "u.owner_id IS NOT NULL",
    },
)

# From users u, profiles f and user_seq s.
ME = USER.extend(
    Me,
    email="CASE WHEN u.owner_id IS NULL THEN u.email ELSE '' END",
    pending_email="u.pending_email",
    is_admin="u.is_admin",
    unread_notifications="s.unread_notifications",
    unread_messages="s.unread_messages",
    email_verified="u.email_verified_at IS NOT NULL",
    digest_mails="u.digest_mails",
    who_may_add_me="u.who_may_add_me",
    who_may_write_to_me="u.who_may_write_to_me",
    send_read_receipts=f"u.read_receipts_after < {2**63 - 1}",
    who_may_quote_me="u.who_may_quote_me",
    has_muted_words="s.has_muted_words",
)
