"""Where a request comes from: its address, and what its headers say of it."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address

from aiohttp import hdrs, web

from handlers.context import Visitor

Network = IPv4Network | IPv6Network


def visitor_of(request: web.Request, trusted_proxies: Sequence[Network]) -> Visitor:
    """Return who sent the request, before any token is looked at."""
    headers = request.headers
    forwarded_for = ",".join(headers.getall("X-Forwarded-For", ()))
    return Visitor(
        client_address(request.remote, forwarded_for, trusted_proxies),
        sanitize_header(headers.get(hdrs.USER_AGENT, "")),
    )


def client_address(peer: str | None, forwarded_for: str, trusted: Sequence[Network]) -> str:
    """Return the nearest address that is not one of our proxies.

    Each proxy adds to X-Forwarded-For, on the right, the address that connected to it; only what a
    trusted proxy added is believed, so a client cannot lend itself an address.

    Args:
        peer: The other end of the connection; empty or None for a Unix socket.
        forwarded_for: All X-Forwarded-For headers, joined by commas.
        trusted: The networks of our proxies.
    """
    address = _peer_address(peer or "") or "0.0.0.0"  # a Unix socket has no address
    if not forwarded_for:
        return address
    hops = [hop.strip() for hop in forwarded_for.split(",") if hop.strip()]
    while hops and (peer in ("", None) or _within(address, trusted)):
        found = _valid(hops.pop())
        if found is None:
            break
        address, peer = found, found
    return address


def is_from_proxy(request: web.Request, trusted: Sequence[Network]) -> bool:
    """Whether one of our proxies sent the request, so that its X-Forwarded-... may be believed.

    One that another process of this port has passed on (over a Unix socket) is from whom that says.
    """
    peer = request.remote
    if peer in ("", None):
        peer = ",".join(request.headers.getall("X-Forwarded-For", [])).rpartition(",")[2].strip()
    address = _valid(peer or "")
    return address is not None and _within(address, trusted)


def sanitize_header(header: str) -> str:
    """Replace what is not UTF-8 in a header by question marks.

    A header may hold any bytes; aiohttp decodes those that are no UTF-8 to lone surrogates, which
    can be neither stored nor signed.
    """
    return header if header.isascii() else header.encode(errors="replace").decode()


@lru_cache(maxsize=4_096)
def _peer_address(peer: str) -> str | None:
    return _valid(peer)


def _within(address: str, networks: Sequence[Network]) -> bool:
    return any(ip_address(address) in network for network in networks)


def _valid(address: str) -> str | None:
    try:
        return str(ip_address(address))
    except ValueError:
        return None
