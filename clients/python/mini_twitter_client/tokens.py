"""The session: an access token, exchanged for the next before it ends, by one at a time."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypedDict, cast

from mini_twitter_client.errors import LoggedOutError, ProblemError
from mini_twitter_client.shapes import TokenPair
from mini_twitter_client.storage import Storage

KEY = "session"
NEVER = 1e15  # when a personal access token ends, as far as is known here
EARLY_SECONDS = 90  # before its end an access token is exchanged


class Session(TypedDict):
    """The tokens, whose they are, and when the access token ends, in seconds since the epoch.

    refresh is empty for a personal access token.
    """

    access: str
    refresh: str
    user_id: int
    life: float
    ends: float


class Tokens:
    """Keeps the session in the storage."""

    def __init__(
        self,
        storage: Storage,
        exchange: Callable[[str], Awaitable[TokenPair]],
        changed: Callable[[Session | None], Awaitable[None]],
    ) -> None:
        self._storage = storage
        self._exchange = exchange
        self._changed = changed
        self._lock = asyncio.Lock()
        self.session: Session | None = None

    async def restore(self) -> Session | None:
        """Take up the stored session, if there is one, and return it."""
        self.session = cast(Session | None, await self._storage.get(KEY))
        return self.session

    async def keep(self, pair: TokenPair, user_id: int) -> None:
        """Begin a session, or go on with its next tokens.

        Raises ValueError for a pair whose refresh token is in a cookie.
        """
        refresh = pair["refresh"]
        if refresh is None:
            raise ValueError("the pair has no refresh token: it was asked for in a cookie")
        life = float(pair["expires_in"])
        await self._keep(
            Session(
                access=pair["access"],
                refresh=refresh,
                user_id=user_id,
                life=life,
                ends=time.time() + life,
            )
        )

    async def keep_personal(self, token: str, user_id: int) -> None:
        """Begin a session of a personal access token."""
        await self._keep(Session(access=token, refresh="", user_id=user_id, life=0, ends=NEVER))

    async def _keep(self, session: Session) -> None:
        await self._storage.set(KEY, session)
        self.session = session
        await self._changed(session)

    async def end(self) -> None:
        """Forget the session."""
        await self._storage.delete(KEY)
        self.session = None
        await self._changed(None)

    async def access(self, stale: str | None = None) -> str:
        """Return an access token that lasts a while, and is not that stale one.

        Raises LoggedOutError, and what the exchange raises.
        """
        session = self._current()
        if session["access"] != stale and _lasts(session):
            return session["access"]
        async with self._lock:
            session = self._current()
            if session["access"] == stale or not _lasts(session):
                await self._renew(session)
            return self._current()["access"]

    async def renew(self) -> None:
        """Exchange the tokens now."""
        await self.access(self._current()["access"])

    async def _renew(self, session: Session) -> None:
        stored: Any = await self._storage.get(KEY)
        if stored and stored["access"] != session["access"] and _lasts(stored):
            self.session = stored  # another process was faster
            await self._changed(stored)
            return
        if not session["refresh"]:
            await self.end()
            raise LoggedOutError("The token is good no longer.")
        try:
            pair = await self._exchange((stored or session)["refresh"])
        except ProblemError as error:
            if error.status != 401:
                raise
            await self.end()
            raise LoggedOutError("The session has ended.") from error
        await self.keep(pair, session["user_id"])

    def _current(self) -> Session:
        if self.session is None:
            raise LoggedOutError("Nobody is logged in.")
        return self.session


def _lasts(session: Session) -> bool:
    return session["ends"] - time.time() > min(EARLY_SECONDS, session["life"] / 3)
