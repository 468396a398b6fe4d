"""Inputs about polls."""

from datetime import timedelta
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate

from handlers.schemas.fields import Flag, Id, Prose, Whole
from handlers.text.limits import POLL_OPTION
from storage.posts.polls import OPTIONS_MAX, OPTIONS_MIN, PollDraft

SHORTEST, LONGEST = timedelta(minutes=5), timedelta(days=30)


class Options(fields.List[str]):
    """What can be chosen: each is another, spaces at the ends and capitals apart."""

    def __init__(self) -> None:
        self._length = validate.Length(OPTIONS_MIN, OPTIONS_MAX)
        super().__init__(Prose(POLL_OPTION), required=True, validate=self._length)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> list[Any]:
        if isinstance(value, list):
            self._length(value)
        titles: list[Any] = super()._deserialize(value, *args, **kwargs)
        if len({title.strip().casefold() for title in titles}) < len(titles):
            raise ValidationError("Each option can be there once.")
        return titles


class CreatePoll(Schema):
    """What a post asks."""

    options = Options()
    expires_in = Whole(
        int(SHORTEST.total_seconds()),
        int(LONGEST.total_seconds()),
        required=True,
        metadata={"description": "In how many seconds it ends."},
    )
    multiple = Flag(load_default=False, metadata={"description": "true: one may choose several."})
    hide_totals = Flag(
        load_default=False,
        metadata={"description": "true: until it ends nobody is told how many chose which."},
    )

    @post_load
    def _draft(self, data: dict[str, Any], **_: Any) -> PollDraft:
        return PollDraft(
            data["options"],
            data["multiple"],
            data["hide_totals"],
            timedelta(seconds=data["expires_in"]),
        )


class Choices(fields.List[int]):
    """Places of options, from 0 on, ascending and each once."""

    def __init__(self) -> None:
        self._length = validate.Length(1, OPTIONS_MAX)
        super().__init__(
            Whole(0, OPTIONS_MAX - 1),
            required=True,
            validate=self._length,
            metadata={"description": "What I choose: places in `options`, from 0 on."},
        )

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> list[Any]:
        if isinstance(value, list):
            self._length(value)
        return sorted(set(super()._deserialize(value, *args, **kwargs)))


class Vote(Schema):
    """A vote in the poll of a post."""

    id = Id(required=True, metadata={"description": "Of the post."})
    choices = Choices()
