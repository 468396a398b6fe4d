"""Inputs about notifications."""

from marshmallow import Schema

from handlers.schemas.fields import Flag, Ids
from handlers.schemas.paging import Paged


class ListNotifications(Paged):
    """A filter over one's notifications."""

    unread = Flag(
        load_default=False, metadata={"description": "Only those not yet marked as read."}
    )


class ReadNotifications(Schema):
    """Which notifications have been read."""

    ids = Ids(
        1,
        1000,
        load_default=None,
        allow_none=True,
        metadata={"description": "Left out: all of them."},
    )
