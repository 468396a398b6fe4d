"""From a token to an actor."""

import asyncio
import math
import time
from dataclasses import dataclass

from handlers.context import Actor, Context, Grant, Visitor
from handlers.error_codes import ErrorCode
from handlers.errors import OperationError
from handlers.rate_limits import Bucket
from handlers.security.personal_tokens import PREFIX, is_well_formed
from handlers.security.tokens import fingerprint
from storage.accounts import personal_tokens, sessions
from storage.database.pool import Database
from storage.errors import Unavailable
from storage.scopes import Scope

TRUSTED_SECONDS = 0.5  # how long a session is taken to live on since it was last looked up
KEPT_SECONDS = 2.0  # how long one that is not shown any more is looked up with others
CACHED = 10_000
NOTED_SECONDS = 3600.0  # how often the use of a personal access token is noted


@dataclass(slots=True)
class _Known:
    """Whose token it is, until when that is taken to be so, and when it was shown last."""

    actor: Actor
    trusted_until: float
    shown_at: float

    @property
    def is_good(self) -> bool:
        """Whether it need not be looked at again."""
        return time.monotonic() < self.trusted_until and time.time() < self.actor.expires_at


class Authenticator:
    """Checks the signature and the session of every token; of personal ones there is a hash.

    The answer is kept for half a second, so that a revoked session is refused within one; at once
    where it was revoked by this process. Who comes after that has all sessions looked up that were
    shown lately, in one statement: however many there are, they cost two statements a second and
    not two each.
    """

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}
        self._checked: asyncio.Event | None = None  # set when what is under way is over
        self._noted: dict[int, float] = {}  # when the use of a token was noted, by its id
        self._forgotten = 0  # how many times: an answer that was asked for before is not kept

    async def actor(self, context: Context, token: str, visitor: Visitor) -> Actor:
        """Return the actor of an access token.

        Raises:
            OperationError: TOKEN_INVALID, TOKEN_EXPIRED or SESSION_ENDED.
        """
        actor = await self._actor(context, token, visitor)
        if actor.grant is not None:
            await self.note_use(context.db, actor.grant)
        return actor

    async def note_use(self, db: Database, grant: Grant) -> None:
        """Note that a personal access token is used, once an hour; a write is not lost for it."""
        now = time.monotonic()
        if now < self._noted.get(grant.token_id, -math.inf) + NOTED_SECONDS:
            return
        if len(self._noted) >= CACHED:
            self._noted.clear()
        self._noted[grant.token_id] = now
        try:
            await personal_tokens.note_use(db, grant.token_id)
        except Unavailable:
            del self._noted[grant.token_id]

    async def _actor(self, context: Context, token: str, visitor: Visitor) -> Actor:
        now = time.monotonic()
        known = self._known.get(token)
        if known is not None and now >= known.trusted_until:
            known.shown_at = now
            await self._check(context)
            known = self._known.get(token)
        if known is None or not known.is_good:
            known = await self._look_up(context, token, visitor)
        known.shown_at = now
        found = known.actor
        return Actor(
            visitor.address,
            visitor.user_agent,
            found.user_id,
            found.session_id,
            found.is_admin,
            found.expires_at,
            found.grant,
            found.owner_id,
        )

    def forget(self, user_id: int) -> None:
        """Look a user's sessions up again before they are trusted, since some of them ended."""
        self._forgotten += 1
        self._known = {
            token: known for token, known in self._known.items() if known.actor.user_id != user_id
        }

    async def _check(self, context: Context) -> None:
        """Look all sessions up that were shown lately, or wait for who does."""
        if self._checked is not None:
            await self._checked.wait()  # should it fail, or take long, each is looked up by itself
            return
        checked = self._checked = asyncio.Event()
        try:
            now = time.monotonic()
            asked = [
                (token, known)
                for token, known in self._known.items()
                if known.shown_at > now - KEPT_SECONDS
            ]
            self._known = dict(asked)
            ids = [known.actor.session_id for _, known in asked]
            active = {one.id: one for one in await sessions.all_active(context.db, ids)}
            for token, known in asked:
                session = active.get(known.actor.session_id)
                if session is not None:
                    if known.actor.grant is None:
                        known.actor = _actor(session, known.actor.expires_at)
                    known.trusted_until = now + TRUSTED_SECONDS
                elif self._known.get(token) is known:
                    del self._known[token]
        finally:
            self._checked = None
            checked.set()

    async def _look_up(self, context: Context, token: str, visitor: Visitor) -> _Known:
        now = time.monotonic()
        forgotten = self._forgotten
        look_up = _of_personal_token if token.startswith(PREFIX) else _of_access_token
        known = _Known(await look_up(context, token, visitor), now + TRUSTED_SECONDS, now)
        if forgotten == self._forgotten:
            if len(self._known) >= CACHED:
                self._known.clear()
            self._known[token] = known
        return known


async def _of_access_token(context: Context, token: str, _: Visitor) -> Actor:
    access = context.tokens.access(token)
    session = await sessions.active(context.db, access.session_id)
    if session is None or session.user_id != access.user_id:
        raise OperationError(ErrorCode.SESSION_ENDED, "The session has ended.")
    return _actor(session, access.expires_at)


async def _of_personal_token(context: Context, token: str, visitor: Visitor) -> Actor:
    """Return who acts by a personal access token: never with the rights of an admin.

    Nothing but a look into the database tells a good one, so an address may have only so many.
    """
    shown = None
    if is_well_formed(token):
        spent = await context.limits.spend(Bucket.READ, None, visitor.address)
        if spent is not None and spent.retry_after is not None:
            raise OperationError(
                ErrorCode.RATE_LIMITED,
                "Too many tokens from this address.",
                retry_after=spent.retry_after,
            )
        shown = await personal_tokens.shown(context.db, fingerprint(token))
    if shown is None:
        raise OperationError(ErrorCode.TOKEN_INVALID, "There is no such token.")
    expires_at = math.inf if shown.expires_at is None else shown.expires_at.timestamp()
    if time.time() >= expires_at:
        raise OperationError(ErrorCode.TOKEN_EXPIRED, "The token has expired.")
    if not shown.is_good:
        raise OperationError(ErrorCode.SESSION_ENDED, "The token has been revoked.")
    scopes = frozenset(scope for scope in Scope if scope.value in shown.scopes)
    grant = Grant(shown.session_id, scopes)
    return Actor("", "", shown.user_id, shown.session_id, False, expires_at, grant, shown.owner_id)


def _actor(session: sessions.Session, expires_at: float) -> Actor:
    return Actor("", "", session.user_id, session.id, session.is_admin, expires_at, None, None)
