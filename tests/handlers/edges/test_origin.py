"""What names one origin, however it is written, and what names none."""

import pytest

from handlers.edges.origin import parse_authority, parse_origin

SAME = [
    ("https://chat.example", "wss://chat.example"),
    ("http://chat.example", "ws://chat.example"),
    ("https://chat.example", "https://chat.example:443"),
    ("http://chat.example", "http://chat.example:80"),
    ("https://chat.example", "HTTPS://Chat.EXAMPLE"),
    ("https://bücher.example", "https://xn--bcher-kva.example"),
    ("https://BÜCHER.example", "https://XN--Bcher-KVA.example"),
    ("http://[::1]:8000", "http://[0:0:0:0:0:0:0:1]:8000"),
    ("http://[2001:DB8::A]", "ws://[2001:db8::a]:80"),
    ("http://server_1:8000", "ws://SERVER_1:8000"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_one_origin_may_be_written_in_several_ways(one: str, other: str) -> None:
    assert parse_origin(one) == parse_origin(other)


OTHERS = [
    "http://chat.example",
    "https://chat.example.evil",
    "https://evil-chat.example",
    "https://chat.example.",
    "https://chat.example:80",
    "https://chat.example:8443",
    "https://xchat.example",
    "https://[::1]",
]


@pytest.mark.parametrize("other", OTHERS)
def test_another_scheme_host_or_port_is_another_origin(other: str) -> None:
    assert parse_origin(other) != parse_origin("https://chat.example")


NONE = [
    "",
    "null",
    "*",
    "chat.example",
    "https://",
    "https:///",
    "https://chat.example/",
    "https://chat.example/path",
    "https://chat.example?query",
    "https://chat.example#fragment",
    "https://chat.example@evil.example",
    "https://evil.example@chat.example",
    "https://chat.example\\@evil.example",
    "https://chat.example:",
    "https://chat.example:0",
    "https://chat.example:65536",
    "https://chat.example:443:443",
    "https://chat.example:４４３",
    "https://chat..example",
    "https://chat example",
    "https://chat\t.example",
    "https://chat.example https://evil.example",
    "https://::1",
    "https://[::1",
    "https://[::1]x",
    "https://[chat.example]",
    "https://[fe80::1%eth0]:x",
    "https://\udcff.example",
    "ftp://chat.example",
    "file://",
    " https://chat.example",
]


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_origin_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^not a"):
        parse_origin(text)


@pytest.mark.parametrize(
    ("secure", "authority", "written"),
    [
        (True, "Example.org:443", "https://example.org"),
        (False, "example.org:443", "http://example.org:443"),
        (False, "example.org", "http://example.org"),
        (True, "[::1]:8000", "https://[::1]:8000"),
    ],
)
def test_a_host_header_names_an_origin_together_with_a_scheme(
    secure: bool, authority: str, written: str
) -> None:
    assert str(parse_authority(authority, secure=secure)) == written
