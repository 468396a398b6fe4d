from marshmallow import Schema, fields, validate

from handlers.schemas.fields import Flag, Id

WATCHED_MAX = 500  # posts, and users, that one connection watches


class SetTyping(Schema):
    conversation_id = Id(required=True)
    active = Flag(required=True)


class WatchUsers(Schema):
    user_ids = fields.List(
        Id(),
        required=True,
        validate=validate.Length(max=WATCHED_MAX),
        metadata={"description": "Watched from now on; those watched before are no more."},
    )


class WatchPosts(Schema):
    ids = fields.List(Id(), required=True, validate=validate.Length(1, WATCHED_MAX))


class AccessToken(Schema):
    token = fields.String(required=True, validate=validate.Length(1, 4000))
