"""What a client is told when something goes wrong: one table, for REST answers and command acks."""

import logging
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from storage import errors as storage

logger = logging.getLogger(__name__)


class OperationError(Exception):
    """Base of what handlers raise on purpose; the message is for the client to read."""


class Invalid(OperationError):
    """The input is well formed but not acceptable; errors maps each field to its complaints."""

    def __init__(self, errors: dict[str, list[str]]) -> None:
        super().__init__("The input is not valid.")
        self.errors = errors


class Malformed(OperationError):
    """Not even JSON."""


class Unauthorized(OperationError):
    """No token, or not a good one."""


class Forbidden(OperationError):
    """A good token, but not for this."""


class NotFound(OperationError):
    """No such path or command."""


class MethodNotAllowed(OperationError):
    """The path exists, but not for this method."""


class TooLarge(OperationError):
    """The body is over the limit."""


class UnsupportedMedia(OperationError):
    """A body of a type that is not read here."""


class Unprocessable(OperationError):
    """What is asked for contradicts itself."""


class TooMany(OperationError):
    """Over a rate limit, or too busy to take more of this; retry_after in seconds."""

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


STATUS: dict[type[Exception], HTTPStatus] = {
    Malformed: HTTPStatus.BAD_REQUEST,
    Unauthorized: HTTPStatus.UNAUTHORIZED,
    storage.SessionEnded: HTTPStatus.UNAUTHORIZED,
    Forbidden: HTTPStatus.FORBIDDEN,
    storage.Forbidden: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    storage.NotFound: HTTPStatus.NOT_FOUND,
    MethodNotAllowed: HTTPStatus.METHOD_NOT_ALLOWED,
    storage.Conflict: HTTPStatus.CONFLICT,
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    UnsupportedMedia: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    Unprocessable: HTTPStatus.UNPROCESSABLE_ENTITY,
    storage.BadCursor: HTTPStatus.UNPROCESSABLE_ENTITY,
    storage.KeyReused: HTTPStatus.UNPROCESSABLE_ENTITY,
    TooMany: HTTPStatus.TOO_MANY_REQUESTS,
    storage.Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}

RETRY_SECONDS = 2  # what a client is told to wait while PostgreSQL is away


@dataclass(frozen=True, slots=True)
class Problem:
    """RFC 9457. retry_after, in seconds, is for the Retry-After header of 429 and 503."""

    status: int
    title: str
    detail: str
    errors: dict[str, list[str]] | None = None
    retry_after: int | None = None

    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "type": "about:blank",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        }
        if self.errors is not None:
            body["errors"] = self.errors
        return body


def status(error: Exception) -> HTTPStatus:
    return STATUS.get(type(error), HTTPStatus.INTERNAL_SERVER_ERROR)


def problem(error: Exception) -> Problem:
    """What to tell about an error. One that is nobody's purpose is logged, and told as a 500."""
    found = status(error)
    if found is HTTPStatus.INTERNAL_SERVER_ERROR:
        logger.error("unexpected error", exc_info=error)
        return Problem(found.value, found.phrase, "Something went wrong on our side.")
    return Problem(
        found.value, found.phrase, str(error), errors=_fields(error), retry_after=_retry(error)
    )


def _fields(error: Exception) -> dict[str, list[str]] | None:
    if isinstance(error, Invalid):
        return error.errors
    if isinstance(error, storage.Conflict):
        return {error.field: [str(error)]}
    if isinstance(error, storage.BadCursor):
        return {"cursor": [str(error)]}
    if isinstance(error, storage.KeyReused):
        return {"client_id": [str(error)]}
    return {} if isinstance(error, Unprocessable) else None


def _retry(error: Exception) -> int | None:
    if isinstance(error, TooMany):
        return error.retry_after
    return RETRY_SECONDS if isinstance(error, storage.Unavailable) else None
