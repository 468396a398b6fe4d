"""Inputs about accounts and sessions."""

import re
from typing import Any, get_args

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from handlers.schemas.fields import Flag, NewAddress, Prose, Text
from handlers.schemas.passwords import OWN_NAME, NewPassword, PresentPassword
from handlers.security.common_passwords import is_own_name
from handlers.text.limits import DISPLAY_NAME
from storage.accounts.accounts import WhoMayAddMe, WhoMayQuoteMe, WhoMayWriteToMe

USERNAME = validate.Regexp(
    r"^[A-Za-z0-9_]{3,30}\Z", error="3 to 30 letters a to z, digits and underscores."
)

# What a deleted account is called (storage/accounts/deactivation.py).
RESERVED = validate.Regexp(
    r"^(?!deleted_[0-9]+\Z)", re.IGNORECASE, error="This username is kept for deleted accounts."
)

CODE_MAX = 40  # characters of a code; recovery codes have 19
REFRESH_MAX = 4000  # characters of a refresh token; those of ours have some 300


class Register(Schema):
    """A new account."""

    username = fields.String(required=True, validate=[USERNAME, RESERVED])
    email = NewAddress()
    password = NewPassword()
    display_name = Prose(DISPLAY_NAME, minimum=0, load_default="")

    @validates_schema
    def refuse_own_name(self, data: dict[str, Any], **_: Any) -> None:
        """Raise ValidationError for a password that is a name of the account."""
        if is_own_name(data["password"], data["username"], data["email"]):
            raise ValidationError(OWN_NAME, "password")


class Rename(Schema):
    """A new username."""

    username = fields.String(required=True, validate=[USERNAME, RESERVED])


class _Cookie(Flag):
    def __init__(self) -> None:
        text = (
            "Keep the refresh token in a cookie that scripts cannot read; `refresh` is null then."
        )
        super().__init__(load_default=False, metadata={"description": text})


class Code(Text):
    """A code of a second factor."""

    def __init__(self, **kwargs: Any) -> None:
        text = "Out of the user's program, or a recovery code."
        super().__init__(1, CODE_MAX, metadata={"description": text, "example": "123456"}, **kwargs)


class OpenSession(Schema):
    """A login."""

    username = Text(1, 254, required=True, metadata={"description": "Or the e-mail address."})
    password = PresentPassword()
    code = Code(load_default=None, allow_none=True)
    cookie = _Cookie()


class RefreshToken(Schema):
    """A refresh token."""

    refresh = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(1, REFRESH_MAX),
        metadata={"description": "That of the cookie where it is left out."},
    )


class RotateSession(RefreshToken):
    """A refresh token, and where the next one goes; that of a cookie goes to the cookie."""

    cookie = _Cookie()


class Configure(Schema):
    """Settings of one's account; what is left out stays."""

    digest_mails = Flag(
        load_default=None,
        metadata={"description": "Whether to mail me of new followers and unread notifications."},
    )
    who_may_add_me = fields.String(
        load_default=None,
        validate=validate.OneOf(get_args(WhoMayAddMe)),
        metadata={
            "description": "Who puts me into groups at once, followed being whom I follow; others "
            "invite me."
        },
    )
    who_may_write_to_me = fields.String(
        load_default=None,
        validate=validate.OneOf(get_args(WhoMayWriteToMe)),
        metadata={
            "description": "Who opens conversations with me. requests: everybody, but those of "
            "whom I do not follow wait among my requests; followed: whom I follow, others are "
            "refused."
        },
    )
    send_read_receipts = Flag(
        load_default=None,
        metadata={
            "description": "Whether others see how far I have read, and I how far they have."
        },
    )
    who_may_quote_me = fields.String(
        load_default=None,
        validate=validate.OneOf(get_args(WhoMayQuoteMe)),
        metadata={
            "description": "Who may quote my posts from now on, followers being who follows me; I "
            "always may. Quotes that are there stay: `post.revoke_quote` withdraws a post from one."
        },
    )


class DeleteAccount(Schema):
    """The password that confirms a deletion."""

    password = PresentPassword()
