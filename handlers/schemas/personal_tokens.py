"""Inputs about personal access tokens."""

from marshmallow import Schema, ValidationError, fields, validate

from handlers.schemas.accounts import Code
from handlers.schemas.fields import Id, Text, Whole
from handlers.schemas.passwords import PresentPassword
from storage.scopes import Scope

NAME_MAX = 50
DAYS_MAX = 366
SCOPES = [scope.value for scope in Scope]


class Scopes(fields.List[str]):
    """Scopes, each once."""

    def __init__(self) -> None:
        super().__init__(
            fields.String(validate=validate.OneOf(SCOPES)),
            required=True,
            validate=[validate.Length(1, len(SCOPES)), _each_once],
            metadata={"description": "What the token may be used for.", "uniqueItems": True},
        )


def _each_once(scopes: list[str]) -> None:
    if len(set(scopes)) < len(scopes):
        raise ValidationError("Each scope once.")


class CreateToken(Schema):
    """A new token, and the password and the code that show that it is one's own account."""

    name = Text(1, NAME_MAX, required=True, metadata={"description": "What it is for."})
    scopes = Scopes()
    expires_in_days = Whole(
        1,
        DAYS_MAX,
        load_default=None,
        allow_none=True,
        metadata={"description": "null: it is good until it is revoked."},
    )
    bot_id = Id(
        load_default=None,
        allow_none=True,
        metadata={"description": "A bot of mine that it is to act as; null: it acts as me."},
    )
    password = PresentPassword()
    code = Code(load_default=None, allow_none=True)
