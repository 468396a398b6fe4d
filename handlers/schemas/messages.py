"""Inputs about conversations and messages."""

from marshmallow import Schema

from handlers.schemas.fields import CLIENT_ID, Flag, Id, Ids, Prose
from handlers.schemas.paging import Paged
from handlers.text.limits import MESSAGE, TITLE
from storage.messaging.groups import PARTICIPANTS_MAX


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
    add = Ids(1, PARTICIPANTS_MAX)
    leave = Flag(metadata={"description": "true: I leave the group."})


class InMessage(Schema):
    """The message that is meant."""

    id = Id(required=True)
    conversation_id = Id(metadata={"description": "Where the path names it, it must be right."})


class UpdateMessage(InMessage):
    """A message, and its new content."""

    content = Prose(MESSAGE, required=True)


class SendMessage(Schema):
    """A new message."""

    conversation_id = Id(required=True)
    content = Prose(MESSAGE, required=True)
    client_id = CLIENT_ID


class ReadConversation(Schema):
    """How far a conversation has been read."""

    conversation_id = Id(required=True)
    up_to = Id(required=True, metadata={"description": "The id of the last message read."})
