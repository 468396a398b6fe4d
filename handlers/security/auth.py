"""From a token to an actor."""

import asyncio
import math
import time
from collections import OrderedDict

from handlers.context import Actor, Context, Grant, Visitor
from handlers.error_codes import ErrorCode
from handlers.errors import OperationError
from handlers.rate_limits import Bucket
from handlers.security.personal_tokens import PREFIX, is_well_formed
from handlers.security.tokens import fingerprint
from storage.accounts import personal_tokens, session_changes, sessions
from storage.database.pool import Database
from storage.errors import Unavailable
from storage.scopes import Scope

TRUSTED_SECONDS = 0.5  # for how long no changes of sessions need be read after they were
CACHED = 20_000  # tokens; the one that was shown longest ago is forgotten first
NOTED_SECONDS = 3600.0  # how often the use of a personal access token is noted


class Authenticator:
    """Checks the signature and the session of every token; of personal ones there is a hash.

    A session is looked up once, and trusted for as long as the changes of sessions are read, which
    whoever comes does for all half a second after that was done last: two statements a second,
    however many sessions there are. So a revoked session is refused within a second; at once where
    it was revoked by this process.
    """

    def __init__(self) -> None:
        self._actors: OrderedDict[str, Actor] = OrderedDict()  # by token, of no address
        self._tokens: dict[int, set[str]] = {}  # of those, by user
        self._changes = session_changes.ChangesReader()
        self._read_at = -math.inf  # when reading them was begun
        self._reading: asyncio.Event | None = None  # set when what is under way is over
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
            self._noted.pop(grant.token_id, None)

    async def _actor(self, context: Context, token: str, visitor: Visitor) -> Actor:
        if self._is_out_of_date:
            await self._read_changes(context.db)
        found = self._actors.get(token)
        # Should reading have failed, or taken long, each is looked up by itself.
        if found is None or self._is_out_of_date or time.time() >= found.expires_at:
            found = await self._look_up(context, token, visitor)
        else:
            self._actors.move_to_end(token)
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

    @property
    def _is_out_of_date(self) -> bool:
        return time.monotonic() >= self._read_at + TRUSTED_SECONDS

    def forget(self, user_id: int) -> None:
        """Look a user's sessions up again before they are trusted, since some of them ended."""
        self._forgotten += 1
        for token in self._tokens.pop(user_id, ()):
            del self._actors[token]

    async def _read_changes(self, db: Database) -> None:
        """Forget the sessions of those for whom something has changed, or wait for who does."""
        if self._reading is not None:
            await self._reading.wait()
            return
        reading = self._reading = asyncio.Event()
        began = time.monotonic()
        try:
            changed = await self._changes.read(db)
            if changed is None:
                self._forgotten += 1
                changed = set(self._tokens)
            for user_id in changed:
                self.forget(user_id)
            self._read_at = began
        finally:
            self._reading = None
            reading.set()

    async def _look_up(self, context: Context, token: str, visitor: Visitor) -> Actor:
        forgotten = self._forgotten
        look_up = _of_personal_token if token.startswith(PREFIX) else _of_access_token
        found = await look_up(context, token, visitor)
        if forgotten == self._forgotten:
            self._keep(token, found)
        return found

    def _keep(self, token: str, actor: Actor) -> None:
        if token not in self._actors and len(self._actors) >= CACHED:
            longest, gone = self._actors.popitem(last=False)
            self._tokens[gone.user_id].discard(longest)
            if not self._tokens[gone.user_id]:
                del self._tokens[gone.user_id]
        self._actors[token] = actor
        self._tokens.setdefault(actor.user_id, set()).add(token)


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
