"""Where a client's WebSocket frames end, and that they are masked (RFC 6455, sections 5.1 and 5.2).

aiohttp's reader parses all that it is given in one go and does not look at the mask. This walks
through headers only, so that what has come can be parsed in portions of a few frames.
"""

SHORT_HEADER_BYTES = 6  # of a frame of up to 125 bytes, with its mask
HEADER_BYTES_MAX = 10  # up to the end of the length, before the mask
MASK_BYTES = 4
_MASKED, _LENGTH = 0x80, 0x7F


class UnmaskedFrame(ValueError):
    """A client's frame without a mask: the connection must be closed."""


class FrameScanner:
    """Follows the frames of one client, however they are cut into reads."""

    __slots__ = ("_header", "_left")

    def __init__(self) -> None:
        self._header = b""  # of a frame of which no more has come
        self._left = 0  # bytes that are still to come of the frame that has begun

    def is_one_short_frame(self, data: bytes) -> bool:
        """Tell whether data is a single masked frame of up to 125 bytes, as nearly all reads are.

        It counts as walked through then.
        """
        size = len(data) - SHORT_HEADER_BYTES
        return 0 <= size < 126 and data[1] == size | _MASKED and not (self._left or self._header)

    def scan(self, data: bytes, start: int, end: int, frames_max: int) -> tuple[int, int]:
        """Walk on from where the last call stopped.

        Args:
            data: What has come.
            start: Where to go on in it.
            end: How far to go, or a few bytes more to the end of a header.
            frames_max: How many frames may begin.

        Returns:
            Where to stop, and how many frames have begun.

        Raises:
            UnmaskedFrame: One has no mask.
        """
        position, frames = start + self._left, 0
        while position < end and frames < frames_max:
            header = self._header + data[position : position + HEADER_BYTES_MAX]
            size = _frame_size(header)
            if size is None:
                self._header, self._left = header, 0
                return len(data), frames
            position += size - len(self._header)
            self._header = b""
            frames += 1
        stop = min(position, end)
        self._left = position - stop
        return stop, frames


def _frame_size(header: bytes) -> int | None:
    """Return how long the frame of a header is, header included; None: more of it is to come."""
    if len(header) < 2:
        return None
    if not header[1] & _MASKED:
        raise UnmaskedFrame("a client's frame is not masked")
    length = header[1] & _LENGTH
    if length < 126:
        return 2 + MASK_BYTES + length
    length_end = 4 if length == 126 else HEADER_BYTES_MAX
    if len(header) < length_end:
        return None
    return length_end + MASK_BYTES + int.from_bytes(header[2:length_end], "big")
