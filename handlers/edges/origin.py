"""Origins: where a page comes from, by scheme, host and port.

They are compared as URLs are, never as text: a browser says `https://example.org`, a client
`wss://example.org`, a proxy `example.org:443`, and all mean the same.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv6Address

import idna

# By scheme: whether it is encrypted. A WebSocket's is of the same class as HTTP's.
SCHEMES = {"http": False, "https": True, "ws": False, "wss": True}
DEFAULT_PORTS = {False: 80, True: 443}

AUTHORITY = re.compile(r"(\[[^\[\]]*\]|[^\[\]:]+)(?::([0-9]{1,5}))?")
ASCII_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?")  # `_` stands in names of containers


@dataclass(frozen=True, slots=True)
class Origin:
    """A scheme class, a host in lower case (IDNA, IPv6 in its short form) and a port."""

    secure: bool
    host: str
    port: int

    def __str__(self) -> str:
        """Return it as browsers write it: as http or https, without the port that this implies."""
        scheme = "https" if self.secure else "http"
        port = "" if self.port == DEFAULT_PORTS[self.secure] else f":{self.port}"
        return f"{scheme}://{self.host}{port}"


def parse_origin(text: str) -> Origin:
    """Return the origin that `scheme://host[:port]` names; nothing may stand before or after it.

    Raises:
        ValueError: It names none: `null`, a user or a path in it, a host or port that is none.
    """
    scheme, separator, authority = text.partition("://")
    if not separator or scheme.lower() not in SCHEMES:
        raise ValueError(f"not a scheme of an origin: {text!r}")
    return parse_authority(authority, secure=SCHEMES[scheme.lower()])


def parse_authority(text: str, *, secure: bool) -> Origin:
    """Return the origin of `host[:port]`, as a Host header has it.

    Raises:
        ValueError: It is none.
    """
    found = AUTHORITY.fullmatch(text)
    if found is None:
        raise ValueError(f"not a host: {text!r}")
    port = int(found[2]) if found[2] else DEFAULT_PORTS[secure]
    if not 0 < port <= 65_535:
        raise ValueError(f"not a port: {text!r}")
    return Origin(secure, _host(found[1]), port)


def _host(text: str) -> str:
    try:
        if text.startswith("["):
            return f"[{IPv6Address(text[1:-1]).compressed}]"
        host = text if text.isascii() else idna.encode(text, uts46=True).decode()
    except ValueError as error:  # what both raise is one
        raise ValueError(f"not a host: {text!r}") from error
    if not ASCII_HOST.fullmatch(host.lower()):
        raise ValueError(f"not a host: {text!r}")
    return host.lower()
