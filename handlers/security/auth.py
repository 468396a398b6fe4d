"""From a token to an actor."""

import time
from dataclasses import replace

from handlers.context import Actor, Context, Visitor
from handlers.error_codes import ErrorCode
from handlers.errors import OperationError
from storage.accounts import sessions

TRUSTED_SECONDS = 0.5  # how long a session is taken to live on since it was last looked up
CACHED = 10_000


class Authenticator:
    """Checks the signature and the session of every token.

    The answer is kept for half a second, so a busy client costs two look-ups a second and a revoked
    one is refused within one.
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, Actor]] = {}

    async def actor(self, context: Context, token: str, visitor: Visitor) -> Actor:
        """Return the actor of an access token.

        Raises:
            OperationError: TOKEN_INVALID, TOKEN_EXPIRED or SESSION_ENDED.
        """
        now = time.monotonic()
        known = self._known.get(token)
        if known is not None and now < known[0] and time.time() < known[1].expires_at:
            found = known[1]
        else:
            found = await self._look_up(context, token)
            if len(self._known) >= CACHED:
                self._known.clear()
            self._known[token] = (now + TRUSTED_SECONDS, found)
        return replace(found, address=visitor.address, user_agent=visitor.user_agent)

    async def _look_up(self, context: Context, token: str) -> Actor:
        access = context.tokens.access(token)
        session = await sessions.active(context.db, access.session_id)
        if session is None or session.user_id != access.user_id:
            raise OperationError(ErrorCode.SESSION_ENDED, "The session has ended.")
        return Actor(
            "", "", session.user_id, session.id, session.is_admin, expires_at=access.expires_at
        )
