"""The numbers and names that server and page share: what server/web/text.js imports."""

from dataclasses import asdict

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
    "alt": limits.ALT,
    "muted_word": limits.MUTED_WORD,
    "poll_option": limits.POLL_OPTION,
}


TEXT_RULES = {
    "LIMITS": {name: asdict(limit) for name, limit in LIMITS.items()},
    "LINK_LENGTH": limits.LINK_LENGTH,
    "TOP_LEVEL_DOMAINS": " ".join(sorted(TOP_LEVEL_DOMAINS)),
}
