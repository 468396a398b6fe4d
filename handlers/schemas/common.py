"""Inputs that operations of several subjects share."""

from marshmallow import Schema, fields, validate

from handlers.schemas.fields import Cursor, Id, Text

PAGE_DEFAULT = 20
PAGE_MAX = 100
SEARCH_MAX = 200  # characters


class Nothing(Schema):
    """No input."""


class ById(Schema):
    id = Id(required=True)


class Paged(Schema):
    limit = fields.Integer(
        strict=True,
        load_default=PAGE_DEFAULT,
        validate=validate.Range(1, PAGE_MAX),
        metadata={"description": "How many results at most."},
    )
    cursor = Cursor()


class PagedById(Paged):
    id = Id(required=True)


# What a client calls a write, so that a retry of it is known for one.
CLIENT_ID = Text(
    1,
    128,
    load_default=None,
    metadata={
        "description": "A name of the client's for this write: a retry with it within 24 hours "
        "answers the first result. The header Idempotency-Key does the same."
    },
)
