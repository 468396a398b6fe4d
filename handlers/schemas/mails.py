"""Inputs of what mailed links lead to."""

from marshmallow import Schema

from handlers.schemas.fields import MAIL_TOKEN


class VerifyEmail(Schema):
    """The token that confirms an address."""

    token = MAIL_TOKEN


class Unsubscribe(Schema):
    """The token that opts out of mails."""

    token = MAIL_TOKEN
