"""Where a client's frames end, however they are cut into reads and portions."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.protocol.frame_scanner import FrameScanner, UnmaskedFrame
from tests.realtime.client_frames import masked

sizes = st.lists(st.integers(0, 140) | st.sampled_from([125, 126, 65_535, 65_536]), max_size=6)


def scan_all(scanner: FrameScanner, stream: bytes, cut: int) -> None:
    for start in range(0, len(stream), cut):
        piece = stream[start : start + cut]
        position = 0
        while position < len(piece):
            position, _ = scanner.scan(piece, position, len(piece), 64)


@settings(deadline=None)
@given(sizes=sizes, cuts=st.lists(st.integers(1, 300), min_size=5), most=st.integers(1, 5))
def test_frames_are_counted_and_portions_end_where_they_end(
    sizes: list[int], cuts: list[int], most: int
) -> None:
    frames = [masked(b"\x81\x01" * size) for size in sizes]
    ends = {sum(map(len, frames[:number])) for number in range(len(frames) + 1)}
    stream = b"".join(frames)
    scanner, counted, read = FrameScanner(), 0, 0
    while read < len(stream):
        piece = stream[read : read + cuts[read % len(cuts)]]
        position = 0
        while position < len(piece):
            stop, begun = scanner.scan(piece, position, len(piece), most)
            assert begun <= most
            assert stop == len(piece) or begun == most
            assert stop == len(piece) or read + stop in ends
            assert stop > position
            position, counted = stop, counted + begun
        read += len(piece)
    assert counted == len(frames)


@pytest.mark.parametrize("size", [0, 1, 126, 65_536])
@pytest.mark.parametrize("cut", [1, 2, 3, 1000])
def test_a_frame_without_a_mask_is_found_wherever_it_is(size: int, cut: int) -> None:
    stream = masked(b"x" * 300) + masked(b"") + masked(b"x" * size, mask=False)
    with pytest.raises(UnmaskedFrame):
        scan_all(FrameScanner(), stream, cut)


def test_a_portion_may_end_within_a_frame() -> None:
    stream = masked(b"x" * 1000) + masked(b"y")
    scanner = FrameScanner()
    assert scanner.scan(stream, 0, 100, 64) == (100, 1)
    assert scanner.scan(stream, 100, 1000, 64) == (1000, 0)
    assert scanner.scan(stream, 1000, len(stream), 64) == (len(stream), 1)
