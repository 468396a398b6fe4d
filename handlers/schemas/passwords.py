"""Inputs about passwords."""

from typing import Any

from marshmallow import Schema, fields, pre_load, validate

from handlers.schemas.fields import MAIL_TOKEN, Text


class ChangePassword(Schema):
    """The present password and the new one; `old_password` is read as current_password."""

    current_password = Text(1, 128, required=True)
    new_password = Text(8, 128, required=True)

    @pre_load
    def accept_the_other_name(self, data: Any, **_: Any) -> Any:
        """Return the input with old_password under the name that it has here."""
        if "old_password" in data and "current_password" not in data:
            data = dict(data)
            data["current_password"] = data.pop("old_password")
        return data


class AskForReset(Schema):
    """The address that a link to set a new password is mailed to."""

    email = fields.Email(required=True, validate=validate.Length(3, 254))


class ResetPassword(Schema):
    """A mailed token, and the new password."""

    token = MAIL_TOKEN
    password = Text(8, 128, required=True)
