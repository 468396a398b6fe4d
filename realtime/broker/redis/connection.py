"""One connection to Redis: its address, the handshake, commands and replies.

Speaks RESP2 in bytes over TCP, TLS or a Unix socket; knows nothing of channels. Works with
Redis >= 6.2 and Valkey.
"""

import asyncio
import logging
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Self, cast

import hiredis
from redis.asyncio.connection import SSLConnection, parse_url

CONNECT_SECONDS = 0.5  # for TCP, TLS, authentication and the first PING together

Reply = Any  # RESP2 as hiredis gives it: bytes, int, None, hiredis.ReplyError or a list of these

logger = logging.getLogger(__name__)
_NO_REPLY = object()  # what the parser returns when it has no reply; equal to none, 0 included


def encode(*words: bytes) -> bytes:
    """Return a command as Redis reads it."""
    return cast(bytes, hiredis.pack_command(cast(Any, words)))  # its stub knows one word only


@dataclass(frozen=True, slots=True)
class RedisAddress:
    """Where Redis listens, and credentials; `path` (a Unix socket) wins over host and port."""

    host: str
    port: int
    path: str | None
    db: int
    username: str
    password: str = field(repr=False)
    tls: ssl.SSLContext | None

    def __str__(self) -> str:
        return self.path or f"{self.host}:{self.port}"

    @classmethod
    def from_url(cls, url: str) -> Self:
        """Parse redis://, rediss:// and unix:// as redis-py does, so that one setting serves both.

        Raises:
            ValueError: for another scheme, or a value that makes no sense.
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

    async def connect(self, make: Callable[[], "RedisConnection"]) -> "RedisConnection":
        """Connect, without the handshake.

        Raises:
            OSError: also for names that do not resolve and certificates that do not fit.
        """
        loop = asyncio.get_running_loop()
        if self.path is not None:
            return (await loop.create_unix_connection(make, self.path))[1]
        return (await loop.create_connection(make, self.host, self.port, ssl=self.tls))[1]

    def handshake_commands(self) -> list[tuple[bytes, ...]]:
        """Return what a new connection sends before anything else."""
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


class RedisConnection(asyncio.Protocol):
    """One TCP or Unix connection, from its first byte to its last.

    `received` is set by whatever comes in, `closed` to the reason when the connection is. What
    comes in goes to `on_replies`, all that one read has completed, in order.
    """

    transport: asyncio.Transport

    def __init__(self) -> None:
        self.received = True
        self.closed: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.on_replies: Callable[[Iterator[Reply]], None] = lambda replies: None
        self._reason = ""
        self._reader = hiredis.Reader(notEnoughData=_NO_REPLY)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport (called by asyncio)."""
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Hand on the replies that are complete (called by asyncio)."""
        self.received = True
        try:
            self._reader.feed(data)
            self.on_replies(iter(self._reader.gets, _NO_REPLY))
        except Exception as error:  # not RESP, or our own mistake: begin anew rather than guess
            logger.exception("a reply of Redis could not be handled")
            self.abort(repr(error))

    def connection_lost(self, error: Exception | None) -> None:
        """Say why the connection is closed (called by asyncio)."""
        self.closed.set_result(self._reason or str(error or "closed by Redis"))

    def abort(self, reason: str) -> None:
        """Close the connection at once; the first reason given is the one that counts."""
        self._reason = self._reason or reason
        self.transport.abort()

    async def handshake(self, commands: list[tuple[bytes, ...]]) -> None:
        """Send the first commands, and wait until Redis has replied to all.

        Raises:
            ConnectionError: when it refused one.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        expected = list(commands)

        def handle(replies: Iterator[Reply]) -> None:
            for reply in replies:
                command = expected.pop(0)[0]
                # A proxy or an ACL may forbid to take a name; nothing depends on it.
                if isinstance(reply, hiredis.ReplyError) and command != b"CLIENT":
                    self.abort(f"Redis refused {command.decode()}: {reply}")
                    return
            if not expected and not done.done():
                done.set_result(None)

        self.on_replies = handle
        self.transport.write(b"".join(encode(*command) for command in commands))
        either: set[asyncio.Future[Any]] = {done, self.closed}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if self.closed.done():
            raise ConnectionError(self.closed.result())


async def open_connection(address: RedisAddress) -> RedisConnection:
    """Connect and shake hands: ready for commands, in 0.5 s at most. Raises OSError."""
    connection: RedisConnection | None = None
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            connection = await address.connect(RedisConnection)
            await connection.handshake(address.handshake_commands())
    except BaseException:
        if connection is not None:
            connection.transport.abort()
        raise
    return connection


async def execute_once(address: RedisAddress, *words: bytes) -> Reply:
    """Return the reply to one command on a connection of its own, within 1 s. Raises OSError."""
    connection = await open_connection(address)
    answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()

    def handle(replies: Iterator[Reply]) -> None:
        for reply in replies:
            if not answer.done():
                answer.set_result(reply)

    connection.on_replies = handle
    connection.transport.write(encode(*words))
    try:
        either: set[asyncio.Future[Any]] = {answer, connection.closed}
        await asyncio.wait(either, timeout=CONNECT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            raise ConnectionError("no answer in time")
        return answer.result()
    finally:
        connection.transport.abort()
