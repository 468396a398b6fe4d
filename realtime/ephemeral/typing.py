"""Who is typing, told to the other participants; it ends by itself.

The instance that tells also ends it: should the typist's instance die, nobody types for ever.
"""

import asyncio

from realtime.delivery.user_stream import UserStream
from realtime.protocol import encoding
from storage.events.types import TypingChanged as TypingEvent

LASTS_SECONDS = 5.0


class Typing:
    def __init__(self) -> None:
        self._ending: dict[tuple[int, int, int], asyncio.TimerHandle] = {}

    def hear(self, line: UserStream, conversation_id: int, typist_id: int, *, active: bool) -> None:
        """Tell a user's connections; 5 s after the last `active` they are told the end."""
        key = (line.user_id, conversation_id, typist_id)
        ending = self._ending.pop(key, None)
        if ending is not None:
            ending.cancel()
        if active:
            loop = asyncio.get_running_loop()
            self._ending[key] = loop.call_later(LASTS_SECONDS, self._end, key, line)
        if active or ending is not None:
            _tell(line, conversation_id, typist_id, active=active)

    def _end(self, key: tuple[int, int, int], line: UserStream) -> None:
        del self._ending[key]
        _tell(line, key[1], key[2], active=False)


def _tell(line: UserStream, conversation_id: int, typist_id: int, *, active: bool) -> None:
    event = TypingEvent(conversation_id, typist_id, active)
    frame = encoding.live(event.name, event)
    for connection in line.connections:
        connection.send_live(frame)
