"""The problems that the server answers, as schemas and responses."""

from http import HTTPStatus
from typing import Any

from handlers.errors import STATUS
from server.docs.schemas import JsonSchema, plain

RETRIED = (429, 503)  # these say when to try again

MEMBERS: dict[str, JsonSchema] = {
    "type": {"type": "string", "format": "uri-reference"},
    "title": {"type": "string"},
    "status": {"type": "integer", "minimum": 400, "maximum": 599},
    "detail": {"type": "string", "description": "For the developer; its wording may change."},
}
ERRORS: JsonSchema = {
    "type": "object",
    "description": "What is wrong with which field of the input, where the problem is about some.",
    "additionalProperties": {"type": "array", "items": {"type": "string"}},
}
RETRY_AFTER: JsonSchema = {
    "type": "integer",
    "minimum": 1,
    "description": "Seconds, where the same may be asked again later.",
}


def schema(*, in_ack: bool) -> JsonSchema:
    """An ack has no headers: when to retry stands in the problem itself."""
    more = {"errors": ERRORS} | ({"retry_after": RETRY_AFTER} if in_ack else {})
    return {
        "type": "object",
        "description": "Problem details (RFC 9457).",
        "required": list(MEMBERS),
        "properties": MEMBERS | more,
    }


def response(status: int | None) -> dict[str, Any]:
    """The answer of this status; None: of any other."""
    headers = ["RateLimit", "RateLimit-Policy"]
    if status == 401:
        headers.append("WWW-Authenticate")
    if status in RETRIED:
        headers.append("Retry-After")
    problem = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": _meaning(status) if status else "Any other problem.",
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in headers},
        "content": {"application/problem+json": {"schema": problem}},
    }


def _meaning(status: int) -> str:
    """What is said at the exceptions that end in this status."""
    meanings = [plain(error.__doc__ or "") for error, found in STATUS.items() if found == status]
    return " ".join(f"{HTTPStatus(status).phrase}. {' '.join(meanings)}".split())


HEADERS: dict[str, Any] = {
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
    "WWW-Authenticate": {
        "description": "Which kind of credentials is asked for.",
        "schema": {"type": "string", "enum": ["Bearer"]},
    },
}
