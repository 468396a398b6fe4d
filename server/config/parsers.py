"""Texts of environment variables made into values.

Each parser raises ValueError with what is accepted, in words that go on from "it takes".
"""

import re
from collections.abc import Callable
from email.utils import parseaddr
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any
from urllib.parse import parse_qs, urlsplit

from handlers.edges import origin
from handlers.security import vapid
from storage.accounts.addresses import UnusableAddress, ascii_domain

SECRET_BYTES_MIN = 32


def parse_url(*schemes: str) -> Callable[[str], str]:
    """Return a parser of URLs of these schemes, which are left as they stand; empty for none."""
    accepted = "a URL that begins with " + " or ".join(f"{scheme}://" for scheme in schemes)

    def parse(text: str) -> str:
        if not text:
            return ""
        try:
            parts = urlsplit(text)
            named = parts.scheme in schemes and (parts.netloc or parts.path) and parts.port != 0
        except ValueError:  # a port that is no number, a bracket that is not closed
            named = False
        if not named:
            raise ValueError(accepted)
        return text

    return parse


def parse_replicas(text: str) -> tuple[str, ...]:
    """Return URLs of PostgreSQL; a comma may also stand within one, between its hosts."""
    parse = parse_url("postgresql", "postgres")
    urls = re.split(r",\s*(?=\w+://)", text.strip(", "))
    return tuple(parse(url.strip()) for url in urls if url)


def parse_address(text: str) -> tuple[str, int] | None:
    """Return the host and the port of `host:port`, IPv6 in brackets; None for none."""
    if not text:
        return None
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or not port or parts.netloc != text or parts.username is not None:
        raise ValueError("an address such as 127.0.0.1:9100")
    return host, port


def parse_access_key(text: str) -> str:
    """Return a token that is long enough and fits into a header; empty for none."""
    if text and not (len(text) >= 16 and text.isascii() and text.isprintable() and " " not in text):
        raise ValueError("at least 16 characters of ASCII without spaces")
    return text


STARTTLS = {"auto": None, "always": True, "never": False}


def parse_mail_server(text: str) -> str | None:
    """Check `smtp(s)://[user:password@]host[:port][?starttls=auto|always|never]`; None for none."""
    if parse_url("smtp", "smtps")(text):
        parts = urlsplit(text)
        starttls = parse_qs(parts.query, keep_blank_values=True).get("starttls", ["auto"])[-1]
        if not parts.hostname or starttls not in STARTTLS:
            raise ValueError(
                "a URL such as smtp://user:password@host:587?starttls=always, "
                f"where starttls is one of {', '.join(STARTTLS)}"
            )
    return text or None


def parse_origin(text: str) -> str:
    """Return `http(s)://host[:port]` as browsers write it; nothing may stand after it."""
    try:
        found = origin.parse_origin(text.removesuffix("/"))
    except ValueError:
        found = None
    if found is None or not text.lower().startswith("http"):
        raise ValueError(
            "an origin such as https://example.org, with no path: "
            "https://chat.example.org instead of https://example.org/chat"
        )
    return str(found)


def parse_directory_url(text: str) -> str:
    """Return an http or https URL that ends in a slash, which is added; empty for none."""
    address: str = parse_url("http", "https")(text)
    if "?" in address or "#" in address:
        raise ValueError("a URL such as https://media.example.org/, to which names are added")
    return address if not address or address.endswith("/") else f"{address}/"


def parse_origins(text: str) -> tuple[str, ...]:
    """Return the origins between commas; `*` stands for any."""
    return tuple(item if item == "*" else parse_origin(item) for item in _split(text))


def parse_vapid_key(text: str) -> str:
    """Return a private key of Web Push; empty for none."""
    try:
        if text:
            vapid.public_key(text)
    except ValueError:
        raise ValueError("32 bytes in base64url, as Web Push libraries print them") from None
    return text


def parse_networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Return the addresses and CIDR networks between commas."""
    try:
        return tuple(ip_network(item) for item in _split(text))
    except ValueError:
        raise ValueError("IP addresses or networks such as 10.0.0.0/8, between commas") from None


def _split(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]


def parse_integer(least: int, most: int) -> Callable[[str], int]:
    """Return a parser of whole numbers within both bounds."""

    def parse(text: str) -> int:
        # int() also takes "1_000", " 5" and digits of other scripts
        if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
            raise ValueError(f"a whole number from {least} to {most}")
        return int(text)

    return parse


def parse_choice(**choices: Any) -> Callable[[str], Any]:
    """Return a parser of a few words, whatever their case, that returns what they stand for."""

    def parse(text: str) -> Any:
        if text.lower() not in choices:
            raise ValueError(" or ".join(choices))
        return choices[text.lower()]

    return parse


def parse_mail_address(text: str) -> str:
    """Return an address as it stands in a From header, with or without a name.

    Its domain is in the form of IDNA, which every mail server takes.
    """
    accepted = "an address such as Mini-Twitter <no-reply@example.org>, of ASCII before the @"
    address = parseaddr(text)[1]
    local, _, domain = address.rpartition("@")
    if not (local and domain) or not local.isascii() or not text.isprintable():
        raise ValueError(accepted)
    if domain.isascii():
        return text
    try:
        return text.replace(f"@{domain}", f"@{ascii_domain(domain)}")
    except UnusableAddress:
        raise ValueError(accepted) from None


def parse_signing_key(text: str) -> str:
    """Check that a key is long enough for HMAC-SHA256 not to be guessed; empty for none."""
    if text and len(text.encode()) < SECRET_BYTES_MIN:
        raise ValueError(f"at least {SECRET_BYTES_MIN} bytes")
    return text
