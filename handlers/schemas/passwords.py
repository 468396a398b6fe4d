from typing import Any

from marshmallow import Schema, fields, pre_load, validate

from handlers.schemas.fields import Text
from handlers.schemas.mails import TOKEN


class ChangePassword(Schema):
    """`old_password` is read as current_password."""

    current_password = Text(1, 128, required=True)
    new_password = Text(8, 128, required=True)

    @pre_load
    def accept_the_other_name(self, data: Any, **_: Any) -> Any:
        if "old_password" in data and "current_password" not in data:
            data = dict(data)
            data["current_password"] = data.pop("old_password")
        return data


class AskForReset(Schema):
    email = fields.Email(required=True, validate=validate.Length(3, 254))


class ResetPassword(Schema):
    token = TOKEN
    password = Text(8, 128, required=True)
