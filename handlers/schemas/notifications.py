"""Inputs about notifications."""

from marshmallow import Schema, fields, validate

from handlers.schemas.fields import Flag, Id
from handlers.schemas.paging import Paged


class ListNotifications(Paged):
    """A filter over one's notifications."""

    unread = Flag(
        load_default=False, metadata={"description": "Only those not yet marked as read."}
    )


class ReadNotifications(Schema):
    """Which notifications have been read."""

    ids = fields.List(
        Id(),
        load_default=None,
        allow_none=True,
        validate=validate.Length(1, 1000),
        metadata={"description": "Left out: all of them."},
    )
