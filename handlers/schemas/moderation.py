"""Inputs of reports and of what admins do."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from handlers.schemas.fields import Flag, Id, Prose, Text
from handlers.schemas.paging import Paged
from handlers.text.limits import REASON

SUBJECTS = ("user_id", "post_id", "message_id")


class FileReport(Schema):
    """About exactly one of a user, a post and a message."""

    user_id = Id()
    post_id = Id()
    message_id = Id()
    reason = Prose(REASON, required=True)

    @validates_schema
    def about_one(self, data: dict[str, Any], **_: Any) -> None:
        """Raise ValidationError unless exactly one subject is named."""
        if sum(name in data for name in SUBJECTS) != 1:
            raise ValidationError("Name exactly one of user_id, post_id and message_id.", "post_id")


class ListAccounts(Paged):
    """Filters over all accounts."""

    search = Text(1, 100, load_default=None)
    suspended = Flag(load_default=None, allow_none=True)


class ActOnUser(Schema):
    """A user, and why an admin acts on them."""

    id = Id(required=True)
    reason = Prose(REASON, load_default=None, allow_none=True)


class ListReports(Paged):
    """A filter over all reports."""

    status = fields.String(
        load_default=None, validate=validate.OneOf(["open", "resolved", "dismissed"])
    )


class CloseReport(Schema):
    """A report, and how it is settled."""

    id = Id(required=True)
    status = fields.String(required=True, validate=validate.OneOf(["resolved", "dismissed"]))
