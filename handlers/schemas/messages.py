"""Inputs about conversations and messages."""

from typing import get_args

from marshmallow import Schema, fields, validate

from handlers.schemas.fields import CLIENT_ID, Flag, Id, Ids, Prose
from handlers.schemas.media import MediaIds
from handlers.schemas.paging import Paged
from handlers.text.limits import MESSAGE, TITLE
from storage.messaging.group_entry import PARTICIPANTS_MAX
from storage.messaging.group_roles import WhoMay

# None are wanted where there is a picture.
WORDS = Prose(MESSAGE, minimum=0, load_default="", metadata={"example": "Hello"})
WHO_MAY = validate.OneOf(get_args(WhoMay))


class CreateConversation(Schema):
    """The participants of a new conversation; with a title it is a group."""

    participants = Ids(
        1,
        PARTICIPANTS_MAX,
        required=True,
        metadata={"description": "The other users: one for a direct conversation."},
    )
    title = Prose(TITLE, load_default=None, allow_none=True)


class InConversation(Schema):
    """The conversation that is meant."""

    conversation_id = Id(required=True)


class ListMessages(Paged):
    """A page of a conversation's messages."""

    conversation_id = Id(required=True)


class UpdateConversation(Schema):
    """Changes to a group; what is left out stays as it is."""

    conversation_id = Id(required=True)
    title = Prose(TITLE)
    add = Ids(
        1,
        PARTICIPANTS_MAX,
        metadata={"description": "Who has left the group before is invited instead."},
    )
    leave = Flag(metadata={"description": "true: I leave the group."})
    who_may_add = fields.String(validate=WHO_MAY)
    who_may_rename = fields.String(validate=WHO_MAY)
    who_may_pin = fields.String(validate=WHO_MAY)


class InMessage(Schema):
    """The message that is meant."""

    id = Id(required=True)
    conversation_id = Id(metadata={"description": "Where the path names it, it must be right."})


class UpdateMessage(InMessage):
    """Changes to a message; what is left out stays as it is."""

    content = Prose(MESSAGE, minimum=0, metadata={"example": "Hello"})
    media_ids = MediaIds()


class SendMessage(Schema):
    """A new message."""

    conversation_id = Id(required=True)
    content = WORDS
    media_ids = MediaIds(load_default=None)
    reply_to_id = Id(
        load_default=None,
        allow_none=True,
        metadata={"description": "The message that it answers, of the same conversation."},
    )
    client_id = CLIENT_ID


class ReadConversation(Schema):
    """How far a conversation has been read."""

    conversation_id = Id(required=True)
    up_to = Id(required=True, metadata={"description": "The id of the last message read."})
