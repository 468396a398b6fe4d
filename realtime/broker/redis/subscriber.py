"""The link of the broker by which messages of one Redis server arrive."""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import hiredis

from realtime.broker.broker import BrokerCallbacks
from realtime.broker.cluster.shards import tag_of
from realtime.broker.redis.connection import RedisAddress, Reply, encode
from realtime.broker.redis.link import RedisLink
from realtime.throttled_logger import ThrottledLogger

CHANNELS_PER_COMMAND = 1_000
# So many commands within so long leave at once; what comes faster (a herd) waits to be joined.
BURST, BURST_SECONDS = 4, 0.04

Names = Iterable[bytes]
Outcome = Callable[[bool], None]

logger = logging.getLogger(__name__)


def _all_at_once(names: Names) -> Iterable[list[bytes]]:
    return [list(names)]


def by_tag(names: Names) -> Iterable[list[bytes]]:
    """Group names by their tag: in a cluster one command takes only names of one slot."""
    groups: dict[bytes, list[bytes]] = {}
    for name in names:
        groups.setdefault(tag_of(name), []).append(name)
    return groups.values()


@dataclass(frozen=True, slots=True)
class SubscribeCommands:
    """How to subscribe, and which names may go into one command."""

    subscribe: bytes
    unsubscribe: bytes
    groups: Callable[[Names], Iterable[list[bytes]]]


PLAIN = SubscribeCommands(b"SUBSCRIBE", b"UNSUBSCRIBE", _all_at_once)


class Subscriber:
    """Keeps the subscriptions of one server, and hands on its messages.

    `channels` are all that the broker is subscribed to, by their names in Redis. In a cluster not
    all are of this server: `assigned` gives those that are. `on_moved` is called when the server
    refuses one, or drops one, which is then in `dropped`.
    """

    def __init__(
        self,
        address: RedisAddress,
        broker: BrokerCallbacks,
        channels: dict[bytes, bytes],
        commands: SubscribeCommands = PLAIN,
        assigned: Callable[[], Names] | None = None,
        on_moved: Callable[[], None] = lambda: None,
    ) -> None:
        self.dropped: set[bytes] = set()
        self.link = RedisLink(
            "subscribing",
            address,
            on_connect=self._subscribe_all,
            on_replies=self._handle_replies,
            on_disconnect=self._forget_subscriptions,
        )
        self._broker = broker
        self._channels = channels
        self._commands = commands
        self._assigned = assigned or (lambda: channels)
        self._on_moved = on_moved
        # What the next commands are to ask for. Never the same name in both, and nothing while
        # down.
        self._pending_subscribe: set[bytes] = set()
        self._pending_unsubscribe: set[bytes] = set()
        self._commands_due = False
        self._commands_at = deque([-BURST_SECONDS] * BURST, maxlen=BURST)
        # Redis confirms each name of each command in order, so two numbers tell what is done.
        self._requested = 0
        self._confirmed = 0
        self._unconfirmed_unsubscribes: Counter[bytes] = Counter()
        self._awaiting_commands: list[Outcome] = []
        self._awaiting_confirmation: deque[tuple[int, Outcome]] = deque()
        self._logger = ThrottledLogger(logger)

    def subscribe(self, name: bytes, channel: bytes) -> None:
        """Subscribe to a name in Redis, whose messages are those of `channel`."""
        self._channels[name] = channel
        self._change(name, self._pending_subscribe, self._pending_unsubscribe)

    def unsubscribe(self, name: bytes) -> None:
        """Undo `subscribe`: no message of the name is handed on any more."""
        del self._channels[name]
        if name in self.dropped:
            self.dropped.discard(name)
        else:
            self._change(name, self._pending_unsubscribe, self._pending_subscribe)

    def when_confirmed(self, callback: Outcome) -> None:
        """Call back once: True when all names until now are subscribed, False if they will not be.

        In the latter case `on_gap` is called when the link comes (back) later.
        """
        if not self.link.connected.is_set():
            callback(False)
        elif self._commands_due:
            self._awaiting_commands.append(callback)
        elif self._confirmed == self._requested:
            callback(True)
        else:
            self._awaiting_confirmation.append((self._requested, callback))

    # In a cluster: names that come from another node, or go there

    def add_moved(self, names: Names) -> None:
        """Subscribe names that were subscribed nowhere for a while; report the gap then."""
        for name in names:
            self.dropped.discard(name)
            self._change(name, self._pending_subscribe, self._pending_unsubscribe)
        if self.link.connected.is_set():
            self.when_confirmed(self._report_gap)

    def forget_moved(self, name: bytes) -> None:
        """Forget a name that is no longer this server's, which would refuse to unsubscribe it."""
        self.dropped.discard(name)
        self._pending_subscribe.discard(name)

    # To and from Redis

    def _change(self, name: bytes, wanted: set[bytes], opposite: set[bytes]) -> None:
        if not self.link.connected.is_set():
            return  # everything is subscribed when the link comes up
        if name in opposite:
            opposite.remove(name)  # Redis does not know of it yet
        else:
            wanted.add(name)
        if not self._commands_due:
            self._commands_due = True
            loop = asyncio.get_running_loop()
            pause = self._commands_at[0] + BURST_SECONDS - loop.time()
            loop.call_later(max(0.0, pause), self._send_commands)

    def _send_commands(self) -> None:
        self._commands_due = False
        self._commands_at.append(asyncio.get_running_loop().time())
        counters, commands = self._broker.counters, self._commands
        unsubscribe = self._pending_unsubscribe
        self._unconfirmed_unsubscribes.update(unsubscribe)
        counters.unsubscribe_commands += self._request(commands.unsubscribe, unsubscribe)
        counters.subscribe_commands += self._request(commands.subscribe, self._pending_subscribe)
        awaiting, self._awaiting_commands = self._awaiting_commands, []
        for callback in awaiting:
            self.when_confirmed(callback)

    def _request(self, command: bytes, names: set[bytes]) -> int:
        """Send and empty `names`; return how many commands that took."""
        self._requested += len(names)
        groups = self._commands.groups(names)
        names.clear()
        count = 0
        for group in groups:
            for start in range(0, len(group), CHANNELS_PER_COMMAND):
                batch = group[start : start + CHANNELS_PER_COMMAND]
                self.link.send(encode(command, *batch))
                count += 1
        return count

    def _subscribe_all(self) -> None:
        self._broker.counters.reconnects += self.link.connect_count > 1
        self._pending_subscribe.update(self._assigned())
        anything = bool(self._pending_subscribe)
        self._send_commands()
        if anything or self.link.connect_count > 1:
            self.when_confirmed(self._report_gap)

    def _forget_subscriptions(self) -> None:
        self._pending_subscribe.clear()
        self._pending_unsubscribe.clear()
        self._unconfirmed_unsubscribes.clear()
        self.dropped.clear()
        self._requested = self._confirmed = 0
        while self._awaiting_commands:
            self._awaiting_commands.pop()(False)
        while self._awaiting_confirmation:
            self._awaiting_confirmation.pop()[1](False)

    def _handle_replies(self, replies: Iterator[Reply]) -> None:
        channels, broker = self._channels, self._broker
        for reply in replies:
            match reply:
                case [b"message" | b"smessage", name, payload]:
                    broker.counters.messages_received += 1
                    channel = channels.get(name)
                    if channel is None:
                        continue  # unsubscribed, and Redis does not know of it yet
                    try:
                        broker.on_message(channel, payload)
                    except Exception:
                        broker.counters.callback_errors += 1
                        self._logger.warning("a message could not be handled", exc_info=True)
                case [b"subscribe" | b"ssubscribe", _, _]:
                    self._confirmed += 1
                case [b"unsubscribe" | b"sunsubscribe", name, _]:
                    self._handle_unsubscribed(name)
                case hiredis.ReplyError():
                    # Some channels are not subscribed now: only a new beginning makes that sure.
                    self.link.abort(f"Redis answered: {reply}")
                    if str(reply).startswith("MOVED"):
                        self._on_moved()
                    return
        awaiting = self._awaiting_confirmation
        while awaiting and awaiting[0][0] <= self._confirmed:
            awaiting.popleft()[1](True)

    def _handle_unsubscribed(self, name: bytes) -> None:
        """Handle what we asked for; else the name's slot has gone to another node."""
        if left := self._unconfirmed_unsubscribes.pop(name, 0):
            self._confirmed += 1
            if left > 1:
                self._unconfirmed_unsubscribes[name] = left - 1
        else:
            self.dropped.add(name)
            self._on_moved()

    def _report_gap(self, confirmed: bool) -> None:
        if not confirmed:
            return  # lost again meanwhile; the next connection reports it
        try:
            self._broker.on_gap()
        except Exception:
            self._broker.counters.callback_errors += 1
            self._logger.warning("a gap could not be handled", exc_info=True)
