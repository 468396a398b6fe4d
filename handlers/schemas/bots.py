"""Inputs about bots."""

from marshmallow import Schema, fields

from handlers.schemas.accounts import RESERVED, USERNAME, DeleteAccount
from handlers.schemas.fields import Id, Prose
from handlers.text.limits import DISPLAY_NAME


class CreateBot(Schema):
    """A new bot."""

    username = fields.String(required=True, validate=[USERNAME, RESERVED])
    display_name = Prose(DISPLAY_NAME, minimum=0, load_default="")


class DeleteBot(DeleteAccount):
    """Which bot, and the owner's password, which confirms it."""

    id = Id(required=True)
