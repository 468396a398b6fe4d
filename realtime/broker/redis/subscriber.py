"""The link of the broker by which messages of one Redis server are heard."""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import hiredis

from realtime.broker.cluster.shards import tag_of
from realtime.broker.counters import BrokerCallbacks
from realtime.broker.redis.connection import RedisAddress, Reply, encode
from realtime.broker.redis.link import RedisLink, ThrottledLogger

CHANNELS_PER_COMMAND = 1_000
# So often may a command follow another; more than that is a herd, and waits to be gathered.
BURST, BURST_SECONDS = 4, 0.04

Names = Iterable[bytes]
Outcome = Callable[[bool], None]

logger = logging.getLogger(__name__)


def _all_at_once(names: Names) -> Iterable[list[bytes]]:
    return [list(names)]


def by_tag(names: Names) -> Iterable[list[bytes]]:
    """In a cluster one command takes only names of one slot."""
    groups: dict[bytes, list[bytes]] = {}
    for name in names:
        groups.setdefault(tag_of(name), []).append(name)
    return groups.values()


@dataclass(frozen=True, slots=True)
class SubscribeCommands:
    """How to ask, and which names may be asked for together."""

    subscribe: bytes
    unsubscribe: bytes
    groups: Callable[[Names], Iterable[list[bytes]]]


PLAIN = SubscribeCommands(b"SUBSCRIBE", b"UNSUBSCRIBE", _all_at_once)


class Subscriber:
    """`channels` are all that the broker retains, by their names in Redis.

    In a cluster not all are of this server: `own` gives those that are. `moved` is called when the
    server refuses one, or drops one, which is then in `dropped`.
    """

    def __init__(
        self,
        address: RedisAddress,
        broker: BrokerCallbacks,
        channels: dict[bytes, bytes],
        commands: SubscribeCommands = PLAIN,
        own: Callable[[], Names] | None = None,
        moved: Callable[[], None] = lambda: None,
    ) -> None:
        self.dropped: set[bytes] = set()
        self.link = RedisLink(
            "hearing",
            address,
            came_up=self._subscribe_all,
            hear=self._hear,
            went_down=self._forget_subscriptions,
        )
        self._broker = broker
        self._channels = channels
        self._commands = commands
        self._own = own or (lambda: channels)
        self._moved = moved
        # Of this tick, or of some moments in a herd. Never the same name in both, and nothing while
        # down.
        self._joining: set[bytes] = set()
        self._leaving: set[bytes] = set()
        self._change_due = False
        self._changed_at = deque([-BURST_SECONDS] * BURST, maxlen=BURST)
        # Redis confirms each name of each command in order, so two numbers tell what is done.
        self._asked = 0
        self._confirmed = 0
        self._parting: Counter[bytes] = Counter()  # asked to be unsubscribed and not confirmed
        self._awaiting_change: list[Outcome] = []
        self._awaiting_confirmation: deque[tuple[int, Outcome]] = deque()
        self._complaints = ThrottledLogger(logger)

    def join(self, name: bytes, channel: bytes) -> None:
        self._channels[name] = channel
        self._change(name, self._joining, self._leaving)

    def leave(self, name: bytes) -> None:
        del self._channels[name]
        if name in self.dropped:
            self.dropped.discard(name)
        else:
            self._change(name, self._leaving, self._joining)

    def when_confirmed(self, callback: Outcome) -> None:
        """Calls back once: True when all joined until now is subscribed, False if it will not be.

        If the link comes (back) later, `on_gap` tells.
        """
        if not self.link.up.is_set():
            callback(False)
        elif self._change_due:
            self._awaiting_change.append(callback)
        elif self._confirmed == self._asked:
            callback(True)
        else:
            self._awaiting_confirmation.append((self._asked, callback))

    # In a cluster: names that come from another node, or go there

    def adopt(self, names: Names) -> None:
        """Subscribe these, which were not heard for a while; tell of the gap then."""
        for name in names:
            self.dropped.discard(name)
            self._change(name, self._joining, self._leaving)
        if self.link.up.is_set():
            self.when_confirmed(self._tell_gap)

    def disown(self, name: bytes) -> None:
        """The server does not have it any more, and would refuse to unsubscribe it."""
        self.dropped.discard(name)
        self._joining.discard(name)

    # To and from Redis

    def _change(self, name: bytes, wanted: set[bytes], opposite: set[bytes]) -> None:
        if not self.link.up.is_set():
            return  # all that is retained is subscribed when the link comes up
        if name in opposite:
            opposite.remove(name)  # Redis has not heard of it yet
        else:
            wanted.add(name)
        if not self._change_due:
            self._change_due = True
            loop = asyncio.get_running_loop()
            pause = self._changed_at[0] + BURST_SECONDS - loop.time()
            loop.call_later(max(0.0, pause), self._send_changes)

    def _send_changes(self) -> None:
        self._change_due = False
        self._changed_at.append(asyncio.get_running_loop().time())
        counters = self._broker.counters
        self._parting.update(self._leaving)
        counters.unsubscribe_commands += self._ask(self._commands.unsubscribe, self._leaving)
        counters.subscribe_commands += self._ask(self._commands.subscribe, self._joining)
        awaiting, self._awaiting_change = self._awaiting_change, []
        for callback in awaiting:
            self.when_confirmed(callback)

    def _ask(self, command: bytes, names: set[bytes]) -> int:
        """Sends and empties `names`; answers how many commands that took."""
        self._asked += len(names)
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
        self._broker.counters.reconnects += self.link.times_up > 1
        self._joining.update(self._own())
        anything = bool(self._joining)
        self._send_changes()
        if anything or self.link.times_up > 1:
            self.when_confirmed(self._tell_gap)

    def _forget_subscriptions(self) -> None:
        self._joining.clear()
        self._leaving.clear()
        self._parting.clear()
        self.dropped.clear()
        self._asked = self._confirmed = 0
        while self._awaiting_change:
            self._awaiting_change.pop()(False)
        while self._awaiting_confirmation:
            self._awaiting_confirmation.pop()[1](False)

    def _hear(self, replies: Iterator[Reply]) -> None:
        channels, broker = self._channels, self._broker
        for reply in replies:
            match reply:
                case [b"message" | b"smessage", name, payload]:
                    broker.counters.messages_received += 1
                    channel = channels.get(name)
                    if channel is None:
                        continue  # released, and Redis has not heard of it yet
                    try:
                        broker.on_message(channel, payload)
                    except Exception:
                        broker.counters.callback_errors += 1
                        self._complaints.warn("a message could not be handled", exc_info=True)
                case [b"subscribe" | b"ssubscribe", _, _]:
                    self._confirmed += 1
                case [b"unsubscribe" | b"sunsubscribe", name, _]:
                    self._hear_parting(name)
                case hiredis.ReplyError():
                    # Some channels are not subscribed now: only a new beginning makes that sure.
                    self.link.abort(f"Redis answered: {reply}")
                    if str(reply).startswith("MOVED"):
                        self._moved()
                    return
        awaiting = self._awaiting_confirmation
        while awaiting and awaiting[0][0] <= self._confirmed:
            awaiting.popleft()[1](True)

    def _hear_parting(self, name: bytes) -> None:
        """What we asked for, or the name's slot has gone to another node."""
        if left := self._parting.pop(name, 0):
            self._confirmed += 1
            if left > 1:
                self._parting[name] = left - 1
        else:
            self.dropped.add(name)
            self._moved()

    def _tell_gap(self, confirmed: bool) -> None:
        if not confirmed:
            return  # lost again meanwhile; the next connection tells
        try:
            self._broker.on_gap()
        except Exception:
            self._broker.counters.callback_errors += 1
            self._complaints.warn("a gap could not be handled", exc_info=True)
