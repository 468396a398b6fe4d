"""One connection to Redis, opened again and again for as long as the instance runs.

Speaks RESP2 in bytes over TCP, TLS or a Unix socket; knows nothing of channels. Works with
Redis >= 6.2 and Valkey. Not redis-py's pub/sub, because that costs ten times the CPU per message
and waits for ever on a half-open connection.
"""

import asyncio
import logging
import random
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Self, cast

import hiredis
from redis.asyncio.connection import SSLConnection, parse_url

CONNECT_SECONDS = 0.5  # for TCP, TLS, signing in and the first PING together
FIRST_PAUSE_SECONDS = 0.05  # between two attempts; doubles up to the longest
LONGEST_PAUSE_SECONDS = 1.0
PING_SECONDS = 1.0
SILENT_PINGS = 3  # this many unanswered in a row: the link is dead, whatever TCP says
COMPLAIN_SECONDS = 10.0

Reply = Any  # RESP2 as hiredis gives it: bytes, int, None, hiredis.ReplyError or a list of these

logger = logging.getLogger(__name__)
_NOTHING = object()  # what the parser answers between two replies; equal to no reply, 0 included


def encode(*words: bytes) -> bytes:
    """The command as Redis reads it."""
    return cast(bytes, hiredis.pack_command(cast(Any, words)))  # its stub knows one word only


PING = encode(b"PING")


@dataclass(frozen=True, slots=True)
class RedisAddress:
    """Where Redis listens and how to sign in; `path` (a Unix socket) wins over host and port."""

    host: str
    port: int
    path: str | None
    db: int
    username: str
    password: str = field(repr=False)
    tls: ssl.SSLContext | None

    @classmethod
    def from_url(cls, url: str) -> Self:
        """Reads redis://, rediss:// and unix:// as redis-py does, so that one setting serves both.

        Raises ValueError for another scheme or a value that makes no sense.
        """
        options = cast(dict[str, Any], parse_url(url))
        return cls(
            host=options.get("host", "localhost"),
            port=options.get("port", 6379),
            path=options.get("path"),
            db=options.get("db", 0),
            username=options.get("username", ""),
            password=options.get("password", ""),
            tls=_tls(options) if options.get("connection_class") is SSLConnection else None,
        )

    async def connect(self, make: Callable[[], "_Connection"]) -> "_Connection":
        """Raises OSError (also for names that do not resolve and certificates that do not fit)."""
        loop = asyncio.get_running_loop()
        if self.path is not None:
            return (await loop.create_unix_connection(make, self.path))[1]
        return (await loop.create_connection(make, self.host, self.port, ssl=self.tls))[1]

    def greeting(self) -> list[tuple[bytes, ...]]:
        """What a new connection says before anything else."""
        commands: list[tuple[bytes, ...]] = []
        if self.password:
            user = (self.username.encode(),) if self.username else ()
            commands.append((b"AUTH", *user, self.password.encode()))
        if self.db:
            commands.append((b"SELECT", b"%d" % self.db))
        return [*commands, (b"CLIENT", b"SETNAME", b"mini-twitter"), (b"PING",)]


def _tls(options: dict[str, Any]) -> ssl.SSLContext:
    context = ssl.create_default_context(
        cafile=options.get("ssl_ca_certs"), capath=options.get("ssl_ca_path")
    )
    context.check_hostname = options.get("ssl_check_hostname", True)
    if options.get("ssl_cert_reqs") == "none":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if certificate := options.get("ssl_certfile"):
        context.load_cert_chain(certificate, options.get("ssl_keyfile"))
    return context


class Complaints:
    """Logs a warning, but the same one again only after 10 s, with how many were held back."""

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._last: tuple[object, ...] = ()
        self._quiet_until = 0.0
        self._held_back = 0

    def warn(self, text: str, *values: object, exc_info: bool = False) -> None:
        now = asyncio.get_running_loop().time()
        if (text, *values) == self._last and now < self._quiet_until:
            self._held_back += 1
            return
        self._last, self._quiet_until = (text, *values), now + COMPLAIN_SECONDS
        if self._held_back:
            text, values = text + " (%d more not shown)", (*values, self._held_back)
            self._held_back = 0
        self._log.warning(text, *values, exc_info=exc_info)


class _Connection(asyncio.Protocol):
    """From the first byte to the last of one TCP or Unix connection."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self.heard = True  # anything, since this was last set to False
        self.lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()  # the reason
        self.hear: Callable[[Iterator[Reply]], None] = lambda replies: None
        self._reason = ""
        self._reader = hiredis.Reader(notEnoughData=_NOTHING)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self.heard = True
        try:
            self._reader.feed(data)
            self.hear(iter(self._reader.gets, _NOTHING))
        except Exception as error:  # not RESP, or our own mistake: begin anew rather than guess
            logger.exception("a reply of Redis could not be handled")
            self.give_up(repr(error))

    def connection_lost(self, error: Exception | None) -> None:
        self.lost.set_result(self._reason or str(error or "closed by Redis"))

    def give_up(self, reason: str) -> None:
        self._reason = self._reason or reason
        self.transport.abort()

    async def greet(self, commands: list[tuple[bytes, ...]]) -> None:
        """Returns when all have been answered. Raises ConnectionError when one was refused."""
        answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        expected = list(commands)

        def hear(replies: Iterator[Reply]) -> None:
            for reply in replies:
                command = expected.pop(0)[0]
                # A proxy or an ACL may forbid to take a name; nothing depends on it.
                if isinstance(reply, hiredis.ReplyError) and command != b"CLIENT":
                    self.give_up(f"Redis refused {command.decode()}: {reply}")
                    return
            if not expected and not answered.done():
                answered.set_result(None)

        self.hear = hear
        self.transport.write(b"".join(encode(*command) for command in commands))
        either: set[asyncio.Future[Any]] = {answered, self.lost}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if self.lost.done():
            raise ConnectionError(self.lost.result())


class RedisLink:
    """Signed in and answering, or being replaced.

    `came_up` runs each time that a connection is ready for commands, `hear` with the replies of
    each read, `went_down` once per lost connection: all synchronous, none may block or raise.
    Whatever was sent on a lost connection is lost with it; nothing is sent twice.
    """

    def __init__(
        self,
        name: str,
        address: RedisAddress,
        *,
        came_up: Callable[[], None],
        hear: Callable[[Iterator[Reply]], None],
        went_down: Callable[[], None],
    ) -> None:
        self.up = asyncio.Event()
        self.times_up = 0
        self._name = name
        self._address = address
        self._came_up, self._hear, self._went_down = came_up, hear, went_down
        self._connection: _Connection | None = None
        self._unsent: list[bytes] = []
        self._unsent_bytes = 0
        self._complaints = Complaints(logger)

    @property
    def waiting_bytes(self) -> int:
        """Sent by us and not yet taken by the kernel."""
        if self._connection is None:
            return 0
        return self._unsent_bytes + self._connection.transport.get_write_buffer_size()

    def send(self, data: bytes) -> None:
        """Joins all that one tick of the loop sends into one write. Does nothing while down."""
        if self._connection is None:
            return
        if not self._unsent:
            asyncio.get_running_loop().call_soon(self._flush)
        self._unsent.append(data)
        self._unsent_bytes += len(data)

    def give_up(self, reason: str) -> None:
        """Replaces the connection; `went_down` follows within this tick or the next."""
        if self._connection is not None:
            self._connection.give_up(reason)

    async def keep_up(self) -> None:
        """Runs until cancelled, and closes the connection then."""
        loop = asyncio.get_running_loop()
        pause = FIRST_PAUSE_SECONDS
        while True:
            started = loop.time()
            try:
                reason = await self._live(await self._open())
            except OSError as error:  # TimeoutError is one of them
                reason = str(error) or "no answer in time"
            except Exception as error:
                logger.exception("the %s link to Redis failed in an unforeseen way", self._name)
                reason = repr(error)
            self._complaints.warn("the %s link to Redis is down: %s", self._name, reason)
            if loop.time() - started > LONGEST_PAUSE_SECONDS:
                pause = FIRST_PAUSE_SECONDS  # it worked; one that dies at once keeps slowing down
            await asyncio.sleep(pause * random.uniform(0.5, 1))  # not all instances at once
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    async def _open(self) -> _Connection:
        connection: _Connection | None = None
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                connection = await self._address.connect(_Connection)
                await connection.greet(self._address.greeting())
        except BaseException:
            if connection is not None:
                connection.transport.abort()
            raise
        return connection

    async def _live(self, connection: _Connection) -> str:
        """From greeted to lost; answers why it was lost."""
        connection.hear = self._hear
        self._connection = connection
        self.times_up += 1
        self.up.set()
        logger.info("the %s link to Redis is up", self._name)
        try:
            self._came_up()
            return await self._watch(connection)
        finally:
            self.up.clear()
            self._connection = None
            self._unsent.clear()
            self._unsent_bytes = 0
            connection.transport.abort()
            self._went_down()

    async def _watch(self, connection: _Connection) -> str:
        # Unanswered pings are counted instead of seconds: after a stall of our own loop the
        # answers are still unread, and a clock would blame Redis for it.
        unanswered = 0
        while unanswered < SILENT_PINGS:
            connection.heard = False
            self.send(PING)
            await asyncio.wait({connection.lost}, timeout=PING_SECONDS)
            if connection.lost.done():
                return connection.lost.result()
            unanswered = 0 if connection.heard else unanswered + 1
        return f"nothing heard during {SILENT_PINGS} pings"

    def _flush(self) -> None:
        if self._connection is not None:
            self._connection.transport.write(b"".join(self._unsent))
        self._unsent.clear()
        self._unsent_bytes = 0
