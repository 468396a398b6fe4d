"""Inputs about a second factor."""

from marshmallow import Schema

from handlers.schemas.accounts import Code
from handlers.schemas.passwords import PresentPassword


class WithPassword(Schema):
    """The password that shows that it is one's own account."""

    password = PresentPassword()


class ConfirmSecondFactor(Schema):
    """A code that shows that the program has the secret."""

    code = Code(required=True)


class PasswordAndCode(WithPassword):
    """The password, and a code."""

    code = Code(required=True)
