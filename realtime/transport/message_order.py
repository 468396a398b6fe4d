"""The messages of one WebSocket, handled one after another, and no more read than can wait."""

from collections import deque
from collections.abc import Awaitable
from typing import Any

from realtime.tasks import CommandRunners
from realtime.transport.polling_socket import MESSAGES_AT_ONCE
from realtime.transport.websocket import WebSocket

# Of one socket, which wait for their turn: it is not read any more while there are so many.
PENDING_MESSAGES_MAX = 64
# Of one socket, so much is handled before it is the turn of others.
BYTES_AT_ONCE = 2**15


class MessageOrder:
    """A connection that handles what it is sent in that order. It has no task while it is silent.

    `closed` and `refused` say that nothing is to be heard any more.
    """

    closed: bool
    refused = False
    pending_messages: deque[bytes] | None = None  # None: no task handles any

    @property
    def runners(self) -> CommandRunners:
        """What handles messages."""
        raise NotImplementedError

    def handle_message(self, message: bytes) -> Awaitable[None] | None:
        """Handle one message; those after it wait for what is returned."""
        raise NotImplementedError

    @property
    def backlog(self) -> int:
        """How many messages came and wait for their turn."""
        return len(self.pending_messages or ())

    def add_message(self, websocket: WebSocket, message: bytes) -> None:
        """Handle a message behind those that came before it."""
        if self.pending_messages is None:
            self.pending_messages = deque((message,))
            self.runners.start(self._handle_messages, websocket, self.pending_messages)
        else:
            self.pending_messages.append(message)
            if len(self.pending_messages) == PENDING_MESSAGES_MAX:
                websocket.pause_reading()

    async def _handle_messages(self, websocket: WebSocket, messages: deque[Any]) -> None:
        """Handle some, one after another."""
        handled = 0
        try:
            for _ in range(MESSAGES_AT_ONCE):
                if self.closed or self.refused:
                    messages.clear()
                if not messages or handled > BYTES_AT_ONCE:
                    break
                message = messages.popleft()
                handled += len(message)
                handling = self.handle_message(message)
                if handling is not None:
                    await handling
                if len(messages) == PENDING_MESSAGES_MAX // 2:
                    websocket.resume_reading()
        finally:
            if messages:
                self.runners.start(self._handle_messages, websocket, messages)
            else:
                self.pending_messages = None
