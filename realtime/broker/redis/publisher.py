"""The link of the broker by which one Redis server is told messages."""

import asyncio
import logging
from collections.abc import Callable, Iterator

import hiredis

from realtime.broker.counters import BrokerCallbacks
from realtime.broker.redis.connection import RedisAddress, Reply, encode
from realtime.broker.redis.link import RedisLink, ThrottledLogger

PUBLISH_BUFFER_BYTES = 4 * 2**20  # more than this waiting: Redis does not keep up

logger = logging.getLogger(__name__)


class Publisher:
    """`moved` is called when the server refuses a channel because another has it now."""

    def __init__(
        self,
        address: RedisAddress,
        broker: BrokerCallbacks,
        command: bytes = b"PUBLISH",
        moved: Callable[[], None] = lambda: None,
    ) -> None:
        self.buffer_bytes = PUBLISH_BUFFER_BYTES
        self.link = RedisLink(
            "publishing",
            address,
            came_up=self._came_up,
            hear=self._hear,
            went_down=self._forget_unanswered,
        )
        self.unanswered = 0
        self._counters = broker.counters
        self._command = command
        self._moved = moved
        self._complaints = ThrottledLogger(logger)

    def publish(self, name: bytes, payload: bytes) -> bool:
        """False, and counted, when the link is down or too much waits already."""
        link, counters = self.link, self._counters
        if not link.up.is_set() or link.waiting_bytes > self.buffer_bytes:
            counters.publish_dropped += 1
            return False
        link.send(encode(self._command, name, payload))
        counters.published += 1
        self.unanswered += 1
        return True

    async def flush(self) -> None:
        """Waits for the answers to what was published: closing earlier may discard it."""
        for _ in range(50):  # 0.5 s at most
            if self.unanswered:
                await asyncio.sleep(0.01)

    def _came_up(self) -> None:
        self._counters.reconnects += self.link.times_up > 1

    def _hear(self, replies: Iterator[Reply]) -> None:
        for reply in replies:
            if isinstance(reply, int):
                self.unanswered -= 1
            elif isinstance(reply, hiredis.ReplyError):
                self._hear_refusal(str(reply))

    def _hear_refusal(self, reason: str) -> None:
        """A new connection helps, unless it would hear the same."""
        if self.unanswered:  # else it was a PING
            self.unanswered -= 1
            self._counters.publish_lost += 1
        if reason.startswith(("NOPERM", "BUSY", "MOVED", "CLUSTERDOWN")):
            # Its code only: the text names the channel and would never be the same twice.
            self._complaints.warn("Redis refuses to publish: %s", reason.partition(" ")[0])
            if reason.startswith("MOVED"):
                self._moved()
        else:
            self.link.abort(f"Redis answered: {reason}")

    def _forget_unanswered(self) -> None:
        self._counters.publish_lost += self.unanswered
        self.unanswered = 0
