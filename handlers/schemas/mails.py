"""Inputs of what mailed links lead to."""

from marshmallow import Schema

from handlers.schemas.fields import MAIL_TOKEN, NewAddress
from handlers.schemas.passwords import PresentPassword


class VerifyEmail(Schema):
    """The token that confirms an address."""

    token = MAIL_TOKEN


class ChangeEmail(Schema):
    """A new address, and the password that shows that it is one's own account."""

    email = NewAddress()
    password = PresentPassword()


class ConfirmEmail(Schema):
    """The token that makes a new address the account's."""

    token = MAIL_TOKEN


class Unsubscribe(Schema):
    """The token that opts out of mails."""

    token = MAIL_TOKEN
