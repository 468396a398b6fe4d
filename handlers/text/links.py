"""Addresses in text, by the rules of Twitter's conformance tables for extraction.

A link is an http or https URL, or a domain with or without a path whose last name is a top-level
domain (https://data.iana.org/TLD/). Everything here takes time linear in the length of the text.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from itertools import accumulate

import regex

from handlers.text.alphabets import SPACED, SPACELESS

TOP_LEVEL_DOMAINS = frozenset(
    (files(__package__) / "top_level_domains.txt").read_text(encoding="utf-8").split()
)
LONGEST_DOMAIN = max(map(len, TOP_LEVEL_DOMAINS))
LABEL_MAX = 63  # characters between the dots of a domain (RFC 1035)

_BARE_LABEL = rf"(?:{SPACED}|[_-])"
# A scheme that makes a link; any other URL; a domain by itself.
_BEGINNINGS = regex.compile(
    r"(?<http>(?<![A-Za-z0-9@＠$#＃])[Hh][Tt][Tt][Pp][Ss]?://)"
    r"|(?<other>://)"
    rf"|(?<![@＠$#＃./]|{_BARE_LABEL})"
    rf"(?<bare>{_BARE_LABEL}+(?:\.{_BARE_LABEL}+)*\.(?:{_BARE_LABEL}+|[{SPACELESS}]+))"
)
_HOST = regex.compile(r"[\p{L}\p{M}\p{N}\p{So}\u200d_.-]*")
_NO_DOMAIN_BEFORE = frozenset("@＠+_-")  # `name@example.com` and `example.com@name` are no links
_NAME = regex.compile(rf"{_BARE_LABEL}*")
_IPV4 = regex.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")
_PORT = regex.compile(r":[0-9]+")
_PATH = regex.compile(rf"(?:[!*';:=+,.$/%#\[\]?~@|&()_\u2013-]|{SPACED})*")
_LAST = regex.compile(rf"[=_#/+)-]|{SPACED}")  # what a path may end in
_LETTER = regex.compile(r"[\p{L}\p{M}]")
_OTHER_URL = regex.compile(r'[^\p{Z}\p{Cc}<>"\u3001\u3002\uff0c]*')
_REST = regex.compile(r"[\p{L}\p{M}\p{N}!*';:=+,.$/%#\[\]?~@|&()_\u2013-]*")


@dataclass(frozen=True, slots=True)
class Address:
    """Where in a text an address stands.

    From `end` to `rest` goes on what may belong to it though no link reaches so far; `run` is where
    the signs end that a path may have.
    """

    start: int
    end: int
    rest: int
    run: int
    is_link: bool


_NONE = Address(0, 0, 0, 0, is_link=False)


def addresses(text: str) -> Iterator[Address]:
    """Yield the addresses in a text, in their order, without overlaps."""
    at, last = 0, _NONE
    while found := _BEGINNINGS.search(text, at):
        at = found.end()
        if address := _address(text, found, last):
            at, last = address.end, address
            yield address


def _address(text: str, found: "regex.Match[str]", last: Address) -> Address | None:
    start = found.start()
    if found["bare"]:
        end = _domain_end(text, start, found["bare"])
        return None if end is None else _with_path(text, start, end, last)
    if found["http"]:
        host = _HOST.match(text, found.end())[0]
        end = _domain_end(text, found.end(), host) or _ipv4_end(found.end(), host)
        if end is not None:
            return _with_path(text, start, end, last)
    end = _OTHER_URL.match(text, found.end()).end()
    return Address(start, end, end, end, is_link=False)


def _domain_end(text: str, start: int, host: str) -> int | None:
    """Return where the longest domain ends that a host begins with; None where none does."""
    labels = host.split(".")
    ends = list(accumulate((len(label) + 1 for label in labels), initial=start))
    bad = (at for at, label in enumerate(labels) if not _is_label(label))
    good = next(bad, len(labels))  # so many come before the first that is not one
    for last in range(len(labels) - 1, 0, -1):
        length = _top_level_length(labels[last])
        if length and last <= good and "_" not in labels[last - 1]:
            end = ends[last] + length
            return None if text[end : end + 1] in _NO_DOMAIN_BEFORE else end
    return None


def _is_label(label: str) -> bool:
    is_ascii_where_coded = label.isascii() or label[:4].lower() != "xn--"
    return 0 < len(label) <= LABEL_MAX and is_ascii_where_coded and label == label.strip("-_")


def _top_level_length(label: str) -> int:
    """Return how many characters a label's top-level domain has that it begins with; 0 for none.

    What follows in a script without spaces does not belong to it.
    """
    name = _NAME.match(label)[0].lower()
    if name:
        is_coded = name.startswith("xn--") and _is_label(name)
        return len(name) if name in TOP_LEVEL_DOMAINS or is_coded else 0
    lengths = range(min(LONGEST_DOMAIN, len(label)), 0, -1)
    return next((length for length in lengths if label[:length] in TOP_LEVEL_DOMAINS), 0)


def _ipv4_end(start: int, host: str) -> int | None:
    is_address = _IPV4.fullmatch(host) and all(int(part) < 256 for part in host.split("."))
    return start + len(host) if is_address else None


def _with_path(text: str, start: int, host_end: int, last: Address) -> Address:
    """Return the address with what follows its host: port, path, query and fragment.

    What goes on after the address before is not looked through again, which keeps time linear.
    """
    port = _PORT.match(text, host_end)
    path = port.end() if port else host_end
    if text[path : path + 1] not in ("/", "?", "#"):
        return Address(start, path, max(path, last.rest), last.run, is_link=True)
    run = last.run if path < last.run else _PATH.match(text, path).end()
    end = _path_end(text, path, run)
    rest = max(end, last.rest)
    if rest == end and _LETTER.match(text, run):
        rest = _REST.match(text, end).end()
    return Address(start, end, rest, run, is_link=True)


def _path_end(text: str, start: int, end: int) -> int:
    """Cut a path at a bracket that none opened, and off it what ends the sentence instead."""
    opened = 0
    for at in range(start, end):
        opened += {"(": 1, ")": -1}.get(text[at], 0)
        if opened < 0:
            end = at
            break
    while end > start and not _LAST.match(text, end - 1):
        end -= 1
    return end
