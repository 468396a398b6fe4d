"""Opaque cursors, and pages cut from rows that carry what they are ordered by."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import orjson

from storage.errors import BadCursor
from storage.records import Page

MAX_ID = 2**63 - 1  # above every id: where a walk from the newest begins


class Identified(Protocol):
    """A record with an id."""

    @property
    def id(self) -> int:
        """Return the id."""


T = TypeVar("T")
HasId = TypeVar("HasId", bound=Identified)


@dataclass(frozen=True, slots=True)
class Ranked(Generic[T]):
    """An item of a list that is ordered by something else than the item's id."""

    rank: int
    item: T


def encode(*parts: int | str) -> str:
    """Return a cursor that carries these parts, in URL-safe base64."""
    return base64.urlsafe_b64encode(orjson.dumps(parts)).decode().rstrip("=")


def decode(cursor: str, *shape: type) -> list[int] | list[str] | list[int | str]:
    """Return the parts of a cursor that encode made; BadCursor unless they are of these types."""
    parts = _parts(cursor)
    if [type(part) for part in parts] != list(shape):
        raise BadCursor
    return parts


def decode_ranked(cursor: str, kind: str) -> list[int]:
    """Return the ids in a cursor of a kind: what a list that was ranked once has still to show.

    BadCursor for a cursor of another kind, or one that encode did not make.
    """
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
    if any(isinstance(part, int) and abs(part) > MAX_ID for part in parts):
        raise BadCursor
    return parts


def after(cursor: str | None, start: int = MAX_ID) -> int:
    """Return the id or rank that a list goes on from: `start` without a cursor."""
    if cursor is None:
        return start
    (rank,) = decode(cursor, int)
    return int(rank)


def page_by_id(rows: Sequence[HasId], limit: int) -> Page[HasId]:
    """Return a page of `limit` out of rows that were asked for with limit + 1, ordered by id."""
    more = len(rows) > limit
    return Page(list(rows[:limit]), encode(rows[limit - 1].id) if more else None)


def after_tie(cursor: str | None) -> tuple[int, int]:
    """Return the rank and the id that a list goes on from whose ranks may be equal."""
    rank, id = decode(cursor, int, int) if cursor else (MAX_ID, MAX_ID)
    return int(rank), int(id)


def page_by_rank_and_id(rows: Sequence[Ranked[HasId]], limit: int) -> Page[HasId]:
    """Return a page of `limit` out of rows that were asked for with limit + 1, by rank, then id."""
    more = len(rows) > limit
    following = encode(rows[limit - 1].rank, rows[limit - 1].item.id) if more else None
    return Page([row.item for row in rows[:limit]], following)


def page_by_rank(rows: Sequence[Ranked[T]], limit: int) -> Page[T]:
    """Return a page of `limit` out of rows that were asked for with limit + 1, ordered by rank."""
    more = len(rows) > limit
    return Page([row.item for row in rows[:limit]], encode(rows[limit - 1].rank) if more else None)
