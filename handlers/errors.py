"""What a client is answered when something goes wrong, over REST and in acks alike."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from handlers.error_codes import ErrorCode
from storage import errors as storage
from storage import tracing
from storage.scopes import Scope

logger = logging.getLogger(__name__)

RETRY_SECONDS = 2  # after which to try again while PostgreSQL is away


class OperationError(Exception):
    """What handlers raise on purpose; the detail is for a developer to read.

    errors maps fields of the input to what is wrong with each; retry_after is in seconds; scope is
    the one that a personal access token lacks.
    """

    def __init__(
        self,
        code: ErrorCode,
        detail: str,
        *,
        errors: dict[str, list[str]] | None = None,
        retry_after: int | None = None,
        scope: Scope | None = None,
    ) -> None:
        super().__init__(detail)
        self.scope = scope
        self.code = code
        self.errors = errors
        self.retry_after = retry_after


class InvalidInput(OperationError):
    """The input is well formed, but some of its fields are not acceptable."""

    def __init__(self, errors: dict[str, list[str]], code: ErrorCode = ErrorCode.INVALID) -> None:
        super().__init__(code, "The input is not valid.", errors=errors)


STORAGE_CODES: Final[Mapping[type[Exception], ErrorCode]] = {
    storage.NotFound: ErrorCode.NOT_FOUND,
    storage.UsernameTaken: ErrorCode.USERNAME_TAKEN,
    storage.EmailTaken: ErrorCode.EMAIL_TAKEN,
    storage.ConversationFull: ErrorCode.CONVERSATION_FULL,
    storage.TooManyLinks: ErrorCode.LINK_LIMIT,
    storage.TooManyWebhooks: ErrorCode.WEBHOOK_LIMIT,
    storage.WebhookDisabled: ErrorCode.WEBHOOK_DISABLED,
    storage.TooManyRequests: ErrorCode.REQUEST_LIMIT,
    storage.TooManyPictures: ErrorCode.MEDIA_LIMIT,
    storage.TooManyReactions: ErrorCode.REACTION_LIMIT,
    storage.TooManyPins: ErrorCode.PIN_LIMIT,
    storage.TooManyBots: ErrorCode.BOT_LIMIT,
    storage.TooManyTokens: ErrorCode.TOKEN_LIMIT,
    storage.ReportClosed: ErrorCode.REPORT_CLOSED,
    storage.TooManyMutedWords: ErrorCode.MUTED_WORD_LIMIT,
    storage.PollEnded: ErrorCode.POLL_ENDED,
    storage.AlreadyVoted: ErrorCode.ALREADY_VOTED,
    storage.UnusableChoices: ErrorCode.INVALID,
    storage.OwnPoll: ErrorCode.SELF_TARGET,
    storage.Blocked: ErrorCode.BLOCKED,
    storage.NotAuthor: ErrorCode.NOT_AUTHOR,
    storage.RoleRequired: ErrorCode.ROLE_REQUIRED,
    storage.Banned: ErrorCode.BANNED,
    storage.NotAccepted: ErrorCode.NOT_ACCEPTED,
    storage.NotQuotable: ErrorCode.NOT_QUOTABLE,
    storage.NotAGroup: ErrorCode.NOT_A_GROUP,
    storage.UnusablePictures: ErrorCode.INVALID,
    storage.UnusableReply: ErrorCode.INVALID,
    storage.NothingToSee: ErrorCode.INVALID,
    storage.KeyReused: ErrorCode.KEY_REUSED,
    storage.RenamedTooOften: ErrorCode.RATE_LIMITED,
    storage.Unavailable: ErrorCode.UNAVAILABLE,
    storage.BadCursor: ErrorCode.INVALID_CURSOR,
    storage.SessionEnded: ErrorCode.SESSION_ENDED,
}


@dataclass(frozen=True, slots=True)
class Problem:
    """Problem details (RFC 9457). retry_after, in seconds, is for the header Retry-After.

    scope is the one that a personal access token lacks.
    """

    code: ErrorCode
    detail: str
    errors: dict[str, list[str]] | None = None
    retry_after: int | None = None
    scope: Scope | None = None

    def body(self, public_url: str) -> dict[str, Any]:
        """Return the JSON object; its `type` leads to the page about the code at public_url.

        `request_id` is that of what is done here (storage/tracing.py), as log lines have it.
        """
        body: dict[str, Any] = {
            "type": public_url + self.code.reference,
            "title": self.code.title,
            "status": self.code.status.value,
            "code": self.code.value,
            "detail": self.detail,
        }
        if self.errors is not None:
            body["errors"] = self.errors
        if self.scope is not None:
            body["scope"] = self.scope.value
        if (trace := tracing.current()) is not None:
            body["request_id"] = trace.request_id
        return body


def error_code(error: Exception) -> ErrorCode:
    """Return the code of an error; INTERNAL for one that nobody raised on purpose."""
    if isinstance(error, OperationError):
        return error.code
    return STORAGE_CODES.get(type(error), ErrorCode.INTERNAL)


def problem_of(error: Exception) -> Problem:
    """Return the answer to an error. One that nobody raised on purpose is logged."""
    code = error_code(error)
    if code is ErrorCode.INTERNAL:
        logger.error("unexpected error", exc_info=error)
        return Problem(code, "Something went wrong on our side.")
    scope = error.scope if isinstance(error, OperationError) else None
    return Problem(code, str(error), _fields(error, code), _retry_after(error), scope)


def _fields(error: Exception, code: ErrorCode) -> dict[str, list[str]] | None:
    found = error.errors if isinstance(error, OperationError) else _storage_fields(error)
    return {} if found is None and code.status is HTTPStatus.UNPROCESSABLE_ENTITY else found


def _storage_fields(error: Exception) -> dict[str, list[str]] | None:
    match error:
        case storage.Conflict():
            return {error.field: [str(error)]}
        case storage.BadCursor():
            return {"cursor": [str(error)]}
        case storage.UnusablePictures():
            return {f"media_ids.{place}": [what] for place, what in error.wrong.items()}
        case storage.UnusableReply():
            return {"reply_to_id": [str(error)]}
        case storage.UnusableChoices():
            return {"choices": [str(error)]}
        case storage.OwnPoll():
            return {"id": [str(error)]}
        case storage.NothingToSee():
            return {"content": [str(error)]}
        case storage.KeyReused():
            return {"client_id": [str(error)]}
    return None


def _retry_after(error: Exception) -> int | None:
    if isinstance(error, (OperationError, storage.RenamedTooOften)):
        return error.retry_after
    return RETRY_SECONDS if isinstance(error, storage.Unavailable) else None
