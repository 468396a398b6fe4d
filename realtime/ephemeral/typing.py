"""Who is typing, sent to the other participants; it ends by itself.

The instance that sends it to a recipient also ends it: should the typist's instance die, nobody
types for ever.
"""

import asyncio

from realtime.ephemeral.watcher import Recipient
from realtime.protocol import encoding
from storage.events.types import TypingChanged

TIMEOUT_SECONDS = 5.0


class Typing:
    """Who types, as each recipient of this instance was sent it."""

    def __init__(self) -> None:
        self._timeouts: dict[tuple[int, int, int], asyncio.TimerHandle] = {}

    def changed(
        self, recipient: Recipient, conversation_id: int, typist_id: int, *, active: bool
    ) -> None:
        """Send it to a user's clients, and its end 5 s after the last `active`."""
        key = (recipient.user_id, conversation_id, typist_id)
        timeout = self._timeouts.pop(key, None)
        if timeout is not None:
            timeout.cancel()
        if active:
            loop = asyncio.get_running_loop()
            self._timeouts[key] = loop.call_later(TIMEOUT_SECONDS, self._end, key, recipient)
        if active or timeout is not None:
            _send(recipient, conversation_id, typist_id, active=active)

    def keep_apart(self, recipient: Recipient, other_id: int) -> None:
        """End at once what the user's clients were sent of somebody whom a block hides now."""
        for key, timeout in list(self._timeouts.items()):
            if key[0] == recipient.user_id and key[2] == other_id:
                timeout.cancel()
                self._end(key, recipient)

    def _end(self, key: tuple[int, int, int], recipient: Recipient) -> None:
        del self._timeouts[key]
        _send(recipient, key[1], key[2], active=False)


def _send(recipient: Recipient, conversation_id: int, typist_id: int, *, active: bool) -> None:
    event = TypingChanged(conversation_id, typist_id, active)
    frame = encoding.event_of_now(event.name, event)
    for session in recipient.sessions:
        session.send_live(frame)
