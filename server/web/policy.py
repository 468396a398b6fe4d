"""What every answer of the page says of it: what it may load, and where it may connect to."""

from urllib.parse import urlsplit

from aiohttp import hdrs


def page_headers(public_url: str, media_url: str) -> dict[str, str]:
    """Return the headers of the page and its assets.

    Images may also come from where media_url is, and nothing may be connected to but this server:
    not every browser takes 'self' to mean its sockets, so those of public_url are named.
    """
    media, public = _origin(media_url), _origin(public_url)
    policy = {
        "default-src": "'self'",
        "img-src": f"'self' data: blob: {media}",
        "connect-src": f"'self' {public.replace('http', 'ws', 1)}",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return {
        hdrs.CACHE_CONTROL: "no-cache",
        "Content-Security-Policy": "; ".join(" ".join(rule) for rule in policy.items()),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
    }


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
