"""Inputs about accounts and sessions."""

import re

from marshmallow import Schema, fields, validate

from handlers.schemas.fields import Flag, Prose, Text
from handlers.text.limits import DISPLAY_NAME

USERNAME = validate.Regexp(
    r"^[A-Za-z0-9_]{3,30}\Z", error="3 to 30 letters a to z, digits and underscores."
)

# What a deleted account is called (storage/accounts/deactivation.py).
RESERVED = validate.Regexp(
    r"^(?!deleted_[0-9]+\Z)", re.IGNORECASE, error="This username is kept for deleted accounts."
)


class Register(Schema):
    """A new account."""

    username = fields.String(required=True, validate=[USERNAME, RESERVED])
    email = fields.Email(required=True, validate=validate.Length(3, 254))
    password = Text(8, 128, required=True)
    display_name = Prose(DISPLAY_NAME, minimum=0, load_default="")


class OpenSession(Schema):
    """A login."""

    username = Text(1, 254, required=True, metadata={"description": "Or the e-mail address."})
    password = Text(1, 128, required=True)


class RefreshToken(Schema):
    """A refresh token."""

    refresh = fields.String(required=True, validate=validate.Length(1, 4000))


class Configure(Schema):
    """Settings of one's account; what is left out stays."""

    digest_mails = Flag(
        load_default=None,
        metadata={"description": "Whether to mail me of new followers and unread notifications."},
    )


class DeleteAccount(Schema):
    """The password that confirms a deletion."""

    password = Text(1, 128, required=True)
