"""Publishes hints of posts as fast as it is told to: `hinter.py`, in an instance's environment.

Storing a post takes an instance longer than delivering it, so bursts of real posts arrive spread
out. This process stores one, and then publishes notification hints of copies of it, with the
notifier of the tree that stands first on PYTHONPATH: what many instances' authors would do in the
same moment. What one WebSocket sends is the content of the next copy.
"""

import asyncio
import itertools
import os
from collections.abc import AsyncIterator
from dataclasses import replace

from aiohttp import web
from serving import run

from realtime.broker.redis.broker import open_broker
from realtime.delivery.notifier import Notifier
from realtime.tasks import open_tasks
from storage.database.pool import open_database
from storage.posts import feed_entries, posts
from storage.posts.feed_entries import FeedEntry

NO_ENTRY = 2**52  # entry ids from here on are nobody's

NOTIFIER = web.AppKey("notifier", Notifier)
ENTRY = web.AppKey("entry", FeedEntry)
NUMBERS = itertools.count(NO_ENTRY + int.from_bytes(os.urandom(4)) * 2**16)


async def services(app: web.Application) -> AsyncIterator[None]:
    async with (
        open_database(os.environ["DATABASE_URL"]) as db,
        open_broker(os.environ["REDIS_URL"]) as broker,
        open_tasks() as tasks,
    ):
        author_id = await db.fetchval("SELECT id FROM users WHERE username = 'author_1'")
        posted = await posts.create(db, posts.PostDraft(author_id, "the first", [], [], None), None)
        assert posted is not None
        entry = await feed_entries.get(db, posted.entry_id)
        assert entry is not None
        app[NOTIFIER], app[ENTRY] = Notifier(broker, tasks), entry
        yield
        await asyncio.sleep(0.1)


async def socket(request: web.Request) -> web.WebSocketResponse:
    response = web.WebSocketResponse()
    await response.prepare(request)
    entry, notifier = request.app[ENTRY], request.app[NOTIFIER]
    async for message in response:
        post = replace(entry.post, content=message.data)
        notifier.entered(replace(entry, entry_id=next(NUMBERS), post=post))
    return response


if __name__ == "__main__":
    app = web.Application()
    app.cleanup_ctx.append(services)
    app.router.add_get("/socket.io/", socket)
    run(app)
