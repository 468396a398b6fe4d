"""Inputs about groups: who is what in them, and how one comes into them."""

from typing import get_args

from marshmallow import Schema, fields, validate

from handlers.schemas.fields import Flag, Id, Prose, Whole
from handlers.schemas.messages import InConversation
from handlers.schemas.paging import Paged
from handlers.text.limits import TITLE
from storage.messaging.group_entry import PARTICIPANTS_MAX
from storage.messaging.group_roles import Role

YEAR = 366 * 24 * 3600


class InGroup(InConversation):
    """Somebody in a group, or who was in it, or wants to."""

    user_id = Id(required=True)


class SetRole(InGroup):
    """Somebody in a group, and what they are to be in it."""

    role = fields.String(
        required=True,
        validate=validate.OneOf(get_args(Role)),
        metadata={"description": "owner: it is handed over, and I become an admin."},
    )


class ListInGroup(Paged):
    """A page of a list that belongs to a group."""

    conversation_id = Id(required=True)


class CreateLink(InConversation):
    """What a link into a group is to be."""

    name = Prose(TITLE, minimum=0, load_default="")
    needs_approval = Flag(
        load_default=False,
        metadata={"description": "true: who comes by it waits until an admin lets them in."},
    )
    max_uses = Whole(
        1,
        100 * PARTICIPANTS_MAX,
        load_default=None,
        allow_none=True,
        metadata={"description": "How many may join by it; none: any number."},
    )
    expires_in = Whole(
        60,
        YEAR,
        load_default=None,
        allow_none=True,
        metadata={"description": "In how many seconds it ends; none: never."},
    )


class InLink(InConversation):
    """The link that is meant."""

    id = Id(required=True)


class ByLink(Schema):
    """The token of a link into a group."""

    token = fields.String(required=True, validate=validate.Length(1, 200))
