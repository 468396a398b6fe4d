"""Idempotency keys of writes: a client's name for a write, and a hash of what it sent."""

import hashlib
from collections.abc import Mapping
from typing import Any, Literal

import orjson

from storage.idempotency import Key


def idempotency_key(
    user_id: int,
    scope: Literal["post", "message"],
    client_id: str | None,
    body: Mapping[str, Any],
) -> Key | None:
    """Return the key of a write, None where the client gave none.

    Equal bodies hash alike, whatever the order of fields.
    """
    if client_id is None:
        return None
    canonical = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    return Key(user_id, scope, client_id, hashlib.sha256(canonical).digest())
