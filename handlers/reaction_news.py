"""Tells participants of reactions: what comes to a message within a moment, as one event.

That a message's reactions are to be told is stored with the reaction. Should the instance die that
was about to, another one does it.
"""

import asyncio
import logging
from datetime import timedelta

from realtime.delivery.notifier import Notifier
from realtime.tasks import Tasks
from storage.database.pool import Database
from storage.errors import Unavailable
from storage.messaging import reactions

logger = logging.getLogger(__name__)

COALESCED_SECONDS = 0.5
SWEEP_SECONDS = 4.0
LEFT_ALONE = timedelta(seconds=3)  # by who sweeps, as somebody is about to tell


class ReactionNews:
    """Tells of the reactions that come to this instance, and of what others have left."""

    def __init__(self, db: Database, notifier: Notifier, tasks: Tasks) -> None:
        self._db = db
        self._notifier = notifier
        self._tasks = tasks
        self._changed: set[int] = set()
        self._telling: asyncio.Task[None] | None = None

    def changed(self, message_id: int) -> None:
        """Tell of a message's reactions, together with what changes in the next moment."""
        self._changed.add(message_id)
        if self._telling is None:
            self._telling = self._tasks.start(self._tell_soon())

    async def _tell_soon(self) -> None:
        try:
            await asyncio.sleep(COALESCED_SECONDS)
        finally:
            self._telling = None
        changed, self._changed = self._changed, set()
        await self._tell(sorted(changed))

    async def _tell(self, message_ids: list[int]) -> None:
        """Tell of each; what fails while PostgreSQL is away is left for a sweep."""
        for message_id in message_ids:
            try:
                news = await reactions.tell(self._db, message_id)
            except Unavailable:
                return
            if news is not None:
                self._notifier.appended(news.event, news.actor_id, news.logged)

    async def run(self) -> None:
        """Tell what other instances have left, until cancelled."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                await self._tell(await reactions.untold(self._db, LEFT_ALONE))
            except Unavailable:
                pass
            except Exception:
                logger.exception("telling what reactions were left failed")
