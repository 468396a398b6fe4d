"""The half of a connection that polls: its GETs and POSTs, bounded and one at a time."""

import asyncio
import time
from typing import Any

from engineio.async_socket import AsyncSocket
from engineio.exceptions import EngineIOError
from engineio.packet import CLOSE, MESSAGE, NOOP, PONG, Packet

from realtime.transport.budgets import Flood, Meter
from realtime.transport.polling import packet_count, read_body, read_packets

POSTS_MAX = 4  # of one client, at a time
POSTED = {CLOSE, PONG, MESSAGE}  # the packets that a client may post
# For the poll that a client has sent beside its CLOSE, by another connection, to be answered, too.
LAST_POLL_SECONDS = 0.1
MESSAGES_AT_ONCE = 16  # are handled before it is the turn of others


class PollingSocket(AsyncSocket):  # type: ignore[misc]
    """A connection as long as its client polls: python-engineio's, made strict."""

    server: Any
    closed: bool
    queue: Any  # an OutgoingQueue; None where a WebSocket was there from the start
    meter: Meter
    refused = False  # by the namespace: nothing is heard any more, and it is soon closed
    posting = 0  # POSTs that are being handled
    post_turn: asyncio.Lock | None = None  # they are, one after another
    post_failed = False  # one could not be read or was none: the session has ended with it
    polling = False  # a poll waits
    _polled_at: float | None = None  # when a poll was answered last

    def abort(self) -> None:
        """Close the connection at once, without waiting for its client."""
        raise NotImplementedError

    async def poll(self) -> list[Packet]:
        """Wait for what is to be sent, for the answer to one poll. Raises EngineIOError.

        A second poll beside one that waits would take part of the stream: it ends the session, and
        the first is told so. A client that stayed away for as long as a ping and its answer may
        take has missed one, whether or not its slot has had its turn.
        """
        if self.polling:
            self.queue.put_nowait(Packet(CLOSE))
            self.abort()
            raise EngineIOError("two polls at a time")
        if self._polled_at is not None and time.monotonic() - self._polled_at >= self._silence_max:
            self.abort()
            raise EngineIOError("no answer to a ping")
        self.polling = True
        try:
            # An empty answer is none that a client can read.
            return await super().poll() or [Packet(NOOP)]
        finally:
            self.polling = False
            self._polled_at = time.monotonic()

    @property
    def _silence_max(self) -> float:
        return float(self.server.ping_interval + self.server.ping_timeout)

    async def handle_post_request(self, environ: dict[str, Any]) -> None:
        """Handle the packets of a POST behind those of the former ones.

        Clients send one POST at a time; a few may come at once. One that fails ends the session
        (`post_failed`).
        """
        if self.posting == POSTS_MAX:
            self._fail_post()
            return
        if self.post_turn is None:
            self.post_turn = asyncio.Lock()
        self.posting += 1
        try:
            body = await read_body(environ["aiohttp.request"], self.server.max_http_buffer_size)
            async with self.post_turn:
                await self._handle_body(body)
        except (EngineIOError, Flood):
            self._fail_post()
        finally:
            self.posting -= 1

    def _fail_post(self) -> None:
        self.post_failed = True
        self.abort()

    async def _handle_body(self, body: bytes) -> None:
        await self.meter.wait(packet_count(body), len(body))
        packets = await read_packets(body)
        for number, packet in enumerate(packets, 1):
            if self.refused:
                return
            if packet.packet_type not in POSTED or self.closed:
                raise EngineIOError("not what a client posts")
            if packet.binary and not self.server.binary:
                raise EngineIOError("binary")
            if packet.packet_type == CLOSE and not self.polling:
                await asyncio.sleep(LAST_POLL_SECONDS)
            await self.receive(packet)
            if number % MESSAGES_AT_ONCE == 0:
                await asyncio.sleep(0)  # the turn of others
