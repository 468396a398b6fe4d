from marshmallow import Schema, fields, validate

from handlers.schemas.common import CLIENT_ID, Paged
from handlers.schemas.fields import Flag, Id, Text
from storage.messaging.groups import PARTICIPANTS_MAX

CONTENT_MAX = 4000  # characters


class CreateConversation(Schema):
    participants = fields.List(
        Id(),
        required=True,
        validate=validate.Length(1, PARTICIPANTS_MAX),
        metadata={"description": "The other users: one for a direct conversation."},
    )
    title = Text(1, 100, load_default=None, allow_none=True)


class InConversation(Schema):
    conversation_id = Id(required=True)


class ListMessages(Paged):
    conversation_id = Id(required=True)


class UpdateConversation(Schema):
    """What is left out stays as it is."""

    conversation_id = Id(required=True)
    title = Text(1, 100)
    add = fields.List(Id(), validate=validate.Length(1, PARTICIPANTS_MAX))
    leave = Flag(metadata={"description": "true: I leave the group."})


class InMessage(Schema):
    id = Id(required=True)
    conversation_id = Id(metadata={"description": "Where the path names it, it must be right."})


class UpdateMessage(InMessage):
    content = Text(1, CONTENT_MAX, required=True)


class SendMessage(Schema):
    conversation_id = Id(required=True)
    content = Text(1, CONTENT_MAX, required=True)
    client_id = CLIENT_ID


class ReadConversation(Schema):
    conversation_id = Id(required=True)
    up_to = Id(required=True, metadata={"description": "The id of the last message read."})
