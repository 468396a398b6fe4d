"""Notification hints: how instances tell one another, by the broker, of what has been stored.

A hint is one line, `NAME FIELD FIELD ... TAIL`. The fields are integers, 1 and 0 for true and
false, a list of them with its length in front; the tail is whatever the bytes are that come last,
and without one the line ends in a blank. Which fields a name has, and in what order, is said by one
table of NamedTuples, from which both the writer and the reader go.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, get_type_hints

# Begins what says of which span the next hint is: `traceparent TRACEPARENT CHECKSUM`. It is for
# those who record spans (realtime/delivery/spans.py), and no hint.
SPAN = b"traceparent "


class _Layout(NamedTuple):
    name: str
    make: Callable[[Iterable[Any]], Any]
    template: bytes  # of the line, where no field is a list
    fields: int  # besides the tail
    lists: frozenset[int]  # the places of lists among them
    flags: frozenset[int]  # those of booleans
    has_tail: bool


class HintCodec:
    """Writes and reads the hints of a table.

    Args:
        table: By name, the NamedTuple of its fields: `int`, `bool`, `tuple[int, ...]`, and at the
            end perhaps `bytes` for the tail.
    """

    def __init__(self, table: Mapping[str, type[Any]]) -> None:
        self._layouts = {name.encode(): _layout(name, hint) for name, hint in table.items()}

    def encode(self, name: str, hint: tuple[Any, ...]) -> bytes:
        """Write a hint. Raises KeyError for a name that the table does not have."""
        layout = self._layouts[name.encode()]
        if not layout.lists:
            return layout.template % hint
        words = [name.encode()]
        for place in range(layout.fields):
            field = hint[place]
            if place in layout.lists:
                words.append(b"%d" % len(field))
                words += [b"%d" % member for member in field]
            else:
                words.append(b"%d" % field)
        words.append(hint[-1] if layout.has_tail else b"")
        return b" ".join(words)

    def decode(self, payload: bytes) -> tuple[str, Any]:
        """Read a hint: its name and its NamedTuple.

        Raises:
            KeyError: The table has no such name.
            ValueError: The fields are not those of the name.
        """
        name, _, line = payload.partition(b" ")
        layout = self._layouts[name]
        fields: list[Any]
        if layout.lists:
            fields = []
            for place in range(layout.fields):
                value, line = _integers(line, 1)
                if place in layout.lists:
                    members, line = _integers(line, value[0])
                    fields.append(tuple(members))
                else:
                    fields += value
        else:
            fields, line = _integers(line, layout.fields)
        for place in layout.flags:
            fields[place] = bool(fields[place])
        if layout.has_tail:
            fields.append(line)
        return layout.name, layout.make(fields)


def _integers(line: bytes, count: int) -> tuple[list[Any], bytes]:
    """Read so many integers; they, and what follows them."""
    words = line.split(b" ", count if count > 0 else 0)
    rest = words.pop()
    if len(words) != count:
        raise ValueError("a field is missing")
    return list(map(int, words)), rest


def _layout(name: str, hint: type[Any]) -> _Layout:
    types = list(get_type_hints(hint).values())
    has_tail = types[-1:] == [bytes]
    fields = types[:-1] if has_tail else types
    return _Layout(
        name=name,
        make=hint._make,
        template=b" ".join([name.encode(), *len(fields) * [b"%d"], b"%b" if has_tail else b""]),
        fields=len(fields),
        lists=frozenset(place for place, of in enumerate(fields) if of not in (int, bool)),
        flags=frozenset(place for place, of in enumerate(fields) if of is bool),
        has_tail=has_tail,
    )
