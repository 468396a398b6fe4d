"""Operations: one function a user verb, whichever way it is asked for.

A REST route and a socket command both name an operation; execute() is all that stands between
the wire and the function: it spends from the rate limit, checks who asks and what, and measures.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from functools import cache
from time import perf_counter
from typing import Any

from marshmallow import Schema, ValidationError
from prometheus_client import Histogram

from handlers.context import Actor, Context, Visitor
from handlers.error_codes import ErrorCode
from handlers.errors import InvalidInput, OperationError, error_code
from handlers.rate_limits import Bucket, Spent

Run = Callable[..., Awaitable[Any]]

UNKNOWN_NAMED = 20  # of the fields that an input has too many

SECONDS = Histogram(
    "mini_twitter_operation_seconds",
    "How long operations took, by the HTTP status of their outcome",
    ["operation", "status"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
)


class Access(Enum):
    """Who may run an operation. A token sent along is looked at by all but ANYONE."""

    ANYONE = "anyone"
    VISITOR = "visitor"
    USER = "user"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Answer:
    """A result with a status of its own, where an operation has more than one."""

    data: Any
    status: int


@dataclass(frozen=True, slots=True)
class Download:
    """A result that is sent as a file, piece by piece; together they are JSON."""

    filename: str
    pieces: AsyncIterator[bytes]


@dataclass(frozen=True, slots=True)
class WithCookie:
    """A result, and the refresh token that goes into the browser's cookie for this time."""

    data: Any
    refresh: str
    lifetime: timedelta


@dataclass(frozen=True, slots=True)
class Operation:
    """A verb.

    response is the record (or schema) of its result, errors its own problems; is_command: whether
    sockets have it, too.
    """

    name: str
    run: Run
    request_schema: Schema
    response: Any
    access: Access
    bucket: Bucket
    errors: tuple[ErrorCode, ...]
    is_command: bool


REGISTRY: dict[str, Operation] = {}


def operation(
    name: str,
    *,
    request_schema: type[Schema],
    response: Any = None,
    access: Access = Access.USER,
    bucket: Bucket = Bucket.READ,
    errors: tuple[ErrorCode, ...] = (),
    is_command: bool = False,
) -> Callable[[Run], Run]:
    """Register a function (context, actor, **input) as the operation of this name.

    Args:
        name: `subject.verb`, which is also the name of the command.
        request_schema: The input; its fields are the function's keyword arguments.
        response: The record of the result, in a list where it is a page; None for no result.
        access: Who may run it.
        bucket: The rate limit that it spends from.
        errors: The problems that it may end in, besides those that every operation of its kind
            may (server/docs/problems.py): they go into the documents.
        is_command: Whether sockets may ask for it as a command of this name.
    """

    def register(run: Run) -> Run:
        if name in REGISTRY:
            raise ValueError(f"there are two operations {name}")
        REGISTRY[name] = Operation(
            name, run, request_schema(), response, access, bucket, errors, is_command
        )
        return run

    return register


async def execute(
    operation: Operation,
    context: Context,
    visitor: Visitor,
    data: Mapping[str, Any],
    on_spent: Callable[[Spent], None] | None = None,
) -> Any:
    """Run an operation and return its result. Raise what handlers.errors.problem_of answers.

    Args:
        operation: One of REGISTRY.
        context: What it works with.
        visitor: Who asks; an Actor where they showed a good token.
        data: The input, not validated yet.
        on_spent: Called with what the caller has left of the rate limit, whatever the outcome.
    """
    started = perf_counter()
    outcome = "200"
    try:
        await spend(operation.bucket, context, visitor, on_spent)
        authorize(operation, visitor)
        return await operation.run(context, visitor, **_validate(operation.request_schema, data))
    except Exception as error:
        outcome = str(error_code(error).status.value)
        raise
    finally:
        _timer(operation.name, outcome).observe(perf_counter() - started)


@cache
def _timer(operation: str, outcome: str) -> Histogram:
    """Return the histogram with these labels: looking it up takes longer than observing."""
    return SECONDS.labels(operation, outcome)


async def spend(
    bucket: Bucket,
    context: Context,
    visitor: Visitor,
    on_spent: Callable[[Spent], None] | None = None,
) -> None:
    """Spend from a rate limit of the visitor. Raise RATE_LIMITED when it is used up.

    execute() does so by itself: this is for an edge that refuses what it cannot make out.
    """
    spent = await context.limits.spend(bucket, visitor.viewer_id, visitor.address)
    if spent is None:
        return
    if on_spent is not None:
        on_spent(spent)
    if spent.retry_after is not None:
        raise OperationError(
            ErrorCode.RATE_LIMITED,
            "Too many requests of this kind.",
            retry_after=spent.retry_after,
        )


def authorize(operation: Operation, visitor: Visitor) -> None:
    """Raise OperationError unless the visitor may run the operation.

    execute() does so by itself: this is for an edge that has much to do before.
    """
    if operation.access in (Access.USER, Access.ADMIN) and not isinstance(visitor, Actor):
        raise OperationError(ErrorCode.TOKEN_MISSING, "This needs an access token.")
    if operation.access is Access.ADMIN and not (isinstance(visitor, Actor) and visitor.is_admin):
        raise OperationError(ErrorCode.ADMIN_REQUIRED, "This needs an admin.")


def _validate(schema: Schema, data: Mapping[str, Any]) -> dict[str, Any]:
    if not data and not schema.fields:
        return {}
    unknown = data.keys() - schema.fields.keys()
    if len(unknown) > UNKNOWN_NAMED:  # which would take a while to name, one by one
        raise InvalidInput({name: ["Unknown field."] for name in sorted(unknown)[:UNKNOWN_NAMED]})
    try:
        accepted: dict[str, Any] = schema.load(data)
    except ValidationError as error:
        errors = _flat(error.messages_dict)
        code = ErrorCode.INVALID_CURSOR if errors.keys() == {"cursor"} else ErrorCode.INVALID
        raise InvalidInput(errors, code) from error
    return accepted


def _flat(messages: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return messages by field; marshmallow nests those on list items, here `ids.0`."""
    flat: dict[str, list[str]] = {}
    for name, found in messages.items():
        if isinstance(found, Mapping):
            nested = _flat({str(key): value for key, value in found.items()})
            flat |= {f"{name}.{key}": value for key, value in nested.items()}
        else:
            flat[name] = list(found)
    return flat
