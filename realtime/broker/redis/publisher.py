"""The link of the broker by which messages are published to one Redis server."""

import asyncio
import logging
from collections.abc import Callable, Iterator

import hiredis

from realtime.broker.broker import BrokerCallbacks
from realtime.broker.redis.connection import RedisAddress, Reply, encode
from realtime.broker.redis.link import RedisLink
from realtime.throttled_logger import ThrottledLogger

PUBLISH_BUFFER_BYTES = 4 * 2**20  # more than this waiting: Redis does not keep up

logger = logging.getLogger(__name__)


class Publisher:
    """Publishes to one server, and counts what becomes of it.

    `on_moved` is called when the server refuses a channel because another has it now.
    """

    def __init__(
        self,
        address: RedisAddress,
        broker: BrokerCallbacks,
        command: bytes = b"PUBLISH",
        on_moved: Callable[[], None] = lambda: None,
    ) -> None:
        self.buffer_bytes = PUBLISH_BUFFER_BYTES
        self.link = RedisLink(
            "publishing",
            address,
            on_connect=self._on_connect,
            on_replies=self._handle_replies,
            on_disconnect=self._on_disconnect,
        )
        self.unconfirmed = 0
        self._counters = broker.counters
        self._command = command
        self._on_moved = on_moved
        self._logger = ThrottledLogger(logger)

    def publish(self, name: bytes, payload: bytes) -> bool:
        """Send a message. False, and counted, when the link is down or too much waits already."""
        link, counters = self.link, self._counters
        if not link.connected.is_set() or link.waiting_bytes > self.buffer_bytes:
            counters.publish_dropped += 1
            return False
        link.send(encode(self._command, name, payload))
        counters.published += 1
        self.unconfirmed += 1
        return True

    async def flush(self) -> None:
        """Wait until Redis has what was published, 0.5 s at most: closing may discard it."""
        for _ in range(50):
            if self.unconfirmed:
                await asyncio.sleep(0.01)

    def _on_connect(self) -> None:
        self._counters.reconnects += self.link.connect_count > 1

    def _handle_replies(self, replies: Iterator[Reply]) -> None:
        for reply in replies:
            if isinstance(reply, int):
                self.unconfirmed -= 1
            elif isinstance(reply, hiredis.ReplyError):
                self._handle_error(str(reply))

    def _handle_error(self, reason: str) -> None:
        """Begin anew, unless a new connection would be answered the same."""
        if self.unconfirmed:  # else it was a PING
            self.unconfirmed -= 1
            self._counters.publish_lost += 1
        if reason.startswith(("NOPERM", "BUSY", "MOVED", "CLUSTERDOWN")):
            # Its code only: the text names the channel and would never be the same twice.
            self._logger.warning("Redis refuses to publish: %s", reason.partition(" ")[0])
            if reason.startswith("MOVED"):
                self._on_moved()
        else:
            self.link.abort(f"Redis answered: {reason}")

    def _on_disconnect(self) -> None:
        self._counters.publish_lost += self.unconfirmed
        self.unconfirmed = 0
