from marshmallow import Schema, fields, validate

from handlers.schemas.common import PAGE_MAX, SEARCH_MAX, Paged
from handlers.schemas.fields import Cursor, Text

CURSOR_MAX = 7000  # characters; a cursor of a ranked search carries what is still to be shown


class Search(Paged):
    q = Text(1, SEARCH_MAX, required=True)
    type = fields.String(
        load_default="posts", validate=validate.OneOf(["posts", "users", "hashtags"])
    )
    cursor = Cursor(CURSOR_MAX)


class Trending(Schema):
    limit = fields.Integer(
        strict=True,
        load_default=10,
        validate=validate.Range(1, PAGE_MAX),
        metadata={"description": "How many at most."},
    )
