"""The operations as Socket.IO commands: a token at the door, then a name and a payload each."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from handlers.context import Actor, Context, SocketActor, Visitor
from handlers.edges.visitor import Network, client_address
from handlers.errors import Invalid, Malformed, NotFound, Problem, TooMany, Unauthorized, problem
from handlers.operation import Answer, execute
from handlers.operations import REGISTRY
from handlers.security.auth import Authenticator
from realtime.delivery.client_session import ClientSession
from realtime.delivery.namespace import AdmittedSession, Refused
from realtime.delivery.recovery import InvalidResume
from storage.records import Page

# The commands: every one is the operation of its name, and answers what its REST route does. The
# last line has those that no route has.
COMMANDS = [
    "post.create", "post.update", "post.delete", "post.like", "post.unlike", "post.retweet",
    "post.unretweet", "post.bookmark", "post.unbookmark", "post.get", "feed.list",
    "user.follow", "user.unfollow",
    "user.block", "user.unblock", "user.mute", "user.unmute",
    "conversation.create", "conversation.list", "conversation.read", "message.send",
    "message.list", "message.update", "message.delete", "notification.list", "notification.read",
    "typing", "presence.watch", "post.watch", "post.unwatch", "session.refresh",
]  # fmt: skip


class SocketCommands:
    """What realtime.delivery.namespace asks of the handlers."""

    def __init__(
        self, context: Context, authenticator: Authenticator, trusted: tuple[Network, ...]
    ) -> None:
        self._context = context
        self._authenticator = authenticator
        self._trusted = trusted

    def visitor(self, request: web.Request) -> Visitor:
        forwarded = ",".join(request.headers.getall("X-Forwarded-For", []))
        return Visitor(
            client_address(request.remote, forwarded, self._trusted),
            request.headers.get("User-Agent", ""),
        )

    async def admit(self, visitor: Visitor, auth: object) -> Actor:
        token = auth.get("token") if isinstance(auth, Mapping) else None
        try:
            if not isinstance(token, str):
                raise Unauthorized("Connect with auth: {token: ACCESS}.")
            return await self._authenticator.actor(self._context, token, visitor)
        except Exception as error:
            raise refuse(error) from error

    def check(self, error: InvalidResume) -> Refused:
        return refuse(Invalid({error.field: [str(error)]}))

    def crowded(self) -> Refused:
        return refuse(TooMany("Too many connections of this user.", retry_after=30))

    def caller(self, session: AdmittedSession, connection: ClientSession) -> SocketActor:
        assert isinstance(session, Actor)
        return SocketActor.on(connection, session)

    async def run(self, caller: SocketActor, name: str, args: list[Any]) -> dict[str, Any]:
        try:
            if name not in COMMANDS:
                raise NotFound(f"There is no command {name!r}.")
            result = await execute(REGISTRY[name], self._context, caller, _payload(args))
        except Exception as error:
            return {"ok": False, "error": problem_body(problem(error))}
        return {"ok": True, "data": _data(result)}


def refuse(error: Exception) -> Refused:
    answer = problem(error)
    return Refused(answer.detail, problem_body(answer))


def problem_body(answer: Problem) -> dict[str, Any]:
    """A problem without headers to tell it with: when to retry stands in it."""
    body = answer.body()
    return body if answer.retry_after is None else body | {"retry_after": answer.retry_after}


def _payload(args: list[Any]) -> dict[str, Any]:
    if not args or args == [None]:
        return {}
    if len(args) > 1 or not isinstance(args[0], dict):
        raise Malformed("A command takes one object.")
    return args[0]


def _data(result: Any) -> Any:
    if isinstance(result, Answer):
        result = result.data
    return (
        {"results": result.results, "next": result.cursor} if isinstance(result, Page) else result
    )
