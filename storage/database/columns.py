"""The SELECT lists of the records that many queries return. $1 is the viewer, NULL for nobody."""

import re

NAMES = re.compile(r' AS "?[a-z_]+"?(?=,|$)')  # of the columns of a SELECT list


def row(columns: str) -> str:
    """A record within a record: ROW(...) of a SELECT list, whose names have no place there."""
    return f"ROW({NAMES.sub('', columns)})"


# The setting of every connection that says where images are. Stored are their keys alone, so that
# they may move; records come out of SQL ready for the wire, so the address is put together there,
# for 0.1 us an image, and not by every reader of a record that has a user in it.
MEDIA_URL = "mini_twitter.media_url"


def image_url(key: str) -> str:
    """The address of an image from the column with its key; NULL for none."""
    return f"current_setting('{MEDIA_URL}') || {key}"


def user_ref(table: str) -> str:
    """A UserRef from a users row."""
    avatar = image_url(f"{table}.avatar")
    return f"ROW({table}.id, {table}.username, {table}.display_name, {avatar})"


# A User from users u and profiles f.
USER = f"""u.id, u.username, u.display_name, {image_url("u.avatar")} AS avatar, f.bio,
    f.followers_count, f.following_count, f.posts_count, u.created_at,
    EXISTS (SELECT FROM follows WHERE follower_id = $1 AND followed_id = u.id) AS is_following,
    EXISTS (SELECT FROM follows WHERE follower_id = u.id AND followed_id = $1) AS is_followed_by,
    EXISTS (SELECT FROM blocks WHERE blocker_id = $1 AND blocked_id = u.id) AS blocked,
    EXISTS (SELECT FROM mutes WHERE muter_id = $1 AND muted_id = u.id) AS muted"""

# What the viewer has done with posts p.
MARKS = """EXISTS (SELECT FROM likes WHERE user_id = $1 AND post_id = p.id) AS liked,
    EXISTS (SELECT FROM feed_entries r WHERE r.actor_id = $1 AND r.post_id = p.id
              AND r.kind = 'retweet' AND r.removed_xid IS NULL) AS retweeted,
    EXISTS (SELECT FROM bookmarks WHERE user_id = $1 AND post_id = p.id) AS bookmarked"""

# A Post from posts p and its author, users u; what follows is retweeted_by.
POST_WITHOUT_RETWEETER = f"""p.id, {user_ref("u")} AS author, p.content,
    {image_url("p.image")} AS image, p.reply_to,
    ARRAY(SELECT h.tag FROM post_hashtags t JOIN hashtags h ON h.id = t.hashtag_id
           WHERE t.post_id = p.id ORDER BY t.position) AS hashtags,
    ARRAY(SELECT {user_ref("named")} FROM mentions m JOIN users named ON named.id = m.user_id
           WHERE m.post_id = p.id ORDER BY m.position) AS mentions,
    p.likes_count, p.retweets_count, p.replies_count,
    {MARKS},
    p.created_at, p.edited_at"""
POST = f"{POST_WITHOUT_RETWEETER}, NULL AS retweeted_by"

# A Message from messages m and its sender, users s.
MESSAGE = f"""m.id, m.conversation_id, {user_ref("s")} AS sender, m.content, m.client_id,
    m.created_at, m.edited_at, m.deleted_at IS NOT NULL AS deleted"""

# A Notification from notifications n and its actor, users a.
NOTIFICATION = f"""n.id, n.kind, {user_ref("a")} AS actor, n.post_id, n.read_at IS NOT NULL AS read,
    n.created_at"""


def not_blocked(viewer: str, sender: str) -> str:
    """True unless the viewer has blocked the sender."""
    return f"""NOT EXISTS (SELECT FROM blocks
        WHERE blocker_id = {viewer} AND blocked_id = {sender})"""


def may_interact(one: str, other: str) -> str:
    """True unless one of the two users has blocked the other."""
    return f"""NOT EXISTS (SELECT FROM blocks WHERE (blocker_id = {one} AND blocked_id = {other})
        OR (blocker_id = {other} AND blocked_id = {one}))"""


def visible_in_lists(viewer: str, user: str) -> str:
    """Whether lists show the viewer this users row, and what it wrote: there, not suspended, and no
    block between the two."""
    return f"{is_active(user)} AND {may_interact(viewer, f'{user}.id')}"


def visible_by_id(viewer: str, author: str) -> str:
    """Whether the viewer may have a post of this users row by its id: other than lists, that shows
    those whom the viewer has blocked, but not those who have blocked the viewer."""
    return f"{is_active(author)} AND {not_blocked(f'{author}.id', viewer)}"


def is_active(user: str) -> str:
    """True for an account that is neither closed nor suspended."""
    return f"{user}.deleted_at IS NULL AND {user}.suspended_at IS NULL"


def not_muted(viewer: str, author: str) -> str:
    """True unless the viewer wants nothing of the author in feeds and searches."""
    return f"""NOT EXISTS (SELECT FROM mutes
        WHERE muter_id = {viewer} AND muted_id = {author})"""


def live_post(post: str) -> str:
    """The same Post as a live event carries it to everybody: without a viewer's marks."""
    return post.replace(
        MARKS, "NULL::boolean AS liked, NULL::boolean AS retweeted, NULL::boolean AS bookmarked"
    )
