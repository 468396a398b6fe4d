"""Heads of timelines (storage/posts/timeline_head.py), kept in Redis for all instances.

A head is checked by the statement that makes a page of it, so none can be stale, and what Redis
loses, keeps too long or makes up costs a walk.
"""

from asyncio import timeout
from collections import OrderedDict
from time import monotonic
from typing import Any

import orjson
from prometheus_client import Counter

from realtime.broker.keys import KEY_PREFIX
from realtime.broker.redis.client import (
    COMMAND_SECONDS,
    UNAVAILABLE,
    CommandRefused,
    RedisExecutor,
)
from storage.database.paging import MAX_ID
from storage.database.pool import Database
from storage.posts import timeline_head
from storage.posts.timeline_head import TimelineHead
from storage.records import Page, Post

KEEP_SECONDS = 300
READERS_KEPT = 10_000  # each takes about 2 kB; the longest absent is forgotten first
PAUSE_SECONDS = 1.0  # after a failure nothing asks Redis for this long

PAGES = Counter(
    "mini_twitter_feed_first_pages_total",
    "First pages of feeds, by whose head was of use, else why there was a walk",
    ["front"],  # memory, redis; outdated, none
)
COUNTED = {front: PAGES.labels(front) for front in ("memory", "redis", "outdated", "none")}


class TimelineCache:
    """The cache of one instance, which keeps its own readers' heads in memory besides.

    To ask Redis costs more CPU than it saves where few are followed. Waits a quarter of a second at
    most when Redis fails, and then not at all for a second.
    """

    def __init__(self, redis: RedisExecutor) -> None:
        self._redis = redis
        self._ask_again_at = 0.0
        self._heads: OrderedDict[int, TimelineHead] = OrderedDict()

    async def first_page(self, db: Database, user_id: int, limit: int) -> Page[Post]:
        """Return the first page of the user's feed, as feed.home() would."""
        head, source = self._heads.get(user_id), "memory"
        if head is None:
            head, source = _parse_head(await self._ask("GET", _key(user_id))), "redis"
        if head is not None:
            merged = await timeline_head.merge(db, user_id, limit, head)
            if merged is not None:
                page, head = merged
                self._keep(user_id, head)
                COUNTED[source].inc()
                return page
        COUNTED["none" if head is None else "outdated"].inc()
        page, head = await timeline_head.walk(db, user_id, limit)
        if head is None:
            self._heads.pop(user_id, None)
        else:
            self._keep(user_id, head)
            await self._ask("SET", _key(user_id), orjson.dumps(head), "EX", KEEP_SECONDS)
        return page

    def _keep(self, user_id: int, head: TimelineHead) -> None:
        self._heads[user_id] = head
        self._heads.move_to_end(user_id)
        if len(self._heads) > READERS_KEPT:
            self._heads.popitem(last=False)

    async def drop(self, *user_ids: int) -> None:
        """Forget heads that will be of no use: spares the next page the look at them."""
        for user_id in user_ids:
            self._heads.pop(user_id, None)
            await self._ask("DEL", _key(user_id))

    async def _ask(self, *command: Any) -> Any:
        """Return the answer of Redis; None when it is away, too."""
        if monotonic() < self._ask_again_at:
            return None
        try:
            async with timeout(COMMAND_SECONDS):
                return await self._redis.execute_command(*command)
        except CommandRefused:  # an answer, if not the one that was asked for
            return None
        except UNAVAILABLE:
            self._ask_again_at = monotonic() + PAUSE_SECONDS
            return None


def _key(user_id: int) -> str:
    return f"{KEY_PREFIX}feed:{user_id}"


def _parse_head(found: Any) -> TimelineHead | None:
    """Return None for what is no head: nothing, or nothing that this program wrote."""
    if not isinstance(found, bytes):
        return None
    try:
        fields = orjson.loads(found)
    except orjson.JSONDecodeError:
        return None
    match fields:
        case {
            "snapshot": str(snapshot),
            "version": str(version),
            "entry_ids": [_, *_] as ids,
            "complete": bool(complete),
        } if all(type(id) is int and 0 < id < MAX_ID for id in ids):
            return TimelineHead(snapshot, version, ids, complete)
    return None
