"""Opaque cursors, and pages cut from rows that carry what they are ordered by."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import orjson

from storage.errors import BadCursor
from storage.records import Page

T = TypeVar("T")
R = TypeVar("R")

NEWEST = 2**63 - 1  # above every id: where a walk from the newest begins


def encode(*parts: int | str) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(parts)).decode().rstrip("=")


def decode(cursor: str, *shape: type) -> list[int] | list[str] | list[int | str]:
    """The parts of a cursor that encode made; BadCursor unless they are of these types."""
    parts = _parts(cursor)
    if [type(part) for part in parts] != list(shape):
        raise BadCursor
    return parts


def decode_ranked(cursor: str, kind: str) -> list[int]:
    """The ids in a cursor of a kind that encode made: what a list ranked once has still to show."""
    parts = _parts(cursor)
    if not parts or parts[0] != kind or any(type(part) is not int for part in parts[1:]):
        raise BadCursor
    return parts[1:]


def _parts(cursor: str) -> list[Any]:
    try:
        parts = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError) as error:
        raise BadCursor from error
    if not isinstance(parts, list):
        raise BadCursor
    if any(isinstance(part, int) and abs(part) > NEWEST for part in parts):
        raise BadCursor
    return parts


def after(cursor: str | None, start: int = NEWEST) -> int:
    """The id that a list ordered by id goes on from."""
    if cursor is None:
        return start
    (rank,) = decode(cursor, int)
    return int(rank)


def cut(rows: Sequence[R], limit: int, item: Callable[[R], T], rank: Callable[[R], int]) -> Page[T]:
    """A page of `limit` out of rows that were asked for with limit + 1."""
    more = len(rows) > limit
    rows = rows[:limit]
    return Page([item(row) for row in rows], encode(rank(rows[-1])) if more else None)
