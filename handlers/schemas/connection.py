"""Inputs of what only a socket can do."""

from marshmallow import Schema, fields, validate

from handlers.schemas.fields import Flag, Id, Ids, Text

WATCHED_MAX = 500  # posts, and users, that one connection watches
STREAM_NAME_MAX = 700
STREAM_CURSOR_MAX = 12_000  # characters: of most, some dozens


class SetTyping(Schema):
    """Whether one types in a conversation."""

    conversation_id = Id(required=True)
    active = Flag(required=True)


class WatchUsers(Schema):
    """The users whose presence to watch."""

    user_ids = Ids(
        0,
        WATCHED_MAX,
        required=True,
        metadata={"description": "Watched from now on; those watched before are no more."},
    )


class WatchPosts(Schema):
    """Posts to watch, or to watch no longer."""

    ids = Ids(1, WATCHED_MAX, required=True)


class Subscribe(Schema):
    """A stream to listen to."""

    stream = Text(
        1,
        STREAM_NAME_MAX,
        required=True,
        metadata={
            "description": "`public`, `hashtag:TAG`, `author:ID` or `author:@USERNAME`, or "
            "`search:WORDS`, as `GET /api/search/` has them."
        },
    )
    cursor = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(1, STREAM_CURSOR_MAX),
        metadata={"description": "The last one of this stream: what came since is sent first."},
    )


class Unsubscribe(Schema):
    """A stream to listen to no longer."""

    stream = Text(1, STREAM_NAME_MAX, required=True)


class AccessToken(Schema):
    """A fresh access token for a live socket."""

    token = fields.String(required=True, validate=validate.Length(1, 4000))
