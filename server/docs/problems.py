"""The problems that the server answers, as schemas and responses: made of handlers.error_codes."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from http import HTTPStatus
from typing import Any

from handlers.edges.rest.endpoint import BODYLESS
from handlers.edges.rest.routes import Route
from handlers.error_codes import ErrorCode
from handlers.errors import Problem
from handlers.operation import Access, Operation
from handlers.schemas.fields import File
from server.docs.schemas import JsonSchema

MEMBERS: dict[str, JsonSchema] = {
    "type": {
        "type": "string",
        "format": "uri-reference",
        "description": "Where the code is described.",
    },
    "title": {"type": "string", "description": "What went wrong: the same for all of a code."},
    "status": {"type": "integer", "minimum": 400, "maximum": 599},
    "code": {
        "type": "string",
        "enum": [code.value for code in ErrorCode],
        "description": "What went wrong, for programs. New codes may come.",
    },
    "detail": {"type": "string", "description": "For the developer; its wording may change."},
}
ERRORS: JsonSchema = {
    "type": "object",
    "description": "What is wrong with which field of the input, where the problem is about some.",
    "additionalProperties": {"type": "array", "items": {"type": "string"}},
}
SCOPE: JsonSchema = {
    "type": "string",
    "description": "Of `insufficient_scope`: the scope that the personal access token lacks.",
}
REQUEST_ID: JsonSchema = {
    "type": "string",
    "description": "The id of the request or command, as the server's log lines have it.",
}
RETRY_AFTER: JsonSchema = {
    "type": "integer",
    "minimum": 1,
    "description": "Seconds, where the same may be asked again later.",
}
RETRIED = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)

# What an operation may end in by its kind, whatever it does.
ALWAYS = {ErrorCode.RATE_LIMITED, ErrorCode.UNAVAILABLE}
WITH_BODY = {
    ErrorCode.MALFORMED,
    ErrorCode.BODY_TIMEOUT,
    ErrorCode.PAYLOAD_TOO_LARGE,
    ErrorCode.UNSUPPORTED_MEDIA_TYPE,
}
WITH_FILES = {ErrorCode.UNSUPPORTED_IMAGE, ErrorCode.INVALID_IMAGE, ErrorCode.BUSY}
WITH_KEY = {ErrorCode.KEY_REUSED, ErrorCode.CONTRADICTION}
WITH_TOKEN = {
    ErrorCode.TOKEN_INVALID,
    ErrorCode.TOKEN_EXPIRED,
    ErrorCode.SESSION_ENDED,
    ErrorCode.INSUFFICIENT_SCOPE,
}
BY_ACCESS = {
    Access.ANYONE: set[ErrorCode](),
    Access.VISITOR: WITH_TOKEN,
    Access.USER: {ErrorCode.TOKEN_MISSING, *WITH_TOKEN},
    Access.ADMIN: {ErrorCode.TOKEN_MISSING, *WITH_TOKEN, ErrorCode.ADMIN_REQUIRED},
}
# What is answered where there is no operation, or whatever the operation.
BESIDES = (
    ErrorCode.INTERNAL,
    ErrorCode.UNKNOWN_ROUTE,
    ErrorCode.METHOD_NOT_ALLOWED,
    ErrorCode.INVALID,  # input where none is taken
    *sorted(WITH_BODY, key=lambda code: code.value),
)


def schema(*, in_ack: bool) -> JsonSchema:
    """Return the schema of a problem. An ack has no headers: it says itself when to retry."""
    more = {"errors": ERRORS, "scope": SCOPE, "request_id": REQUEST_ID} | (
        {"retry_after": RETRY_AFTER} if in_ack else {}
    )
    return {
        "type": "object",
        "description": "Problem details (RFC 9457).",
        "required": list(MEMBERS),
        "properties": MEMBERS | more,
    }


def codes(route: Route, operation: Operation, *, has_body: bool) -> set[ErrorCode]:
    """Return what a route may end in: by the kind of its operation, and by what that declares.

    has_body: whether any of the input comes in a body.
    """
    fields = operation.request_schema.fields
    found = ALWAYS | BY_ACCESS[operation.access] | set(operation.errors)
    if has_body:
        found |= WITH_BODY
    if "{" in route.path:
        found.add(ErrorCode.NOT_FOUND)
        if route.method not in BODYLESS:
            found.add(ErrorCode.CONTRADICTION)
    if fields:
        found.add(ErrorCode.INVALID)
    if "cursor" in fields:
        found.add(ErrorCode.INVALID_CURSOR)
    if "client_id" in fields:
        found |= WITH_KEY
    if any(isinstance(field, File) for field in fields.values()):
        found |= WITH_FILES
    return found


def by_status(found: Iterable[ErrorCode]) -> dict[HTTPStatus, list[ErrorCode]]:
    """Group codes by the HTTP status of their answers, both in ascending order."""
    grouped: dict[HTTPStatus, list[ErrorCode]] = defaultdict(list)
    for code in sorted(found, key=lambda code: code.value):
        grouped[code.status].append(code)
    return dict(sorted(grouped.items()))


def component(status: HTTPStatus, found: Iterable[ErrorCode]) -> str:
    """Name the response of these codes among the components of the document."""
    return ".".join([f"Problem{status.value}", *(code.value for code in found)])


def response(status: HTTPStatus | None, found: Collection[ErrorCode]) -> dict[str, Any]:
    """Return the response that has one of these codes; with status None, any other status."""
    headers = ["RateLimit", "RateLimit-Policy", "X-Request-Id"]
    if status == HTTPStatus.UNAUTHORIZED or ErrorCode.INSUFFICIENT_SCOPE in found:
        headers.append("WWW-Authenticate")
    if status in RETRIED:
        headers.append("Retry-After")
    content = {
        "schema": {"$ref": "#/components/schemas/Problem"},
        "examples": {code.value: _example(code) for code in found},
    }
    phrase = "Any other problem" if status is None else status.phrase
    lines = [f"- `{code.value}`: {code.description}" for code in found]
    return {
        "description": "\n".join([f"{phrase}.", "", *lines]),
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in headers},
        "content": {"application/problem+json": content},
    }


def _example(code: ErrorCode) -> dict[str, Any]:
    errors = {"field": [code.title]} if code is ErrorCode.INVALID else None
    return {"summary": code.title, "value": Problem(code, code.description, errors).body("")}


HEADERS: dict[str, Any] = {
    "Consistency-Token": {
        "description": "Where the server has read replicas: what was written. A client may send it "
        "back with any request, to see that at least, also without an access token.",
        "schema": {"type": "string", "pattern": "^[0-9A-F]{16}$"},
    },
    "RateLimit": {
        "description": 'What is left: `"NAME";r=REQUESTS;t=SECONDS`, t until all are there again.',
        "schema": {"type": "string"},
    },
    "RateLimit-Policy": {
        "description": 'The limit that applies: `"NAME";q=REQUESTS;w=SECONDS`.',
        "schema": {"type": "string"},
    },
    "Retry-After": {
        "description": "After how many seconds to try again.",
        "schema": {"type": "integer", "minimum": 1},
    },
    "X-Request-Id": {
        "description": "The id of the request: that of its header X-Request-Id, or a new one.",
        "schema": {"type": "string"},
    },
    "WWW-Authenticate": {
        "description": "Which kind of credentials is asked for; of a personal access token which"
        " scope it lacks (RFC 6750).",
        "schema": {"type": "string", "pattern": "^Bearer"},
    },
}
