"""Inputs about reactions to messages."""

from typing import Any

from marshmallow import ValidationError, fields

from handlers.schemas.messages import InMessage
from handlers.schemas.paging import Paged
from handlers.text.emoji import BYTES_MAX, spelled


class Emoji(fields.String):
    """One emoji; what has several spellings is taken in each, and kept in one."""

    def __init__(self, **kwargs: Any) -> None:
        metadata = {
            "description": "One emoji: a single grapheme (UTS #51).",
            "maxLength": BYTES_MAX,
            "example": "👍",
        }
        super().__init__(metadata=metadata, **kwargs)

    def _deserialize(self, *args: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(*args, **kwargs)
        if (found := spelled(text)) is None:
            raise ValidationError("This is not one emoji.")
        return found


class React(InMessage):
    """A reaction to a message."""

    emoji = Emoji(required=True)


class ListReactions(InMessage, Paged):
    """A page of who has reacted to a message."""

    emoji = Emoji(load_default=None, allow_none=True)
