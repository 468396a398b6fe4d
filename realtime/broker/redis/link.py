"""One link to Redis: a connection, opened again and again for as long as the instance runs.

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

FIRST_PAUSE_SECONDS = 0.05  # between two attempts; doubles up to the longest
LONGEST_PAUSE_SECONDS = 1.0
PING_SECONDS = 1.0
SILENT_PINGS = 3  # this many unanswered in a row: the link is dead, whatever TCP says
COMPLAIN_SECONDS = 10.0
PING = encode(b"PING")

logger = logging.getLogger(__name__)


class ThrottledLogger:
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
        self.name = name
        self._address = address
        self._came_up, self._hear, self._went_down = came_up, hear, went_down
        self._connection: RedisConnection | None = None
        self._unsent: list[bytes] = []
        self._unsent_bytes = 0
        self._complaints = ThrottledLogger(logger)

    def __str__(self) -> str:
        return f"the {self.name} link to Redis at {self._address}"

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

    def abort(self, reason: str) -> None:
        """Replaces the connection; `went_down` follows within this tick or the next."""
        if self._connection is not None:
            self._connection.abort(reason)

    async def run(self) -> None:
        """Runs until cancelled, and closes the connection then."""
        loop = asyncio.get_running_loop()
        pause = FIRST_PAUSE_SECONDS
        while True:
            started = loop.time()
            try:
                reason = await self._live(await open_connection(self._address))
            except OSError as error:  # TimeoutError is one of them
                reason = str(error) or "no answer in time"
            except Exception as error:
                logger.exception("%s failed in an unforeseen way", self)
                reason = repr(error)
            self._complaints.warn("%s is down: %s", self, reason)
            if loop.time() - started > LONGEST_PAUSE_SECONDS:
                pause = FIRST_PAUSE_SECONDS  # it worked; one that dies at once keeps slowing down
            await asyncio.sleep(pause * random.uniform(0.5, 1))  # not all instances at once
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    async def _live(self, connection: RedisConnection) -> str:
        """From greeted to lost; answers why it was lost."""
        connection.hear = self._hear
        self._connection = connection
        self.times_up += 1
        self.up.set()
        logger.info("%s is up", self)
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

    async def _watch(self, connection: RedisConnection) -> str:
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
