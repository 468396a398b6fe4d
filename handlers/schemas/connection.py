"""Inputs of what only a socket can do."""

from marshmallow import Schema, fields, validate

from handlers.schemas.fields import Flag, Id, Ids

WATCHED_MAX = 500  # posts, and users, that one connection watches


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


class AccessToken(Schema):
    """A fresh access token for a live socket."""

    token = fields.String(required=True, validate=validate.Length(1, 4000))
