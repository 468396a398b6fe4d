"""Which pages may call the API and open sockets: ours, and those of the origins that are listed."""

from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import hdrs, web

from handlers.edges.origin import Origin, parse_authority, parse_origin
from handlers.edges.visitor import Network, is_from_proxy


class KnownOrigins:
    """PUBLIC_URL, the listed origins, and the name by which a request reached us."""

    def __init__(
        self, public_url: str, listed: Sequence[str], trusted_proxies: Sequence[Network]
    ) -> None:
        """Take our own origin, those of others (`*` for any), and the networks of our proxies."""
        self._any = "*" in listed
        self._known = {parse_origin(text) for text in (public_url, *listed) if text != "*"}
        self._trusted_proxies = trusted_proxies

    def is_known(self, header: str) -> bool:
        """Whether an Origin header names PUBLIC_URL or one that is listed."""
        return self._any or _parsed(header) in self._known

    def may_connect(self, header: str | None, request: web.Request) -> bool:
        """Whether what sent this Origin header may open a socket.

        Known origins may, and the page of this very server under whatever name it was reached; and
        so may programs that are no page and send none.
        """
        if header is None or self.is_known(header):
            return True
        origin = _parsed(header)
        return origin is not None and origin in self._reached_as(request, origin.secure)

    def _reached_as(self, request: web.Request, secure: bool) -> list[Origin | None]:
        """Return the origins of the request's own address, if it was asked for by that scheme.

        Which scheme, is not known where TLS ends before us: http is what is seen then, so only a
        trusted proxy that says https settles it.
        """
        hosts = [request.headers.get(hdrs.HOST, "")]
        if is_from_proxy(request, self._trusted_proxies):
            if _first(request.headers, hdrs.X_FORWARDED_PROTO).lower() == "https" and not secure:
                return []
            hosts.append(_first(request.headers, hdrs.X_FORWARDED_HOST))
        return [_parsed(host, secure) for host in hosts if host]

    def may_open_socket(self, header: str | None, environ: Mapping[str, Any]) -> bool:
        """Answer python-engineio: may_connect, by its WSGI environment."""
        return self.may_connect(header, environ["aiohttp.request"])


def _parsed(text: str, secure: bool | None = None) -> Origin | None:
    """Return the origin, or that of a host by this scheme class; None for what is none."""
    try:
        return parse_origin(text) if secure is None else parse_authority(text, secure=secure)
    except ValueError:
        return None


def _first(headers: Mapping[str, str], name: str) -> str:
    """Return what the outermost of several proxies wrote."""
    return headers.get(name, "").partition(",")[0].strip()
