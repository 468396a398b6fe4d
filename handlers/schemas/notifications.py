from marshmallow import Schema, fields, validate

from handlers.schemas.common import Paged
from handlers.schemas.fields import Flag, Id


class ListNotifications(Paged):
    unread = Flag(
        load_default=False, metadata={"description": "Only those not yet marked as read."}
    )


class ReadNotifications(Schema):
    ids = fields.List(
        Id(),
        load_default=None,
        allow_none=True,
        validate=validate.Length(1, 1000),
        metadata={"description": "Left out: all of them."},
    )
