"""Inputs of lists."""

from marshmallow import Schema

from handlers.schemas.fields import Cursor, Id, Whole

PAGE_DEFAULT = 20
PAGE_MAX = 100


class Paged(Schema):
    """Which page of a list, and how long."""

    limit = Whole(
        1,
        PAGE_MAX,
        load_default=PAGE_DEFAULT,
        metadata={"description": "How many results at most."},
    )
    cursor = Cursor()


class PagedById(Paged):
    """A page of a list that belongs to one thing."""

    id = Id(required=True)
