"""Inputs about muted words."""

from datetime import timedelta
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from handlers.schemas.fields import Id, Prose, Whole
from handlers.text.limits import MUTED_WORD
from storage.search_index.words import words

CONTEXTS = ("feed", "notifications", "threads", "public")
YEAR = int(timedelta(days=365).total_seconds())


class Word(Prose):
    """Words that can be found in a text: letters, digits or emoji of any script."""

    def _deserialize(self, *args: Any, **kwargs: Any) -> str:
        text = super()._deserialize(*args, **kwargs).strip()
        if not words(text):
            raise ValidationError("There is no word in this.")
        return text


class Contexts(fields.List[str]):
    """Where it is muted: each once, in one order."""

    def __init__(self, **kwargs: Any) -> None:
        self._length = validate.Length(1, len(CONTEXTS))
        description = (
            "`feed`: my feed; `notifications`; `threads`: replies in conversations; `public`: "
            "lists, searches and streams of everybody's posts."
        )
        super().__init__(
            fields.String(validate=validate.OneOf(CONTEXTS)),
            validate=self._length,
            metadata={"description": description},
            **kwargs,
        )

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> list[Any]:
        if isinstance(value, list):
            self._length(value)
        chosen = super()._deserialize(value, *args, **kwargs)
        return [context for context in CONTEXTS if context in chosen]


def _action(**kwargs: Any) -> fields.String:
    return fields.String(
        validate=validate.OneOf(["warn", "hide"]),
        metadata={
            "description": "`warn`: what has it is shown to who asks for it; `hide`: not at all, "
            "and no notification is made of it."
        },
        **kwargs,
    )


def _expires_in(**kwargs: Any) -> Whole:
    about = {"description": "In how many seconds it is over; none: never."}
    return Whole(60, YEAR, allow_none=True, metadata=about, **kwargs)


class AddMutedWord(Schema):
    """A word, phrase or hashtag to mute."""

    text = Word(MUTED_WORD, required=True)
    contexts = Contexts(load_default=lambda: list(CONTEXTS))
    action = _action(load_default="warn")
    expires_in = _expires_in(load_default=None)


class UpdateMutedWord(Schema):
    """Changes to a muted word; what is left out stays as it is."""

    id = Id(required=True)
    contexts = Contexts()
    action = _action()
    expires_in = _expires_in()
