"""The instance's ear and mouth on Redis pub/sub: doorbells, never the truth.

A message may be lost at any time; the log in PostgreSQL and the sweep make up for it. So nothing
is sent twice or waits for long. A channel that nobody here retains costs this instance nothing.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import hiredis

from realtime.redis_connection import CONNECT_SECONDS, RedisAddress, Reply, encode
from realtime.redis_link import Complaints, RedisLink

CHANNELS_PER_COMMAND = 1_000
PUBLISH_BUFFER_BYTES = 4 * 2**20  # more than this waiting: Redis does not keep up

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class BusCounters:
    """Since the bus was opened; they only rise."""

    messages_received: int = 0
    callback_errors: int = 0
    published: int = 0  # handed to a live link
    publish_dropped: int = 0  # not handed over: link down or buffer full
    publish_lost: int = 0  # handed over, then refused or lost with the link: perhaps not delivered
    reconnects: int = 0  # of both links
    subscribe_commands: int = 0
    unsubscribe_commands: int = 0


class Bus:
    """Two links to Redis: one hears, one publishes. Belongs to the loop that opened it.

    `on_message(channel, payload)` is called in the reader and must not block; what it raises is
    logged and counted. `on_gap()` is called when the hearing link has come up late or again and
    all channels are subscribed: what was published meanwhile is lost, read it elsewhere.
    """

    def __init__(self, address: RedisAddress, prefix: bytes) -> None:
        self.on_message: Callable[[bytes, bytes], None] = lambda channel, payload: None
        self.on_gap: Callable[[], None] = lambda: None
        self.counters = BusCounters()
        # Redis channels know no databases; without the number two of them would hear each other.
        self._prefix = prefix + (b"%d:" % address.db if address.db else b"")
        self._hearing = RedisLink(
            "hearing",
            address,
            came_up=self._subscribe_all,
            hear=self._hear,
            went_down=self._forget_subscriptions,
        )
        self._publishing = RedisLink(
            "publishing",
            address,
            came_up=self._publishing_came_up,
            hear=self._hear_answers,
            went_down=self._forget_unanswered,
        )
        self._retained: dict[bytes, int] = {}
        self._channels: dict[bytes, bytes] = {}  # name in Redis -> the retained channel
        # Of this tick, by name in Redis. Never the same name in both, and nothing while down.
        self._joining: set[bytes] = set()
        self._leaving: set[bytes] = set()
        self._change_due = False
        # Redis confirms each name of each command in order, so two numbers tell what is done.
        self._asked = 0
        self._confirmed = 0
        self._awaiting_change: list[Callable[[bool], None]] = []
        self._awaiting_confirmation: deque[tuple[int, Callable[[bool], None]]] = deque()
        self._unanswered = 0
        self._complaints = Complaints(logger)

    @property
    def connected(self) -> bool:
        return self._hearing.up.is_set() and self._publishing.up.is_set()

    @property
    def channels(self) -> int:
        """How many are retained at least once."""
        return len(self._retained)

    def retain(self, channel: bytes) -> None:
        """Messages of the channel arrive from soon on (see `subscribed`) until its last release."""
        count = self._retained.get(channel, 0)
        self._retained[channel] = count + 1
        if count == 0:
            name = self._prefix + channel
            self._channels[name] = channel
            self._change(name, self._joining, self._leaving)

    def release(self, channel: bytes) -> None:
        """Undoes one retain. Raises KeyError when there is none to undo."""
        count = self._retained[channel]
        if count > 1:
            self._retained[channel] = count - 1
            return
        name = self._prefix + channel
        del self._retained[channel], self._channels[name]
        self._change(name, self._leaving, self._joining)

    async def subscribed(self, timeout_seconds: float = 0.5) -> bool:
        """True as soon as Redis has confirmed every retain made before the call.

        False when it is away or the time is over: go on then. If the link comes (back) later,
        `on_gap` tells; if a confirmation is only slow, the sweep finds what was missed.
        """
        if not self._hearing.up.is_set():
            return False
        loop = asyncio.get_running_loop()
        confirmed: asyncio.Future[bool] = loop.create_future()

        def settle(outcome: bool) -> None:
            if not confirmed.done():
                confirmed.set_result(outcome)

        self._when_confirmed(settle)
        timer = loop.call_later(timeout_seconds, settle, False)
        try:
            return await confirmed
        finally:
            timer.cancel()

    def publish(self, channel: bytes, payload: bytes) -> bool:
        """Leaves with all else that this tick of the loop publishes, in order, at most once.

        False, and counted, when the link is down or 4 MiB wait already. True promises nothing.
        """
        link = self._publishing
        if not link.up.is_set() or link.waiting_bytes > PUBLISH_BUFFER_BYTES:
            self.counters.publish_dropped += 1
            return False
        link.send(encode(b"PUBLISH", self._prefix + channel, payload))
        self.counters.published += 1
        self._unanswered += 1
        return True

    # The hearing link

    def _change(self, name: bytes, wanted: set[bytes], opposite: set[bytes]) -> None:
        if not self._hearing.up.is_set():
            return  # all that is retained is subscribed when the link comes up
        if name in opposite:
            opposite.remove(name)  # Redis has not heard of it yet
        else:
            wanted.add(name)
        if not self._change_due:
            self._change_due = True
            asyncio.get_running_loop().call_soon(self._send_changes)

    def _send_changes(self) -> None:
        self._change_due = False
        self.counters.unsubscribe_commands += self._ask(b"UNSUBSCRIBE", self._leaving)
        self.counters.subscribe_commands += self._ask(b"SUBSCRIBE", self._joining)
        awaiting, self._awaiting_change = self._awaiting_change, []
        for callback in awaiting:
            self._when_confirmed(callback)

    def _ask(self, command: bytes, names: set[bytes]) -> int:
        """Sends and empties `names`; answers how many commands that took."""
        ordered = list(names)
        names.clear()
        starts = range(0, len(ordered), CHANNELS_PER_COMMAND)
        for start in starts:
            self._hearing.send(encode(command, *ordered[start : start + CHANNELS_PER_COMMAND]))
        self._asked += len(ordered)
        return len(starts)

    def _when_confirmed(self, callback: Callable[[bool], None]) -> None:
        """Calls back once: True when all asked by the end of this tick is confirmed, or False."""
        if self._change_due:
            self._awaiting_change.append(callback)
        elif self._confirmed == self._asked:
            callback(True)
        else:
            self._awaiting_confirmation.append((self._asked, callback))

    def _subscribe_all(self) -> None:
        self.counters.reconnects += self._hearing.times_up > 1
        self._joining.update(self._channels)
        self._send_changes()
        if self._channels or self._hearing.times_up > 1:
            self._when_confirmed(self._tell_gap)

    def _forget_subscriptions(self) -> None:
        self._joining.clear()
        self._leaving.clear()
        self._asked = self._confirmed = 0
        while self._awaiting_change:
            self._awaiting_change.pop()(False)
        while self._awaiting_confirmation:
            self._awaiting_confirmation.pop()[1](False)

    def _hear(self, replies: Iterator[Reply]) -> None:
        channels = self._channels
        for reply in replies:
            match reply:
                case [b"message", name, payload]:
                    self.counters.messages_received += 1
                    channel = channels.get(name)
                    if channel is None:
                        continue  # released, and Redis has not heard of it yet
                    try:
                        self.on_message(channel, payload)
                    except Exception:
                        self.counters.callback_errors += 1
                        self._complaints.warn("a message could not be handled", exc_info=True)
                case [b"subscribe" | b"unsubscribe", _, _]:
                    self._confirmed += 1
                case hiredis.ReplyError():
                    # Some channels are not subscribed now: only a new beginning makes that sure.
                    self._hearing.give_up(f"Redis answered: {reply}")
                    return
        awaiting = self._awaiting_confirmation
        while awaiting and awaiting[0][0] <= self._confirmed:
            awaiting.popleft()[1](True)

    def _tell_gap(self, confirmed: bool) -> None:
        if not confirmed:
            return  # lost again meanwhile; the next connection tells
        try:
            self.on_gap()
        except Exception:
            self.counters.callback_errors += 1
            self._complaints.warn("a gap could not be handled", exc_info=True)

    # The publishing link

    def _publishing_came_up(self) -> None:
        self.counters.reconnects += self._publishing.times_up > 1

    def _hear_answers(self, replies: Iterator[Reply]) -> None:
        for reply in replies:
            if isinstance(reply, int):
                self._unanswered -= 1
            elif isinstance(reply, hiredis.ReplyError):
                self._hear_refusal(str(reply))

    def _hear_refusal(self, reason: str) -> None:
        """A new connection helps, unless it would hear the same."""
        if self._unanswered:  # else it was a PING
            self._unanswered -= 1
            self.counters.publish_lost += 1
        if reason.startswith(("NOPERM", "BUSY")):
            # Its code only: the text names the channel and would never be the same twice.
            self._complaints.warn("Redis refuses to publish: %s", reason.partition(" ")[0])
        else:
            self._publishing.give_up(f"Redis answered: {reason}")

    def _forget_unanswered(self) -> None:
        self.counters.publish_lost += self._unanswered
        self._unanswered = 0

    async def _farewell(self) -> None:
        """Waits for the answers to what was published: closing earlier may discard it."""
        for _ in range(50):  # 0.5 s at most
            if self._unanswered:
                await asyncio.sleep(0.01)


@asynccontextmanager
async def open_bus(
    redis_url: str,
    *,
    prefix: bytes = b"mt:",
    on_message: Callable[[bytes, bytes], None] | None = None,
    on_gap: Callable[[], None] | None = None,
) -> AsyncIterator[Bus]:
    """Yields as soon as both links are up, or after 0.5 s without Redis: then they come later.

    `prefix` goes before every channel's name, so that several installations may share a Redis.
    Both callbacks may also be set on the bus afterwards. Raises ValueError for a URL that is none.
    """
    bus = Bus(RedisAddress.from_url(redis_url), prefix)
    bus.on_message = on_message or bus.on_message
    bus.on_gap = on_gap or bus.on_gap
    links = (bus._hearing, bus._publishing)
    # Not a TaskGroup: it would wrap what the caller's block raises into an ExceptionGroup.
    tasks = [asyncio.create_task(link.keep_up()) for link in links]
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(CONNECT_SECONDS):
                for link in links:
                    await link.up.wait()
        try:
            yield bus
        finally:
            await bus._farewell()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
