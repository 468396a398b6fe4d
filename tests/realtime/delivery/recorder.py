"""A transport for sessions that a test makes itself."""

from dataclasses import dataclass, field
from typing import Any

import orjson

from realtime.protocol import frames


@dataclass
class Recorder:
    """A transport that keeps what it is given."""

    frames: list[bytes] = field(default_factory=list)
    waiting_bytes = 0
    waiting_bytes_max = 2**20

    def write(self, frame: bytes) -> None:
        self.frames.append(frame)

    def overflow(self) -> None:
        raise AssertionError

    def disconnect(self, last_frame: bytes = b"") -> None:
        raise AssertionError

    def sent(self) -> list[list[Any]]:
        """What a Socket.IO client would be told: name, data and, perhaps, an offset."""
        return [orjson.loads(frames.payload(frame)[2:]) for frame in self.frames]

    def events(self) -> list[tuple[int, str, Any]]:
        """The number, name and data of each."""
        return [(one["seq"], name, one["data"]) for name, one, *_ in self.sent()]

    def numbers(self) -> list[int | None]:
        return [seq for seq, _, _ in self.events()]
