"""Where a request comes from: its address, and what its headers say of it."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

Network = IPv4Network | IPv6Network


def client_address(peer: str | None, forwarded_for: str, trusted: Sequence[Network]) -> str:
    """The nearest address that is not one of our proxies.

    Each proxy adds to X-Forwarded-For, on the right, whom it heard from; only what a trusted proxy
    added is believed, so a client cannot lend itself an address.
    """
    hops = [hop.strip() for hop in forwarded_for.split(",") if hop.strip()]
    address = _valid(peer or "") or "0.0.0.0"  # a Unix socket has no address
    while hops and (peer in ("", None) or _within(address, trusted)):
        found = _valid(hops.pop())
        if found is None:
            break
        address, peer = found, found
    return address


def sanitize_header(header: str) -> str:
    """A header may hold any bytes: those that are no UTF-8 arrive as halves of characters, which
    can be neither stored nor checked, and become question marks."""
    return header.encode(errors="replace").decode()


def _within(address: str, networks: Sequence[Network]) -> bool:
    return any(ip_address(address) in network for network in networks)


def _valid(address: str) -> str | None:
    try:
        return str(ip_address(address))
    except ValueError:
        return None
