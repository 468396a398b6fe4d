"""What is selected: for each record one list of expressions, in the order of its fields.

From a list of `Columns` are made the SELECT list, the ROW(...) of a record within a record, and
variants of either, so none of them can fall out of step with the record. asyncpg returns a ROW(...)
as a tuple and an ARRAY(SELECT ROW(...)) as a list of tuples, without names: their order is all that
says which value is which.

In the lists below $1 is the viewer, NULL for nobody.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from types import UnionType
from typing import Any, Generic, TypeAlias, TypeVar, Union, get_args, get_origin, get_type_hints

from storage.database.visibility import is_active
from storage.records import Me, Message, Notification, Post, PostExcerpt, User, UserRef

R = TypeVar("R")
S = TypeVar("S")

# The setting of every connection that says where images are. Stored are their keys alone, so that
# they may move; records come out of SQL ready for the wire, so the address is put together there,
# for 0.1 us an image, and not by every reader of a record that has a user in it.
MEDIA_URL = "mini_twitter.media_url"


@dataclass(frozen=True, slots=True)
class Nested(Generic[R]):
    """A column with records that need more than a ROW(...): sql has {} where it stands."""

    columns: "Columns[R]"
    sql: str

    def __str__(self) -> str:
        return self.sql.format(self.columns.row)


Expression: TypeAlias = "str | Columns[Any] | Nested[Any]"


class Columns(Generic[R]):
    """The columns of a record: an SQL expression for each of its fields, in their order.

    A field that is itself a record is given by its Columns, or Nested where it may be NULL or is a
    list. In a string, Columns are the SELECT list; `row` is the same as one ROW(...).

    Raises:
        TypeError: The names are not the record's fields in order, or a record within it is given
            by the columns of something else.
    """

    def __init__(self, record: type[R], expressions: Mapping[str, Expression]) -> None:
        self.record = record
        self.expressions = dict(expressions)
        self.types = field_types(record)
        if list(self.expressions) != list(self.types):
            raise TypeError(f"{record} has {list(self.types)}, not {list(self.expressions)}")
        for name, expression in self.expressions.items():
            if expression != "NULL" and _held(expression) is not record_of(self.types[name]):
                raise TypeError(f"{record}.{name} is not what {expression} selects")

    def __str__(self) -> str:
        return ", ".join(_named(_sql(column), name) for name, column in self.expressions.items())

    @property
    def row(self) -> str:
        """The record as one value."""
        return f"ROW({', '.join(map(_sql, self.expressions.values()))})"

    def within(self, sql: str) -> Nested[R]:
        """Return a column made of these: sql has {} where their ROW(...) stands."""
        return Nested(self, sql)

    def replace(self, **expressions: Expression) -> "Columns[R]":
        """Return the same columns but for these."""
        return Columns(self.record, self.expressions | expressions)

    def extend(self, record: type[S], **expressions: Expression) -> "Columns[S]":
        """Return the columns of a record that has these fields and, after them, some more."""
        return Columns(record, self.expressions | expressions)


def field_types(record: Any) -> dict[str, Any]:
    """Return the fields of a dataclass, in order; what a generic one was given is filled in."""
    origin = get_origin(record) or record
    given = dict(zip(getattr(origin, "__parameters__", ()), get_args(record), strict=False))
    hints = get_type_hints(origin)
    return {field.name: given.get(hints[field.name], hints[field.name]) for field in fields(origin)}


def record_of(hint: Any) -> Any:
    """Return the record that a field holds, perhaps optional or in a list; None for a value."""
    if get_origin(hint) in (Union, UnionType):
        options = [option for option in get_args(hint) if option is not type(None)]
        return record_of(options[0]) if len(options) == 1 else None
    if get_origin(hint) is list:
        return record_of(get_args(hint)[0])
    return hint if is_dataclass(hint) else None


def _held(expression: Expression) -> Any:
    if isinstance(expression, Nested):
        return expression.columns.record
    return expression.record if isinstance(expression, Columns) else None


def _sql(expression: Expression) -> str:
    return expression.row if isinstance(expression, Columns) else str(expression)


def _named(sql: str, name: str) -> str:
    """Name the expression, where it does not have the name by itself."""
    return sql if re.fullmatch(rf"\w+\.{name}", sql) else f"{sql} AS {name}"


def image_url(key: str) -> str:
    """Return the address of an image from the column with its key; NULL for none."""
    return f"current_setting('{MEDIA_URL}') || {key}"


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
        "is_following": """EXISTS (
            SELECT FROM follows WHERE follower_id = $1 AND followed_id = u.id)""",
        "is_followed_by": """EXISTS (
            SELECT FROM follows WHERE follower_id = u.id AND followed_id = $1)""",
        "blocked": "EXISTS (SELECT FROM blocks WHERE blocker_id = $1 AND blocked_id = u.id)",
        "muted": "EXISTS (SELECT FROM mutes WHERE muter_id = $1 AND muted_id = u.id)",
    },
)

# From users u, profiles f and user_seq s.
ME = USER.extend(
    Me,
    email="u.email",
    is_admin="u.is_admin",
    unread_notifications="s.unread_notifications",
    unread_messages="s.unread_messages",
    email_verified="u.email_verified_at IS NOT NULL",
    digest_mails="u.digest_mails",
)

# From posts p and their authors, users u.
POST = Columns(
    Post,
    {
        "id": "p.id",
        "author": user_ref("u"),
        "content": "p.content",
        "image": image_url("p.image"),
        "reply_to": """(
            SELECT id FROM posts parent WHERE parent.id = p.reply_to AND parent.author_id <> 0)""",
        "hashtags": """ARRAY(
            SELECT h.tag FROM post_hashtags t JOIN hashtags h ON h.id = t.hashtag_id
             WHERE t.post_id = p.id ORDER BY t.position)""",
        "mentions": user_ref("named").within("""ARRAY(
            SELECT {} FROM mentions m JOIN users named ON named.id = m.user_id
             WHERE m.post_id = p.id ORDER BY m.position)"""),
        "likes_count": "p.likes_count",
        "retweets_count": "p.retweets_count",
        "replies_count": "p.replies_count",
        "liked": "EXISTS (SELECT FROM likes WHERE user_id = $1 AND post_id = p.id)",
        "retweeted": """EXISTS (
            SELECT FROM feed_entries r WHERE r.actor_id = $1 AND r.post_id = p.id
               AND r.kind = 'retweet' AND r.removed_xid IS NULL)""",
        "bookmarked": "EXISTS (SELECT FROM bookmarks WHERE user_id = $1 AND post_id = p.id)",
        "created_at": "p.created_at",
        "edited_at": "p.edited_at",
        "retweeted_by": "NULL",
    },
)


def live_post(post: Columns[Post]) -> Columns[Post]:
    """Return the columns as a live event carries them to everybody: without a viewer's marks."""
    return post.replace(
        liked="NULL::boolean", retweeted="NULL::boolean", bookmarked="NULL::boolean"
    )


# From messages m and their senders, users s.
MESSAGE = Columns(
    Message,
    {
        "id": "m.id",
        "conversation_id": "m.conversation_id",
        "sender": user_ref("s"),
        "content": "m.content",
        "client_id": "m.client_id",
        "created_at": "m.created_at",
        "edited_at": "m.edited_at",
        "deleted": "m.deleted_at IS NOT NULL",
    },
)


def read_up_to(user_id: str) -> str:
    """Return up to which id a user has read all notifications."""
    return f"(SELECT notifications_read_up_to FROM user_seq WHERE user_id = {user_id})"


# That a notification n is unread: marked neither itself nor with all up to an id.
UNREAD = f"(n.read_at IS NULL AND n.id > {read_up_to('n.user_id')})"

# From posts p and their authors, users w.
EXCERPT = Columns(
    PostExcerpt,
    {
        "id": "p.id",
        "author": user_ref("w"),
        "content": "p.content",
        "image": image_url("p.image"),
    },
)

# From notifications n and their actors, users a.
NOTIFICATION = Columns(
    Notification,
    {
        "id": "n.id",
        "kind": "n.kind",
        "actor": user_ref("a"),
        "post_id": "n.post_id",
        "read": f"NOT {UNREAD}",
        "created_at": "n.created_at",
        "post": EXCERPT.within(f"""(
            SELECT {{}} FROM posts p JOIN users w ON w.id = p.author_id
             WHERE p.id = n.post_id AND {is_active("w")})"""),
    },
)
