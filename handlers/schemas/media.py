"""Inputs about pictures."""

from typing import Any

from marshmallow import Schema, ValidationError

from handlers.media.purposes import POST
from handlers.schemas.fields import File, Id, Ids, Prose
from handlers.text.limits import ALT
from storage.media.pictures import PICTURES_MAX


class MediaIds(Ids):
    """Pictures that were sent before, each once, in the order in which they are to be shown."""

    def __init__(self, minimum: int = 0, **kwargs: Any) -> None:
        description = (
            f"Up to {PICTURES_MAX} pictures of mine that no other post or message shows, from "
            "`media.upload`, each once, in their order."
        )
        super().__init__(minimum, PICTURES_MAX, metadata={"description": description}, **kwargs)
        self.validators.append(_each_once)


def _each_once(ids: list[int]) -> None:
    if len(set(ids)) < len(ids):
        raise ValidationError("Each picture can be there once.")


class UploadMedia(Schema):
    """A picture, and what it shows."""

    file = File(POST, required=True)
    alt = Prose(ALT, minimum=0, load_default="")


class UpdateMedia(Schema):
    """A picture, and what it shows."""

    id = Id(required=True)
    alt = Prose(ALT, minimum=0, required=True)
