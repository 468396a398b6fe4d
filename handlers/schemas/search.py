"""Inputs of searches."""

from marshmallow import Schema, fields, validate

from handlers.schemas.fields import SEARCH_MAX, Cursor, Text, Whole
from handlers.schemas.paging import PAGE_MAX, Paged

CURSOR_MAX = 7000  # characters; a cursor of a ranked search carries what is still to be shown


class Search(Paged):
    """What to search for, and among what."""

    q = Text(1, SEARCH_MAX, required=True)
    type = fields.String(
        load_default="posts", validate=validate.OneOf(["posts", "users", "hashtags"])
    )
    cursor = Cursor(CURSOR_MAX)


class Trending(Schema):
    """How many trending hashtags."""

    limit = Whole(
        1,
        PAGE_MAX,
        load_default=10,
        metadata={"description": "How many at most."},
    )
