"""Inputs about webhooks."""

import re
from typing import Any
from urllib.parse import urlsplit

from marshmallow import Schema, ValidationError, fields, validate

from handlers.schemas.fields import Flag, Id, Prose, Text
from handlers.schemas.paging import PagedById
from handlers.text.limits import TITLE
from storage.events.types import DURABLE

URL_MAX = 2_000
EVENTS = tuple(DURABLE)  # all that an account's own log has, and by it its own sockets
VISIBLE = re.compile(r"[!-\[\]-~]+\Z")  # ASCII but for spaces and \, which are read in several ways


class WebhookUrl(Text):
    """Where events are sent: https, or http where the operator allows that."""

    def __init__(self, **kwargs: Any) -> None:
        description = "An https URL on the public internet, without a user name and a password."
        super().__init__(
            1, URL_MAX, metadata={"description": description, "format": "uri"}, **kwargs
        )

    def _deserialize(self, *args: Any, **kwargs: Any) -> str:
        text = super()._deserialize(*args, **kwargs)
        try:
            parts = urlsplit(text)
            usable = bool(
                VISIBLE.match(text)
                and parts.scheme in ("https", "http")
                and parts.hostname
                and parts.port != 0
                and "@" not in parts.netloc
                and "#" not in text
            )
        except ValueError:
            usable = False
        if not usable:
            raise ValidationError("Not an https URL that events can be sent to.")
        return text


class Events(fields.List[str]):
    """Kinds of events, each once."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            fields.String(validate=validate.OneOf(EVENTS)),
            validate=validate.Length(1, len(EVENTS)),
            metadata={"description": "Which durable events of mine are sent."},
            **kwargs,
        )

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> list[str | None]:
        if isinstance(value, list) and len(value) > len(EVENTS):
            raise ValidationError(f"There are {len(EVENTS)} kinds of events.")
        return list(dict.fromkeys(super()._deserialize(value, *args, **kwargs)))


class CreateWebhook(Schema):
    """What a webhook is to be."""

    url = WebhookUrl(required=True)
    events = Events(required=True)
    name = Prose(TITLE, minimum=0, load_default="")


class UpdateWebhook(Schema):
    """Changes of a webhook; what is left out stays as it is."""

    id = Id(required=True)
    url = WebhookUrl()
    events = Events()
    name = Prose(TITLE, minimum=0)
    enabled = Flag(
        metadata={"description": "false: nothing is sent; true: what comes from now on."}
    )


class ListDeliveries(PagedById):
    """A page of what was sent to a webhook."""


class OneDelivery(Schema):
    """Something that was sent to a webhook."""

    id = Id(required=True)
    delivery_id = Id(required=True)
