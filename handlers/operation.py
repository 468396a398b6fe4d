"""Operations: one function a user verb, whichever way it is asked for.

A REST route and a socket command both name an operation; execute() is all that stands between
the wire and the function: it spends from the rate limit, checks who asks and what, and measures.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from time import perf_counter
from typing import Any

from marshmallow import Schema, ValidationError
from prometheus_client import Histogram

from handlers.context import Actor, Context, Visitor
from handlers.errors import Forbidden, Invalid, TooMany, Unauthorized, status
from handlers.rate_limits import Bucket, Spent

Run = Callable[..., Awaitable[Any]]

SECONDS = Histogram(
    "mini_twitter_operation_seconds",
    "How long operations took, by the HTTP status of their outcome",
    ["operation", "status"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
)


class Access(Enum):
    """Who may ask. A token sent along is looked at by all but ANYONE."""

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
class Operation:
    """A verb. response is the record (or schema) of its result."""

    name: str
    run: Run
    request_schema: Schema
    response: Any
    access: Access
    bucket: Bucket
    statuses: tuple[int, ...]


REGISTRY: dict[str, Operation] = {}


def operation(
    name: str,
    *,
    request_schema: type[Schema],
    response: Any = None,
    access: Access = Access.USER,
    bucket: Bucket = Bucket.READ,
    statuses: tuple[int, ...] = (),
) -> Callable[[Run], Run]:
    """Register a function (context, actor, **input) as the operation of this name.

    statuses are those of the problems that it may end in, besides what every operation may: they go
    into the documents.
    """

    def register(run: Run) -> Run:
        assert name not in REGISTRY, name
        REGISTRY[name] = Operation(name, run, request_schema(), response, access, bucket, statuses)
        return run

    return register


async def execute(
    operation: Operation,
    context: Context,
    visitor: Visitor,
    data: Mapping[str, Any],
    on_spent: Callable[[Spent], None] | None = None,
) -> Any:
    """The operation's result. Raises what handlers.errors.problem has an answer for.

    on_spent is told what the caller has left of the rate limit, whatever the outcome.
    """
    started = perf_counter()
    outcome = "200"
    try:
        await _spend(operation, context, visitor, on_spent)
        admit(operation, visitor)
        return await operation.run(context, visitor, **_validate(operation.request_schema, data))
    except Exception as error:
        outcome = str(status(error).value)
        raise
    finally:
        _timer(operation.name, outcome).observe(perf_counter() - started)


@cache
def _timer(operation: str, outcome: str) -> Histogram:
    """Looking it up takes longer than observing."""
    return SECONDS.labels(operation, outcome)


async def _spend(
    operation: Operation,
    context: Context,
    visitor: Visitor,
    on_spent: Callable[[Spent], None] | None,
) -> None:
    spent = await context.limits.spend(operation.bucket, visitor.viewer_id, visitor.address)
    if spent is None:
        return
    if on_spent is not None:
        on_spent(spent)
    if spent.retry_after is not None:
        raise TooMany("Too many requests of this kind.", spent.retry_after)


def admit(operation: Operation, visitor: Visitor) -> None:
    """Raises Unauthorized or Forbidden; for an edge that has much to do before execute()."""
    if operation.access in (Access.USER, Access.ADMIN) and not isinstance(visitor, Actor):
        raise Unauthorized("This needs an access token.")
    if operation.access is Access.ADMIN and not (isinstance(visitor, Actor) and visitor.is_admin):
        raise Forbidden("This needs an admin.")


def _validate(schema: Schema, data: Mapping[str, Any]) -> dict[str, Any]:
    if not data and not schema.fields:
        return {}
    try:
        accepted: dict[str, Any] = schema.load(data)
    except ValidationError as error:
        raise Invalid(_flat(error.messages_dict)) from error
    return accepted


def _flat(messages: Mapping[str, Any]) -> dict[str, list[str]]:
    """marshmallow nests the complaints about list items by index: `ids.0` names them here."""
    flat: dict[str, list[str]] = {}
    for name, found in messages.items():
        if isinstance(found, Mapping):
            nested = _flat({str(key): value for key, value in found.items()})
            flat |= {f"{name}.{key}": value for key, value in nested.items()}
        else:
            flat[name] = list(found)
    return flat
