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
        self._public = parse_origin(public_url)
        self._known = {self._public, *(parse_origin(text) for text in listed if text != "*")}
        self._trusted_proxies = trusted_proxies

    def is_known(self, header: str) -> bool:
        """Whether an Origin header names PUBLIC_URL or one that is listed."""
        return self._any or _parsed(header) in self._known

    def may_connect(self, header: str | None, request: web.Request) -> bool:
        """Whether what sent this Origin header may open a socket.

        Known origins may, and the page of this very server under whatever name it was reached; and
        so may programs that are no page and send none.
        """
        return header is None or self.is_known(header) or self._is_ours(_parsed(header), request)

    def is_own_page(self, request: web.Request) -> bool:
        """Whether a page of ours sent the request, not of a listed origin, nor a program.

        A browser says so by Origin and, to servers that it trusts, by Sec-Fetch-Site, which no page
        can set. Of a site that is reached by https, pages that came by http are not ours: anybody
        on the way may have made them.
        """
        origin, site = request.headers.get(hdrs.ORIGIN), request.headers.get("Sec-Fetch-Site")
        if site not in (None, "same-origin") or (origin is None and site is None):
            return False
        if origin is None:
            return True
        parsed = _parsed(origin)
        if parsed is None or not self._is_ours(parsed, request):
            return False
        return parsed.secure or not self.is_secure(request)

    def is_secure(self, request: web.Request) -> bool:
        """Whether the browser reached us by https: as PUBLIC_URL, a proxy or its Origin says."""
        origin = _parsed(request.headers.get(hdrs.ORIGIN, ""))
        return (
            self._public.secure
            or request.secure
            or (origin is not None and origin.secure)
            or self._is_forwarded_by_https(request)
        )

    def _is_ours(self, origin: Origin | None, request: web.Request) -> bool:
        return origin is not None and (
            origin == self._public or origin in self._reached_as(request, origin.secure)
        )

    def _is_forwarded_by_https(self, request: web.Request) -> bool:
        return (
            is_from_proxy(request, self._trusted_proxies)
            and _first(request.headers, hdrs.X_FORWARDED_PROTO).lower() == "https"
        )

    def _reached_as(self, request: web.Request, secure: bool) -> list[Origin | None]:
        """Return the origins of the request's own address, if it was asked for by that scheme.

        Which scheme, is not known where TLS ends before us: http is what is seen then, so only a
        trusted proxy that says https settles it.
        """
        hosts = [request.headers.get(hdrs.HOST, "")]
        if self._is_forwarded_by_https(request) and not secure:
            return []
        if is_from_proxy(request, self._trusted_proxies):
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
