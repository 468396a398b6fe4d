"""The queue of a client that polls."""

import asyncio
from typing import Any

from engineio.packet import Packet
from engineio.payload import Payload

POLLED_PACKETS_MAX = 16  # stock Python clients refuse an answer with more
MESSAGE_BYTES_MAX = 64 * 1024  # of what a client sends at once

# Of one POST, whose size is bounded. The library takes 16, and drops all of them silently when a
# client that polls sends more, as what it has kept for its connection.
Payload.max_decode_packets = MESSAGE_BYTES_MAX


class OutgoingQueue(asyncio.Queue[Any]):
    """What waits for a client's next poll, with how many bytes that is.

    At most as many packets leave at once as clients take in the answer to one poll.
    """

    waiting_bytes = 0
    _may_leave = 0

    async def get(self) -> Any:
        """Return the first packet for the answer to a poll, as soon as there is one."""
        self._may_leave = POLLED_PACKETS_MAX
        return await super().get()

    def get_nowait(self) -> Any:
        """Return the next packet for the same answer. Raises QueueEmpty when no more may go in."""
        if self._may_leave <= 0:
            raise asyncio.QueueEmpty
        self._may_leave -= 1
        return super().get_nowait()

    def drain(self) -> list[Packet]:
        """Empty the queue: return all that waits."""
        self._may_leave = self.qsize()
        return [super(OutgoingQueue, self).get_nowait() for _ in range(self.qsize())]

    def _put(self, item: Any) -> None:
        self.waiting_bytes += _size(item)
        super()._put(item)

    def _get(self) -> Any:
        item = super()._get()
        self.waiting_bytes -= _size(item)
        return item


def _size(item: Any) -> int:
    data = None if item is None else item.data
    if isinstance(data, str):
        return len(data) if data.isascii() else len(data.encode())
    return len(data) if isinstance(data, bytes) else 0
