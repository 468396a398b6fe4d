"""The fields that inputs are made of, and the inputs that have at most an id."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from handlers.media.purposes import (
    FILE_BYTES_MAX,
    FRAMES_MAX,
    KINDS,
    MOVING_PIXELS_MAX,
    PIXELS_MAX,
    Purpose,
)
from handlers.media.upload import Upload
from handlers.text.limits import Limit, is_blank
from storage.accounts.addresses import ADDRESS_MAX, SPACES_AROUND, UnusableAddress, canonical
from storage.media.keys import SUFFIX, THUMBNAIL_SUFFIX

ID_MAX = 2**53 - 1  # the highest integer that every JSON reader keeps
SEARCH_MAX = 200  # characters of what is searched for


class Whole(fields.Integer):
    """An integer, also where JSON writes it as 132.0: to JSON Schema that is one, too."""

    def __init__(self, least: int, most: int, **kwargs: Any) -> None:
        super().__init__(strict=True, validate=validate.Range(least, most), **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return super()._deserialize(value, *args, **kwargs)


class Id(Whole):
    """The id of a stored thing: an integer that JavaScript can hold."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(1, ID_MAX, **kwargs)


class Ids(fields.List[int]):
    """Ids, in a list that is not looked into when it is too long: that would take a while."""

    def __init__(self, minimum: int, maximum: int, **kwargs: Any) -> None:
        self.least, self.most = minimum, maximum
        self._length = validate.Length(minimum, maximum)
        super().__init__(Id(), validate=self._length, **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> list[Any]:
        if isinstance(value, list):
            self._length(value)
        return super()._deserialize(value, *args, **kwargs)


class Text(fields.String):
    """Text that PostgreSQL can store and a person can see."""

    def __init__(
        self, minimum: int, maximum: int | None, *, may_be_blank: bool = False, **kwargs: Any
    ) -> None:
        self._blank = may_be_blank or minimum == 0
        super().__init__(validate=validate.Length(minimum, maximum), **kwargs)

    def _deserialize(self, *args: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(*args, **kwargs)
        if "\x00" in text:
            raise ValidationError("NUL characters are not allowed.")
        if not text.isascii():
            _encodable(text)
        if not self._blank and text and is_blank(text):
            raise ValidationError("There is nothing to see in this.")
        return text


class Prose(Text):
    """What people write for people, which is as long as a reader sees it."""

    def __init__(self, limit: Limit, *, minimum: int = 1, **kwargs: Any) -> None:
        self.limit = limit
        # JSON Schema counts code points, of which there may be as many as bytes.
        metadata = {"description": limit.describe(), "maxLength": limit.bytes}
        super().__init__(minimum, None, metadata=metadata | kwargs.pop("metadata", {}), **kwargs)

    def _deserialize(self, *args: Any, **kwargs: Any) -> str:
        text = super()._deserialize(*args, **kwargs)
        if excess := self.limit.exceeded_by(text):
            raise ValidationError(excess)
        return text


def _encodable(text: str) -> None:
    """Raise for lone surrogates, which a header's bytes that are no UTF-8 are decoded to."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValidationError("This is not valid Unicode.") from error


class PresentAddress(fields.Email):
    """An e-mail address to look an account up by, without the spaces that phones put around it."""

    def __init__(self) -> None:
        super().__init__(required=True, validate=validate.Length(3, ADDRESS_MAX))

    def _deserialize(self, *args: Any, **kwargs: Any) -> str:
        return (super()._deserialize(*args, **kwargs) or "").strip(SPACES_AROUND)


class NewAddress(PresentAddress):
    """An e-mail address that mail can go to, in the form in which it is kept."""

    def _deserialize(self, *args: Any, **kwargs: Any) -> str:
        try:
            return canonical(super()._deserialize(*args, **kwargs))
        except UnusableAddress as error:
            raise ValidationError(str(error)) from error


class Flag(fields.Boolean):
    """true or false; not what may be taken for one, such as 0."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Cursor(fields.String):
    """Where a list goes on; None for its beginning.

    A feed's names every transaction that was open when its walk began, some ten characters each.
    """

    def __init__(self, maximum: int = 8000) -> None:
        super().__init__(
            load_default=None,
            validate=[
                validate.Length(1, maximum),
                validate.Regexp(r"^[A-Za-z0-9_-]+\Z", error="Not a cursor of this list."),
            ],
            metadata={"description": "Where to go on: out of the `next` of the page before."},
        )


class File(fields.Field[Upload]):
    """An image, which only a form can carry."""

    def __init__(self, purpose: Purpose, **kwargs: Any) -> None:
        size = f"{FILE_BYTES_MAX // 2**20} MiB and {PIXELS_MAX // 1_000_000} million pixels"
        frames = "its first frame"
        if purpose.moves:
            frames = (
                f"a GIF or WebP goes on moving, up to {FRAMES_MAX} frames and "
                f"{MOVING_PIXELS_MAX // 1_000_000} million pixels in all of them; of AVIF the first"
            )
        description = (
            f"{KINDS} ({frames}), or HEIC where the server has a decoder; up to {size}. "
            "One that would take more than 512 MiB to decode is refused: a WebP of more than 26 "
            "million pixels, say. Kept as WebP, "
            f"{purpose.describe()}. Its URL with `{THUMBNAIL_SUFFIX}` for `{SUFFIX}` is that of a "
            "small version."
        )
        super().__init__(allow_none=True, metadata={"description": description}, **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Upload:
        if not isinstance(value, Upload):
            raise ValidationError("Send this as a file, in multipart/form-data.")
        return value


class Website(Text):
    """An http or https URL, or nothing: what can be put behind a link without a thought."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(0, 200, **kwargs)

    def _deserialize(self, *args: Any, **kwargs: Any) -> str:
        text = super()._deserialize(*args, **kwargs)
        if text:
            _url(text)
        return text


_url = validate.URL(schemes={"http", "https"})

# What a client calls a write, so that a retry of it is known for one.
CLIENT_ID = Text(
    1,
    128,
    load_default=None,
    metadata={
        "description": "A name of the client's for this write: a retry with it within 24 hours "
        "answers the first result. The header Idempotency-Key does the same."
    },
)
# The secret that a mailed link ends in.
MAIL_TOKEN = fields.String(
    required=True,
    validate=validate.Length(1, 200),
    metadata={"description": "Out of the link in the mail."},
)


class Nothing(Schema):
    """No input."""


class ById(Schema):
    """The id of the one thing that is meant."""

    id = Id(required=True)
