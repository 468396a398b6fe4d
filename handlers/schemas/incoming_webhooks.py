"""Inputs about incoming webhooks."""

from marshmallow import EXCLUDE, Schema, fields, validate

from handlers.schemas.fields import Id, Prose
from handlers.text.limits import MESSAGE, TITLE

TOKEN_MAX = 200


class CreateIncomingWebhook(Schema):
    """What a URL is to be for."""

    name = Prose(TITLE, required=True, metadata={"example": "Build server"})
    conversation_id = Id(
        load_default=None,
        allow_none=True,
        metadata={"description": "Where it writes; none: it posts."},
    )


class Incoming(Schema):
    """What a program of somebody else's says, as it would to Slack: what else it sends is left."""

    class Meta:
        """Takes fields that it does not know."""

        unknown = EXCLUDE

    token = fields.String(required=True, validate=validate.Length(1, TOKEN_MAX))
    text = Prose(MESSAGE, required=True, metadata={"example": "Build 17 is green"})
