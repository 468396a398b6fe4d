"""A link to Redis: a connection that is opened again whenever it is lost.

Not redis-py's pub/sub, because that costs ten times the CPU per message and waits for ever on a
half-open connection.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Iterator

from realtime.broker.redis.connection import (
    RedisAddress,
    RedisConnection,
    Reply,
    encode,
    open_connection,
)
from realtime.throttled_logger import ThrottledLogger

BACKOFF_SECONDS_MIN = 0.05  # between two attempts; doubles up to the maximum
BACKOFF_SECONDS_MAX = 1.0
PING_SECONDS = 1.0
UNANSWERED_PINGS_MAX = 3  # this many in a row: the link is dead, whatever TCP says
PING = encode(b"PING")

logger = logging.getLogger(__name__)


class RedisLink:
    """A connection to Redis that is ready for commands, or being replaced.

    `on_connect` is called each time that a connection is ready for commands, `on_replies` with the
    replies of each read, `on_disconnect` once for each lost connection. None may block or raise.
    Whatever was sent on a lost connection is lost with it; nothing is sent twice.
    """

    def __init__(
        self,
        name: str,
        address: RedisAddress,
        *,
        on_connect: Callable[[], None],
        on_replies: Callable[[Iterator[Reply]], None],
        on_disconnect: Callable[[], None],
    ) -> None:
        self.connected = asyncio.Event()
        self.connect_count = 0
        self.name = name
        self._address = address
        self._on_connect = on_connect
        self._on_replies = on_replies
        self._on_disconnect = on_disconnect
        self._connection: RedisConnection | None = None
        self._unsent: list[bytes] = []
        self._unsent_bytes = 0
        self._logger = ThrottledLogger(logger)

    def __str__(self) -> str:
        return f"the {self.name} link to Redis at {self._address}"

    @property
    def waiting_bytes(self) -> int:
        """How much was sent and has not been taken by the kernel yet."""
        if self._connection is None:
            return 0
        return self._unsent_bytes + self._connection.transport.get_write_buffer_size()

    def send(self, data: bytes) -> None:
        """Send in one write with all else of this tick of the loop. Does nothing while down."""
        if self._connection is None:
            return
        if not self._unsent:
            asyncio.get_running_loop().call_soon(self._flush)
        self._unsent.append(data)
        self._unsent_bytes += len(data)

    def abort(self, reason: str) -> None:
        """Replace the connection; `on_disconnect` follows within this tick or the next."""
        if self._connection is not None:
            self._connection.abort(reason)

    async def run(self) -> None:
        """Keep connected until cancelled, and close the connection then."""
        loop = asyncio.get_running_loop()
        pause = BACKOFF_SECONDS_MIN
        while True:
            started = loop.time()
            try:
                reason = await self._use(await open_connection(self._address))
            except OSError as error:  # TimeoutError is one of them
                reason = str(error) or "no answer in time"
            except Exception as error:
                logger.exception("%s failed in an unforeseen way", self)
                reason = repr(error)
            self._logger.warning("%s is down: %s", self, reason)
            if loop.time() - started > BACKOFF_SECONDS_MAX:
                pause = BACKOFF_SECONDS_MIN  # it worked; one that dies at once keeps slowing down
            await asyncio.sleep(pause * random.uniform(0.5, 1))  # not all instances at once
            pause = min(2 * pause, BACKOFF_SECONDS_MAX)

    async def _use(self, connection: RedisConnection) -> str:
        """Use a connection until it is lost, and return the reason."""
        connection.on_replies = self._on_replies
        self._connection = connection
        self.connect_count += 1
        self.connected.set()
        logger.info("%s is up", self)
        try:
            self._on_connect()
            return await self._ping_until_lost(connection)
        finally:
            self.connected.clear()
            self._connection = None
            self._unsent.clear()
            self._unsent_bytes = 0
            connection.transport.abort()
            self._on_disconnect()

    async def _ping_until_lost(self, connection: RedisConnection) -> str:
        # Unanswered pings are counted instead of seconds: after a stall of our own loop the
        # answers are still unread, and a clock would blame Redis for it.
        unanswered = 0
        while unanswered < UNANSWERED_PINGS_MAX:
            connection.received = False
            self.send(PING)
            await asyncio.wait({connection.closed}, timeout=PING_SECONDS)
            if connection.closed.done():
                return connection.closed.result()
            unanswered = 0 if connection.received else unanswered + 1
        return f"no reply to {UNANSWERED_PINGS_MAX} pings"

    def _flush(self) -> None:
        if self._connection is not None:
            self._connection.transport.write(b"".join(self._unsent))
        self._unsent.clear()
        self._unsent_bytes = 0
