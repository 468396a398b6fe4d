"""Inputs about passwords."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, pre_load, validate

from handlers.schemas.fields import MAIL_TOKEN, Text
from handlers.security.common_passwords import is_common
from handlers.security.password_text import UnusablePassword, prepare

PASSWORD_MIN = 8
PASSWORD_MAX = 128
EXAMPLE = {"example": "correct horse"}
OWN_NAME = "This is a name of the account, so it is tried first."
TYPED_MAX = 4 * PASSWORD_MAX  # of what is typed: NFC makes at most four characters into one


class PresentPassword(Text):
    """A password to be checked, as it was typed: it may be older than today's rules."""

    def __init__(self) -> None:
        super().__init__(1, TYPED_MAX, required=True, metadata=EXAMPLE)


class NewPassword(Text):
    """A password to be set, in the form that is hashed: its length is that form's."""

    def __init__(self) -> None:
        super().__init__(PASSWORD_MIN, PASSWORD_MAX, required=True, metadata=EXAMPLE)

    def _deserialize(self, *args: Any, **kwargs: Any) -> str:
        typed = super()._deserialize(*args, **kwargs)
        if len(typed) > TYPED_MAX:
            return typed  # which is too long in any form
        try:
            password = prepare(typed)
        except UnusablePassword as error:
            raise ValidationError(str(error)) from error
        if is_common(password):
            raise ValidationError("Many people have this password, so it is tried first.")
        return password


class ChangePassword(Schema):
    """The present password and the new one; `old_password` is read as current_password."""

    current_password = PresentPassword()
    new_password = NewPassword()

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
    password = NewPassword()
