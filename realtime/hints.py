"""The notification hints of all events: the one writer and the one reader of their table."""

from realtime.protocol.hints import HintCodec
from storage.events.types import HINTS

_CODEC = HintCodec(HINTS)

encode = _CODEC.encode
decode = _CODEC.decode
