from marshmallow import Schema

from handlers.schemas.common import CLIENT_ID
from handlers.schemas.fields import Id, Text

CONTENT_MAX = 280  # characters


class CreatePost(Schema):
    content = Text(1, CONTENT_MAX, required=True)
    reply_to = Id(load_default=None, allow_none=True)
    client_id = CLIENT_ID


class UpdatePost(Schema):
    id = Id(required=True)
    content = Text(1, CONTENT_MAX, required=True)
