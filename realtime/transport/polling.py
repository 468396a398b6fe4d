"""Long-polling: what a client posts, and the queue for its next poll."""

import asyncio
from typing import Any
from urllib.parse import unquote_plus

from aiohttp import web
from engineio.exceptions import EngineIOError
from engineio.packet import Packet

POLLED_PACKETS_MAX = 16  # stock Python clients refuse an answer with more
MESSAGE_BYTES_MAX = 64 * 1024  # of what a client sends at once

JSONP = "d="
SEPARATOR = "\x1e"  # of the packets of a payload
PACKETS_AT_ONCE = 512  # are read, before it is the turn of others

BODY_SECONDS = 15  # in which the body of a POST must have arrived


async def read_body(request: web.Request, bytes_max: int = MESSAGE_BYTES_MAX) -> bytes:
    """Read the whole body of a POST, in however many segments or chunks it comes.

    The library itself takes what has arrived at its first look for all of it.

    Raises:
        EngineIOError: It is too large, unpacked, or too slow, or cannot be read to its end. That
            is answered 400 and ends the session: part of a body must not be carried out as if it
            were all.
    """
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while piece := await request.content.readany():
                body += piece
                if len(body) > bytes_max:
                    raise EngineIOError("the body is too large")
    except TimeoutError as error:
        raise EngineIOError("the body did not arrive in time") from error
    except (web.RequestPayloadError, OSError) as error:
        raise EngineIOError("the body could not be read") from error
    return bytes(body)


def packet_count(body: bytes) -> int:
    """Return how many packets there are in the body of a POST."""
    return body.count(SEPARATOR.encode()) + 1


async def read_packets(body: bytes) -> list[Packet]:
    """Read all packets of a POST, before any is handled. Raises EngineIOError.

    The library takes 16, and drops all of them silently when a client that polls sends more, as
    what it has kept for its connection.
    """
    packets: list[Packet] = []
    try:
        text = body.decode()
        if text.startswith(JSONP):
            text = unquote_plus(text[len(JSONP) :].partition("&")[0])
        for packet in text.split(SEPARATOR) if text else ():
            packets.append(Packet(encoded_packet=packet))
            if len(packets) % PACKETS_AT_ONCE == 0:
                await asyncio.sleep(0)
    except (ValueError, IndexError, KeyError) as error:
        raise EngineIOError("the body is not made of packets") from error
    return packets


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
