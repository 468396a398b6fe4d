"""The operations as Socket.IO commands: a token to connect, then a name and a payload each."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from handlers.context import Actor, Context, SocketActor, Visitor
from handlers.edges.visitor import Network, visitor_of
from handlers.error_codes import ErrorCode
from handlers.errors import InvalidInput, OperationError, Problem, problem_of
from handlers.operation import Answer, execute, spend
from handlers.operations import REGISTRY
from handlers.rate_limits import Bucket, caller_of
from handlers.security.auth import Authenticator
from realtime.delivery.client_session import ClientSession
from realtime.delivery.namespace import AdmittedSession, Refused
from realtime.delivery.resume_request import InvalidResume
from storage import tracing
from storage.records import Page

CROWDED_RETRY_SECONDS = 30
CODES = {code.value: code for code in ErrorCode}

# Every one answers what the REST route of its operation does, where there is such a route.
COMMANDS = tuple(name for name, operation in REGISTRY.items() if operation.is_command)


class SocketCommands:
    """What realtime.delivery.namespace asks of the handlers: its CommandHandler."""

    def __init__(
        self, context: Context, authenticator: Authenticator, trusted: tuple[Network, ...]
    ) -> None:
        self._context = context
        self._authenticator = authenticator
        self._trusted = trusted

    def visitor(self, request: web.Request) -> Visitor:
        """Return who opens the connection."""
        return visitor_of(request, self._trusted)

    def origin(self, request: web.Request) -> str:
        """Return the address that a request comes from, as rate limits count it."""
        return caller_of(self.visitor(request).address)

    async def admit(self, visitor: Visitor, auth: object) -> Actor:
        """Return the actor of the token in a connection's auth object. Raise Refused."""
        token = auth.get("token") if isinstance(auth, Mapping) else None
        try:
            if not isinstance(token, str):
                raise OperationError(ErrorCode.TOKEN_MISSING, "Connect with auth: {token: ACCESS}.")
            return await self._authenticator.actor(self._context, token, visitor)
        except Exception as error:
            raise self._refuse(error) from error

    def check(self, error: InvalidResume) -> Refused:
        """Return the refusal of a connection that asks to resume from what makes no sense."""
        return self._refuse(InvalidInput({error.field: [str(error)]}, ErrorCode.INVALID_RESUME))

    def crowded(self) -> Refused:
        """Return the refusal of a user who has too many connections."""
        return self._refuse(
            OperationError(
                ErrorCode.TOO_MANY_CONNECTIONS,
                "Too many connections of this user.",
                retry_after=CROWDED_RETRY_SECONDS,
            )
        )

    def caller(self, session: AdmittedSession, connection: ClientSession) -> SocketActor:
        """Return the actor whom admit() let in, on their connection."""
        if not isinstance(session, Actor):
            raise TypeError("not a session that admit() returned")
        return SocketActor.on(connection, session)

    async def run(self, caller: SocketActor, name: str, args: list[Any]) -> dict[str, Any]:
        """Carry out a command and return its ack; never raises."""
        token = tracing.begin(tracing.unnamed_trace())
        try:
            operation = REGISTRY.get(name)
            if operation is None or not operation.is_command:
                await spend(Bucket.READ, self._context, caller)
                raise OperationError(ErrorCode.UNKNOWN_COMMAND, f"There is no command {name!r}.")
            payload = _payload(args)
            if payload is None:
                await spend(operation.bucket, self._context, caller)
                raise OperationError(ErrorCode.MALFORMED, "A command takes one object.")
            if caller.grant is not None:
                await self._authenticator.note_use(self._context.db, caller.grant)
            result = await execute(operation, self._context, caller, payload)
        except Exception as error:  # noqa: BLE001  problem_of() logs what nobody raised on purpose
            return {"ok": False, "error": self._body(problem_of(error))}
        finally:
            tracing.end(token)
        return {"ok": True, "data": _data(result)}

    async def malformed(self, caller: SocketActor, detail: str) -> dict[str, Any]:
        """Return the ack of what is no command, which is counted as reading; never raises."""
        token = tracing.begin(tracing.unnamed_trace())
        try:
            await spend(Bucket.READ, self._context, caller)
            raise OperationError(ErrorCode.MALFORMED, detail)
        except Exception as error:  # noqa: BLE001  problem_of() logs what nobody raised on purpose
            return {"ok": False, "error": self._body(problem_of(error))}
        finally:
            tracing.end(token)

    def refusal(self, code: str, detail: str) -> dict[str, Any]:
        """Return the problem of a code, with which a connection ends."""
        return self._body(problem_of(OperationError(CODES[code], detail)))

    def _refuse(self, error: Exception) -> Refused:
        problem = problem_of(error)
        return Refused(problem.detail, self._body(problem), for_now=problem.code.is_for_now)

    def _body(self, problem: Problem) -> dict[str, Any]:
        """Return a problem's body, with what is a header over REST: when to retry."""
        body = problem.body(self._context.public_url)
        return body if problem.retry_after is None else body | {"retry_after": problem.retry_after}


def _payload(args: list[Any]) -> dict[str, Any] | None:
    """Return the object that a command takes; None when it was given something else."""
    if not args or args == [None]:
        return {}
    return args[0] if len(args) == 1 and isinstance(args[0], dict) else None


def _data(result: Any) -> Any:
    if isinstance(result, Answer):
        result = result.data
    return (
        {"results": result.results, "next": result.cursor} if isinstance(result, Page) else result
    )
