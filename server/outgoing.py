"""Requests of the server's to where users tell it to: to the public internet only (no SSRF)."""

import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import aiohttp

SECONDS = aiohttp.ClientTimeout(total=10, connect=5)

# Of addresses on the public internet. Others are of mail, databases and the like, which may take a
# request for something else.
PORTS = (80, 443, 8080, 8443)

UNICAST = IPv6Network("2000::/3")  # all that is given out of IPv6 (RFC 4291, 2.4)
NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052
COMPATIBLE = IPv6Network("::/96")  # IPv4-compatible, RFC 4291, 2.5.5.1
# What ipaddress has for global in the one or other version of Python: to relays, of protocols, of
# documents.
SPECIAL: tuple[IPv4Network | IPv6Network, ...] = (
    IPv4Network("192.0.0.0/24"),
    IPv4Network("192.88.99.0/24"),
    IPv6Network("2001::/23"),
    IPv6Network("3fff::/20"),
)

Networks = Sequence[IPv4Network | IPv6Network]


class ForbiddenAddress(ValueError):
    """The address is none on the public internet, nor in a network that is allowed."""


@asynccontextmanager
async def open_outgoing(allowed: Networks) -> AsyncIterator[aiohttp.ClientSession]:
    """Open a session that connects to public addresses and those of the allowed networks only.

    Addresses are looked at when a socket is about to be made, which is then connected to that very
    address: so whatever a name resolves to, in whatever form an address is written, and wherever an
    answer redirects to. Proxies of the environment are not used, and no cookie is kept: the same
    host may be somebody else's.
    """

    def open_socket(info: aiohttp.AddrInfoType) -> socket.socket:
        family, kind, protocol, _, address = info
        if not may_connect(str(address[0]), allowed, int(address[1])):
            raise ForbiddenAddress(f"{address[0]} port {address[1]} is not for requests of users")
        return socket.socket(family, kind, protocol)

    connector = aiohttp.TCPConnector(socket_factory=open_socket)
    async with aiohttp.ClientSession(
        connector=connector, timeout=SECONDS, cookie_jar=aiohttp.DummyCookieJar()
    ) as session:
        yield session


def may_connect(address: str, allowed: Networks, port: int = 443) -> bool:
    """Return whether this is a public IP address and one of PORTS, or in one of these networks."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        ip = _within(ip) or ip
    if any(ip in network for network in allowed):
        return True
    if isinstance(ip, IPv6Address) and ip not in UNICAST:
        return False
    if any(ip in network for network in SPECIAL):
        return False
    return ip.is_global and not ip.is_multicast and port in PORTS


def _within(ip: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that a packet to this one ends up at, if any."""
    if ip in NAT64 or (ip in COMPATIBLE and int(ip) > 1):
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
