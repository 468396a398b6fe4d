"""One connection to Redis: where to, how to sign in, what is said and heard.

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

CONNECT_SECONDS = 0.5  # for TCP, TLS, signing in and the first PING together

Reply = Any  # RESP2 as hiredis gives it: bytes, int, None, hiredis.ReplyError or a list of these

logger = logging.getLogger(__name__)
_NOTHING = object()  # what the parser answers between two replies; equal to no reply, 0 included


def encode(*words: bytes) -> bytes:
    """The command as Redis reads it."""
    return cast(bytes, hiredis.pack_command(cast(Any, words)))  # its stub knows one word only


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

    def __str__(self) -> str:
        return self.path or f"{self.host}:{self.port}"

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

    async def connect(self, make: Callable[[], "RedisConnection"]) -> "RedisConnection":
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


class RedisConnection(asyncio.Protocol):
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
            self.abort(repr(error))

    def connection_lost(self, error: Exception | None) -> None:
        self.lost.set_result(self._reason or str(error or "closed by Redis"))

    def abort(self, reason: str) -> None:
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
                    self.abort(f"Redis refused {command.decode()}: {reply}")
                    return
            if not expected and not answered.done():
                answered.set_result(None)

        self.hear = hear
        self.transport.write(b"".join(encode(*command) for command in commands))
        either: set[asyncio.Future[Any]] = {answered, self.lost}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if self.lost.done():
            raise ConnectionError(self.lost.result())


async def open_connection(address: RedisAddress) -> RedisConnection:
    """Greeted and ready for commands. Raises OSError, in 0.5 s at most."""
    connection: RedisConnection | None = None
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            connection = await address.connect(RedisConnection)
            await connection.greet(address.greeting())
    except BaseException:
        if connection is not None:
            connection.transport.abort()
        raise
    return connection


async def ask(address: RedisAddress, *words: bytes) -> Reply:
    """What a connection of its own is answered to one command, within 1 s. Raises OSError."""
    connection = await open_connection(address)
    answered: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()

    def hear(replies: Iterator[Reply]) -> None:
        for reply in replies:
            if not answered.done():
                answered.set_result(reply)

    connection.hear = hear
    connection.transport.write(encode(*words))
    try:
        either: set[asyncio.Future[Any]] = {answered, connection.lost}
        await asyncio.wait(either, timeout=CONNECT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if not answered.done():
            raise ConnectionError("no answer in time")
        return answered.result()
    finally:
        connection.transport.abort()
