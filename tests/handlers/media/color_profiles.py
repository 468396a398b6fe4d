"""ICC profiles for tests (ICC.1:2010, the few parts that a matrix profile needs)."""

import struct


def display_p3() -> bytes:
    """A profile with the primaries of Display P3, which phones write, and a gamma of 2.2."""
    tags = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", 3) + b"P3\0" + bytes(78),
        b"cprt": b"text\0\0\0\0none\0",
        b"wtpt": _xyz(0.9642, 1.0, 0.8249),
        b"rXYZ": _xyz(0.51512, 0.24120, -0.00105),
        b"gXYZ": _xyz(0.29198, 0.69225, 0.04189),
        b"bXYZ": _xyz(0.15710, 0.06657, 0.78407),
        **{name: b"curv\0\0\0\0\0\0\0\1" + struct.pack(">H", 563) for name in TONES},
    }
    table, data = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for name, value in tags.items():
        table += name + struct.pack(">II", start + len(data), len(value))
        data += value + bytes(-len(value) % 4)
    size = start + len(data)
    head = struct.pack(">I4sI", size, b"\0\0\0\0", 0x02400000) + b"mntrRGB XYZ " + bytes(12)
    head += b"acsp" + bytes(28) + struct.pack(">iii", *map(_fixed, (0.9642, 1.0, 0.8249)))
    return head.ljust(128, b"\0") + table + data


TONES = (b"rTRC", b"gTRC", b"bTRC")


def _xyz(*values: float) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">iii", *map(_fixed, values))


def _fixed(value: float) -> int:
    return round(value * 65_536)
