"""What the rest of the server may expect of publish/subscribe between instances.

A published message is a notification hint: it says that there is something new in PostgreSQL, which
is the truth. So the broker may lose messages, and promises no more than it can keep without
waiting for anybody.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(slots=True)
class BrokerCounters:
    """Since the broker was opened; they only rise."""

    messages_received: int = 0
    callback_errors: int = 0
    published: int = 0  # handed to a live connection
    publish_dropped: int = 0  # not handed over: connection down or buffer full
    publish_lost: int = 0  # handed over, then refused or lost with it: perhaps not delivered
    reconnects: int = 0  # of all connections
    subscribe_commands: int = 0
    unsubscribe_commands: int = 0


class BrokerCallbacks(Protocol):
    """What a broker calls, in the event loop that opened it. None of it may block.

    What a callback raises is logged and counted, and the broker goes on.
    """

    on_message: Callable[[bytes, bytes], None]
    """Called with (channel, payload) for each message of a subscribed channel.

    At most once for each message and subscribing instance, whatever the number of subscriptions.
    Messages of one channel arrive in the order in which one instance published them, as long as
    both keep their connections; there is no order between publishers, nor, in a cluster, between
    channels. Nothing arrives for a channel after its last `unsubscribe`.
    """

    on_gap: Callable[[], None]
    """Called when messages may have been missed on any of the channels.

    That is: when a subscribing connection has come up late, or again, or a channel has moved to
    another node of a cluster, and only once all channels concerned are subscribed. Whatever was
    published before the call and concerns them is to be read from PostgreSQL; what is published
    after it arrives. A message lost in any other way is not reported: the reconciler's pass every
    2 s finds what it was about.
    """

    counters: BrokerCounters


class Publisher(Protocol):
    """What only publishes needs of a broker."""

    def publish(self, channel: bytes, payload: bytes) -> bool:
        """Send a message, as Broker.publish says."""


class Broker(BrokerCallbacks, Publisher, Protocol):
    """Publish/subscribe between the instances: at most once, in order, never in anybody's way."""

    @property
    def connected(self) -> bool:
        """Whether every connection is up, so that messages go both ways."""

    @property
    def channels(self) -> int:
        """How many channels are subscribed at least once."""

    def subscribe(self, channel: bytes) -> None:
        """Subscribe to a channel, once more than before: subscriptions are counted.

        Returns before the server knows of it, so a message published right after the call may be
        missed without an `on_gap`. Who must not miss any waits for `subscribed`, and reads the
        database then. While the connection is down the channel is noted, and subscribed with all
        others when it comes up.
        """

    def unsubscribe(self, channel: bytes) -> None:
        """Undo one `subscribe`; the last one ends the messages at once.

        Raises:
            KeyError: when there is none to undo.
        """

    async def subscribed(self, timeout_seconds: float = 0.5) -> bool:
        """Wait until the server has confirmed every `subscribe` made before the call.

        Returns:
            True when it has: from here on no message is missed without an `on_gap`. False, at once
            when the connection is down, and when the time is over: go on then. If the connection
            comes (back) later, `on_gap` is called; if a confirmation is only slow, the reconciler
            finds what was missed.
        """

    def publish(self, channel: bytes, payload: bytes) -> bool:
        """Send a message to all who are subscribed, ourselves included; at most once, no waiting.

        It leaves together with all else that this tick of the loop publishes, in order.

        Returns:
            False, and counted, when the connection is down or too much waits for it already. True
            promises nothing: what a lost connection took with it is not sent again.
        """
