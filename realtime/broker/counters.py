"""What the broker counts, and whom its links tell."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(slots=True)
class BrokerCounters:
    """Since the broker was opened; they only rise."""

    messages_received: int = 0
    callback_errors: int = 0
    published: int = 0  # handed to a live link
    publish_dropped: int = 0  # not handed over: link down or buffer full
    publish_lost: int = 0  # handed over, then refused or lost with the link: perhaps not delivered
    reconnects: int = 0  # of all links
    subscribe_commands: int = 0
    unsubscribe_commands: int = 0


class BrokerCallbacks(Protocol):
    """The broker, as its links see it."""

    on_message: Callable[[bytes, bytes], None]
    on_gap: Callable[[], None]
    counters: BrokerCounters
