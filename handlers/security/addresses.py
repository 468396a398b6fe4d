"""Which addresses of theirs people may give."""

from handlers.context import Context
from handlers.errors import InvalidInput


async def refuse_unreachable(context: Context, email: str) -> None:
    """Raise InvalidInput for an address that our mail server does not take."""
    if not email.isascii() and not await context.mailer.takes_utf8():
        raise InvalidInput({"email": ["Our mail server takes ASCII only before the @."]})
