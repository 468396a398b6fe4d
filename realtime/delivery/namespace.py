"""The clients of the Socket.IO namespace: admitted, brought up to date, let go."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from aiohttp import web
from socketio.exceptions import ConnectionRefusedError as RefusedBySocketIO

from realtime.delivery import recovery
from realtime.delivery.client_session import ClientSession
from realtime.delivery.hub import Hub
from realtime.delivery.places import Places
from realtime.delivery.recoverable_session import RecoverableSession
from realtime.delivery.resume_request import InvalidResume, ResumeRequest, parse_resume
from realtime.delivery.user_stream import UserStream
from realtime.tasks import Tasks
from realtime.transport.interface import Transport, TryAgain
from storage.database.pool import Database
from storage.errors import Unavailable
from storage.scopes import Scope

AWAY_MS = 2000  # when to come back after PostgreSQL was away
DRAIN_MS = 3000  # over which the clients of an instance that stops are spread


# Of who comes back by its offset alone: a pid is for clients that compare it.
RESUMED = {"recovery": True, "pid": "-"}


class AdmittedSession(Protocol):
    """Whom a token stands for; `expires_at` in seconds of the Unix epoch."""

    @property
    def user_id(self) -> int:
        """Whose it is."""

    @property
    def session_id(self) -> int:
        """Of the login."""

    @property
    def expires_at(self) -> float:
        """When the token ends."""

    @property
    def scopes(self) -> frozenset[Scope] | None:
        """What the token is for; None for all."""


class Refused(Exception):
    """A client is not admitted; `problem` is the problem details object that says why.

    `for_now`: it may be admitted later, as it is. It is told nothing then, but cut, as stock
    clients never come back from a refusal.
    """

    def __init__(self, message: str, problem: dict[str, Any], *, for_now: bool = False) -> None:
        super().__init__(message)
        self.problem = problem
        self.for_now = for_now


class CommandHandler(Protocol):
    """What admits clients and runs their commands: handed in, so that nothing here knows them."""

    def visitor(self, request: web.Request) -> Any:
        """Return what `admit` must know of a request, which itself is not kept."""

    def origin(self, request: web.Request) -> str:
        """Return the address from which a request comes."""

    async def admit(self, visitor: Any, auth: object) -> AdmittedSession:
        """Return whom the auth object's token stands for. Raises Refused."""

    def check(self, error: InvalidResume) -> Refused:
        """Return the refusal of one who asks to resume from what cannot be."""

    def crowded(self) -> Refused:
        """Return the refusal of one who has too many connections."""

    def caller(self, session: AdmittedSession, connection: ClientSession) -> Any:
        """Return who gives the commands of a connection, as `run` wants it."""

    async def run(self, caller: Any, name: str, args: list[Any]) -> dict[str, Any]:
        """Run a command and return its ack. Never raises."""

    async def malformed(self, caller: Any, detail: str) -> dict[str, Any]:
        """Return the ack of what is no command. Never raises."""


@dataclass(slots=True, eq=False)
class Client:
    """Of the namespace; `session` and `caller` are there once it has been let in.

    Until then it holds a place among its user's connections, which `give_back` ends.
    """

    admitted: AdmittedSession
    resume: ResumeRequest
    give_back: Callable[[], None]
    session: ClientSession | None = None
    caller: Any = None


class SocketNamespace:
    """The `Namespace` of SocketServer: admits clients, runs their commands, lets them go."""

    def __init__(
        self, hub: Hub, db: Database, tasks: Tasks, commands: CommandHandler, sockets_per_user: int
    ) -> None:
        self._hub = hub
        self._db = db
        self._tasks = tasks
        self._commands = commands
        self._sockets_per_user = sockets_per_user
        self._arriving = Places()
        self.draining = False

    def visitor(self, request: web.Request) -> Any:
        """Return what on_connect must know of the request."""
        return self._commands.visitor(request)

    def origin(self, request: web.Request) -> str:
        """Return the address from which a request comes."""
        return self._commands.origin(request)

    def owner(self, client: Client) -> int:
        """Return whose client it is."""
        return client.admitted.user_id

    async def on_connect(self, visitor: Any, auth: Any) -> Client:
        """Admit a client.

        Raises:
            ConnectionRefusedError: Of socketio; the problem is its data.
            TryAgain: It is refused for now only: PostgreSQL does not answer, say.
        """
        try:
            admitted = await self._commands.admit(visitor, auth)
            resume = self._parse_resume(auth)
            return Client(admitted, resume, self._take_place(admitted.user_id))
        except Refused as refused:
            if refused.for_now:
                raise TryAgain(refused.problem["code"], refused.problem) from refused
            raise RefusedBySocketIO(str(refused), refused.problem) from refused

    async def admit(self, admitted: AdmittedSession, offset: str | None) -> Client:
        """Admit somebody whose token was looked at elsewhere, to go on from an offset.

        Raises:
            Refused: There are too many connections of this user.
            Unavailable: PostgreSQL does not answer.
        """
        auth = {"recovery": True} if offset is None else {**RESUMED, "offset": offset}
        client = Client(admitted, parse_resume(auth), self._take_place(admitted.user_id))
        try:
            client.resume = await recovery.decide(self._hub, self._db, admitted, client.resume)
        except BaseException:
            client.give_back()
            raise
        return client

    def _parse_resume(self, auth: dict[str, Any]) -> ResumeRequest:
        try:
            return parse_resume(auth)
        except InvalidResume as error:
            raise self._commands.check(error) from error

    async def connect_data(self, client: Client) -> dict[str, str]:
        """Return the pid of a client that asked for one.

        It is the one that a client came back with, when all that it missed will be sent.

        Raises:
            TryAgain: PostgreSQL does not answer.
        """
        admitted = client.admitted
        try:
            client.resume = await recovery.decide(self._hub, self._db, admitted, client.resume)
        except Unavailable as error:
            raise TryAgain("unavailable") from error
        return {} if client.resume.pid is None else {"pid": client.resume.pid}

    def _take_place(self, user_id: int) -> Callable[[], None]:
        stream = self._hub.streams.get(user_id)
        connected = len(stream.sessions) if stream else 0
        if connected + self._arriving.held(user_id) >= self._sockets_per_user:
            raise self._commands.crowded()
        return self._arriving.hold([user_id])

    def on_connected(self, client: Client, transport: Transport) -> None:
        """Bring a client up to date, whose CONNECT has been sent."""
        admitted = client.admitted
        whose = admitted.user_id, admitted.session_id, admitted.expires_at
        scopes = admitted.scopes
        session = client.session = (
            RecoverableSession(
                transport, *whose, scopes=scopes, feed_horizon=lambda: self._hub.feed_horizon
            )
            if client.resume.recoverable
            else ClientSession(transport, *whose, scopes=scopes)
        )
        client.caller = self._commands.caller(admitted, session)
        client.give_back()
        if self.draining:
            self._send_elsewhere(session)
        else:
            stream = self._hub.add(session)
            self._tasks.start(self._recover(stream, session, client.resume))

    async def _recover(
        self, stream: UserStream, session: ClientSession, resume: ResumeRequest
    ) -> None:
        if session not in stream.sessions:
            return  # it has gone meanwhile
        try:
            await recovery.recover(self._hub, self._db, stream, session, resume)
        except Unavailable:
            reason = "The database does not answer."
            session.close("unavailable", reason, AWAY_MS + random.randrange(AWAY_MS))

    def on_event(self, client: Client, name: str, args: list[Any]) -> Awaitable[Any] | None:
        """Run a command; return what ends in its ack, None where there is none to give."""
        session = client.session
        if session is None or session.closing:
            return None
        return self._commands.run(client.caller, name, args)

    async def on_malformed(self, client: Client, detail: str) -> Any:
        """Return the ack of what is no command, None where there is none to give."""
        if client.session is None or client.session.closing:
            return None
        return await self._commands.malformed(client.caller, detail)

    def on_disconnect(self, client: Client) -> None:
        """Forget a client, who may never have been let in."""
        client.give_back()
        if client.session is not None:
            self._hub.remove(client.session)

    def drain(self) -> None:
        """Send all clients to other instances, each at a moment of its own."""
        self.draining = True
        for session in self._hub.sessions():
            self._send_elsewhere(session)

    def _send_elsewhere(self, session: ClientSession) -> None:
        session.close("draining", "The server restarts.", random.randrange(DRAIN_MS))
