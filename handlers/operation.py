"""Operations: one function a user verb, whichever way it is asked for.

A REST route and a socket command both name an operation; execute() is all that stands between
the wire and the function: it spends from the rate limit, checks who asks and what, and measures.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import replace
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
from handlers.replica_reads import Consistency, ReplicaReads
from handlers.schemas.acceptance import Accept, acceptance
from handlers.withheld_answers import withheld
from storage.record import record
from storage.scopes import Scope, missing

Run = Callable[..., Awaitable[Any]]

READING = (Bucket.READ, Bucket.REALTIME)  # of what spends from others some writes

UNSAID: Any = object()  # a scope that an operation has not declared

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


# Made once: to name a member of an enumeration is a call of Python 3.11.
OF_USERS = (Access.USER, Access.ADMIN)


@record
class Answer:
    """A result with a status of its own, where an operation has more than one."""

    data: Any
    status: int


@record
class Download:
    """A result that is sent as a file, piece by piece; together they are JSON."""

    filename: str
    pieces: AsyncIterator[bytes]


@record
class WithCookie:
    """A result, and the refresh token that goes into the browser's cookie for this time."""

    data: Any
    refresh: str
    lifetime: timedelta


@record
class Operation:
    """A verb.

    accept is request_schema at a glance (handlers/schemas/acceptance.py), response the record (or
    schema) of its result, errors its own problems; scope: which one a personal access token needs,
    None: none may; is_command: whether sockets have it, too; may_lag: whether a replica may answer
    it.
    """

    name: str
    run: Run
    request_schema: Schema
    accept: Accept | None
    response: Any
    access: Access
    scope: Scope | None
    bucket: Bucket
    errors: tuple[ErrorCode, ...]
    is_command: bool
    may_lag: bool


REGISTRY: dict[str, Operation] = {}


def operation(
    name: str,
    *,
    request_schema: type[Schema],
    scope: Scope | None = UNSAID,
    response: Any = None,
    access: Access = Access.USER,
    bucket: Bucket = Bucket.READ,
    errors: tuple[ErrorCode, ...] = (),
    is_command: bool = False,
    may_lag: bool = False,
) -> Callable[[Run], Run]:
    """Register a function (context, actor, **input) as the operation of this name.

    Args:
        name: `subject.verb`, which is also the name of the command.
        request_schema: The input; its fields are the function's keyword arguments.
        scope: Which scope a personal access token needs for it; NO_TOKEN: none may. One of the two
            has to be said.
        response: The record of the result, in a list where it is a page; None for no result.
        access: Who may run it.
        bucket: The rate limit that it spends from.
        errors: The problems that it may end in, besides those that every operation of its kind
            may (server/docs/problems.py): they go into the documents.
        is_command: Whether sockets may ask for it as a command of this name.
        may_lag: Whether a replica may answer it, which is up to a second behind but has what the
            caller wrote. Such an operation only reads, and no event has its reader expect what a
            replica does not have; nor does it take a snapshot, whose list of open transactions a
            replica cannot tell.
    """

    def register(run: Run) -> Run:
        if name in REGISTRY:
            raise ValueError(f"there are two operations {name}")
        if scope is UNSAID:
            raise missing(
                f"the operation {name}",
                "scope=Scope.NAME among the arguments of its @operation, or scope=NO_TOKEN where no"
                " token may ask for it: both are",
            )
        schema = request_schema()
        REGISTRY[name] = Operation(
            *(name, run, schema, acceptance(schema), response, access, scope, bucket, errors),
            *(is_command, may_lag),
        )
        return run

    return register


async def execute(
    operation: Operation,
    context: Context,
    visitor: Visitor,
    data: Mapping[str, Any],
    on_spent: Callable[[Spent], None] | None = None,
    consistency: Consistency | None = None,
) -> Any:
    """Run an operation and return its result. Raise what handlers.errors.problem_of answers.

    Args:
        operation: One of REGISTRY.
        context: What it works with.
        visitor: Who asks; an Actor where they showed a good token.
        data: The input, not validated yet.
        on_spent: Called with what the caller has left of the rate limit, whatever the outcome.
        consistency: What the client says it has written, where it says so; told what it wrote now.
    """
    started = perf_counter()
    outcome = "200"
    try:
        await spend(operation.bucket, context, visitor, on_spent)
        authorize(operation, visitor)
        accepted = operation.accept and operation.accept(data)
        if accepted is None:
            accepted = validated(operation.request_schema, data)
        if context.replica_reads is None:
            answer = await operation.run(context, visitor, **accepted)
        else:
            answer = await _run_consistently(
                operation, context, visitor, accepted, consistency, context.replica_reads
            )
        if visitor.token_id is None:
            return answer
        return _to_program(answer, visitor)
    except Exception as error:
        outcome = str(error_code(error).status.value)
        raise
    finally:
        _timer(operation.name, outcome).observe(perf_counter() - started)


def _to_program(answer: Any, visitor: Visitor) -> Any:
    """Return an answer as it goes to who shows a personal access token."""
    if not isinstance(visitor, Actor):
        return answer
    if isinstance(answer, Answer):
        return replace(answer, data=withheld(answer.data, visitor))
    return withheld(answer, visitor)


async def _run_consistently(
    operation: Operation,
    context: Context,
    visitor: Visitor,
    accepted: dict[str, Any],
    consistency: Consistency | None,
    reads: ReplicaReads,
) -> Any:
    """Run an operation where there are replicas: on one of these, if it may lag."""
    if operation.may_lag:
        answer = await reads.read(
            visitor.viewer_id,
            consistency,
            lambda db: operation.run(replace(context, db=db), visitor, **accepted),
        )
        if answer is not None:
            return answer[0]
    try:
        return await operation.run(context, visitor, **accepted)
    finally:
        if operation.bucket not in READING:
            wrote = await reads.note_write(visitor.viewer_id)
            if consistency is not None:
                consistency.wrote = wrote


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
    limits, user_id, token_id = context.limits, visitor.limited_as, visitor.token_id
    if on_spent is None and limits.spend_leased(bucket, user_id, token_id):
        return
    spent = await limits.spend(bucket, user_id, visitor.address, token_id)
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
    if operation.access in OF_USERS and not isinstance(visitor, Actor):
        raise OperationError(ErrorCode.TOKEN_MISSING, "This needs an access token.")
    require(operation.scope, visitor)
    if operation.access is Access.ADMIN and not (isinstance(visitor, Actor) and visitor.is_admin):
        raise OperationError(ErrorCode.ADMIN_REQUIRED, "This needs an admin.")


def require(scope: Scope | None, visitor: Visitor) -> None:
    """Raise INSUFFICIENT_SCOPE unless the visitor may do what needs this scope.

    Who has logged in may do all, and who shows no token what is for everybody. authorize() does so
    for operations: this is for an edge that answers what is none.
    """
    if not isinstance(visitor, Actor) or visitor.grant is None:
        return
    if scope is None:
        raise OperationError(
            ErrorCode.INSUFFICIENT_SCOPE, "No personal access token may do this: log in."
        )
    if scope not in visitor.grant.scopes:
        raise OperationError(
            ErrorCode.INSUFFICIENT_SCOPE,
            f"The token does not have the scope {scope.value}.",
            scope=scope,
        )


def validated(schema: Schema, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an operation is given of its input. Raise InvalidInput."""
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
