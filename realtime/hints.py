"""Writing and reading the notification hints of all events, by the table of their declarations."""

from realtime.protocol.hint_codec import HintCodec
from storage.events.types import HINTS

_CODEC = HintCodec(HINTS)

encode = _CODEC.encode
decode = _CODEC.decode
