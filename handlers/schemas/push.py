"""Inputs about Web Push."""

from collections.abc import Callable
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from marshmallow import Schema, ValidationError, fields, validate

from handlers.schemas.fields import Text
from handlers.security import vapid

ENDPOINT_MAX = 2_000
KEY_MAX = 100


class Endpoint(Text):
    """The URL of a push service: https, or http on this very machine."""

    def __init__(self) -> None:
        description = "`endpoint` of the browser's PushSubscription."
        super().__init__(
            1, ENDPOINT_MAX, required=True, metadata={"description": description, "format": "uri"}
        )

    def _deserialize(self, *args: Any, **kwargs: Any) -> str:
        text = super()._deserialize(*args, **kwargs)
        try:
            parts = urlsplit(text)
            secure = parts.scheme == "https" or (
                parts.scheme == "http" and ip_address(parts.hostname or "").is_loopback
            )
            usable = bool(secure and parts.hostname and parts.port != 0 and text.isascii())
        except ValueError:
            usable = False
        if not usable:
            raise ValidationError("Not an https URL.")
        return text


class Key(fields.String):
    """A key in base64url, as `PushSubscription.toJSON()` gives it in its `keys`."""

    def __init__(self, check: Callable[[str], None], name: str) -> None:
        self._check = check
        description = f"`keys.{name}` of the browser's PushSubscription."
        super().__init__(
            required=True,
            validate=validate.Length(1, KEY_MAX),
            metadata={"description": description},
        )

    def _deserialize(self, *args: Any, **kwargs: Any) -> str:
        text = super()._deserialize(*args, **kwargs) or ""
        try:
            self._check(text)
        except ValueError as error:
            raise ValidationError("Not a key of a PushSubscription.") from error
        return text


class Subscribe(Schema):
    """Where the browser of this session receives Web Push."""

    endpoint = Endpoint()
    p256dh = Key(vapid.check_p256dh, "p256dh")
    auth = Key(vapid.check_auth, "auth")
