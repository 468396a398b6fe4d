"""Signatures of webhooks, by https://www.standardwebhooks.com: symmetric, `v1`."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence

PREFIX = "whsec_"
SECRET_BYTES = 32  # of the 24 to 64 that there may be


def new_secret() -> bytes:
    """Return a secret for one webhook."""
    return secrets.token_bytes(SECRET_BYTES)


def spell(secret: bytes) -> str:
    """Return a secret as a receiver is given it."""
    return PREFIX + base64.b64encode(secret).decode()


def headers(keys: Sequence[bytes], message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return what a receiver verifies a body by, whichever of these secrets it has.

    Args:
        keys: The secret and, while it is still good, the one before.
        message_id: The same at each attempt; no full stop is in it.
        timestamp: Of the attempt, in seconds of the Unix epoch.
        body: The bytes that are sent.
    """
    signed = f"{message_id}.{timestamp}.".encode() + body
    signatures = (hmac.digest(key, signed, hashlib.sha256) for key in keys)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{base64.b64encode(one).decode()}" for one in signatures),
    }
