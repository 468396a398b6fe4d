"""The clients of the Socket.IO namespace: who they are, what they ask for, when they go."""

import random
from dataclasses import dataclass
from typing import Any, Protocol

from aiohttp import web
from socketio.exceptions import ConnectionRefusedError as RefusedBySocketIO

from realtime.delivery import recovery
from realtime.delivery.client_session import ClientSession
from realtime.delivery.hub import Hub
from realtime.tasks import Tasks
from realtime.transport.interface import Transport
from storage.database.pool import Database
from storage.errors import Unavailable

AWAY_MS = 2000  # when to come back after PostgreSQL was away
DRAIN_MS = 3000  # over which the clients of an instance that stops are spread


class AdmittedSession(Protocol):
    """Whom a token stands for; expires_at in seconds of the Unix epoch."""

    @property
    def user_id(self) -> int: ...

    @property
    def session_id(self) -> int: ...

    @property
    def expires_at(self) -> float: ...


class Refused(Exception):
    """A connection is not let in; problem is the problem details object that says why."""

    def __init__(self, message: str, problem: dict[str, Any]) -> None:
        super().__init__(message)
        self.problem = problem


class CommandHandler(Protocol):
    """What the server makes of a client's wishes: handed in, since it is not ours to know."""

    def visitor(self, request: web.Request) -> Any:
        """Of a request, what `admit` must know."""

    async def admit(self, visitor: Any, auth: object) -> AdmittedSession:
        """Refused unless the auth object holds a good token."""

    def check(self, error: recovery.InvalidResume) -> Refused: ...

    def crowded(self) -> Refused:
        """For one who has too many connections."""

    def caller(self, session: AdmittedSession, connection: ClientSession) -> Any:
        """Who gives the commands of a connection, as `run` wants it."""

    async def run(self, caller: Any, name: str, args: list[Any]) -> dict[str, Any]:
        """The ack of a command. Never raises."""


@dataclass(slots=True, eq=False)
class Client:
    session: AdmittedSession
    memory: recovery.ResumeRequest
    connection: ClientSession | None = None
    caller: Any = None


class SocketNamespace:
    """The `Namespace` of SocketServer."""

    def __init__(
        self, hub: Hub, db: Database, tasks: Tasks, commands: CommandHandler, sockets_per_user: int
    ) -> None:
        self._hub = hub
        self._db = db
        self._tasks = tasks
        self._commands = commands
        self._sockets_per_user = sockets_per_user
        self.draining = False

    def visitor(self, request: web.Request) -> Any:
        return self._commands.visitor(request)

    async def on_connect(self, visitor: Any, auth: Any) -> Client:
        try:
            session = await self._commands.admit(visitor, auth)
            memory = self._remember(auth)
            self._make_room(session.user_id)
        except Refused as refused:
            raise RefusedBySocketIO(str(refused), refused.problem) from refused
        return Client(session, memory)

    def _remember(self, auth: dict[str, Any]) -> recovery.ResumeRequest:
        try:
            return recovery.parse_resume(auth)
        except recovery.InvalidResume as error:
            raise self._commands.check(error) from error

    def _make_room(self, user_id: int) -> None:
        line = self._hub.streams.get(user_id)
        if line is not None and len(line.connections) >= self._sockets_per_user:
            raise self._commands.crowded()

    def on_connected(self, client: Client, outlet: Transport) -> None:
        """The client has been let in and told so."""
        session = client.session
        connection = ClientSession(outlet, session.user_id, session.session_id, session.expires_at)
        client.connection = connection
        client.caller = self._commands.caller(session, connection)
        if self.draining:
            self._send_elsewhere(connection)
        else:
            self._hub.enter(connection)
            self._tasks.start(self._bring_up(connection, client.memory))

    async def _bring_up(self, connection: ClientSession, memory: recovery.ResumeRequest) -> None:
        line = self._hub.streams.get(connection.user_id)
        if line is None:
            return  # it has gone meanwhile
        try:
            await recovery.recover(self._hub, self._db, line, connection, memory)
        except Unavailable:
            reason = "The database does not answer."
            connection.close("unavailable", reason, AWAY_MS + random.randrange(AWAY_MS))

    async def on_event(self, client: Client, name: str, args: list[Any]) -> Any:
        connection = client.connection
        if connection is None or connection.closing:
            return None
        return await self._commands.run(client.caller, name, args)

    def on_disconnect(self, client: Client) -> None:
        if client.connection is not None:
            self._hub.exit(client.connection)

    def drain(self) -> None:
        """Send everybody to other instances, each at a moment of its own."""
        self.draining = True
        for connection in self._hub.connections():
            self._send_elsewhere(connection)

    def _send_elsewhere(self, connection: ClientSession) -> None:
        reason = "The server restarts."
        connection.close("draining", reason, random.randrange(DRAIN_MS))
