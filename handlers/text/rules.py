"""The numbers and names that server and page share, as a module for the page."""

from dataclasses import asdict

import orjson

from handlers.text import limits
from handlers.text.links import TOP_LEVEL_DOMAINS

LIMITS = {
    "post": limits.POST,
    "message": limits.MESSAGE,
    "bio": limits.BIO,
    "display_name": limits.DISPLAY_NAME,
    "location": limits.LOCATION,
    "title": limits.TITLE,
    "reason": limits.REASON,
}


def javascript() -> str:
    """Return the JavaScript module that server/web/text.js imports."""
    shared = {
        "LIMITS": {name: asdict(limit) for name, limit in LIMITS.items()},
        "LINK_LENGTH": limits.LINK_LENGTH,
        "TOP_LEVEL_DOMAINS": " ".join(sorted(TOP_LEVEL_DOMAINS)),
    }
    return "".join(
        f"export const {name} = {orjson.dumps(value).decode()};\n" for name, value in shared.items()
    )
