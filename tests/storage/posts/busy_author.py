"""Somebody who changes what is in feeds, by chance."""

import asyncio
import random
from typing import Any

from storage.database.pool import Database
from storage.errors import NotFound
from storage.posts import deletion, reactions
from tests.storage.posts.slow_writers import SlowToCommit, write


class BusyAuthor:
    """Somebody who writes, deletes, retweets and takes back, and is now and then slow to commit."""

    def __init__(self, db: Database, user_id: int, written: list[int], seed: int) -> None:
        self.db = db
        self.id = user_id
        self.written = written
        self.random = random.Random(seed)
        self.retweeted: list[int] = []
        self.mine: list[int] = []

    async def wait_now_and_then(self) -> None:
        await asyncio.sleep(0.05 * self.random.random() if self.random.random() < 0.3 else 0)

    async def act(self) -> None:
        db: Any = SlowToCommit(self.db, self.wait_now_and_then)
        what = self.random.choice(["write", "write", "retweet", "retweet", "unretweet", "delete"])
        if what == "write" or len(self.written) < 4:
            self.mine.append(await write(db, self.id))
            self.written.append(self.mine[-1])
        elif what == "retweet":
            post = self.random.choice(self.written[-10:])
            await reactions.retweet(db, self.id, post)
            self.retweeted.append(post)
        elif what == "unretweet" and self.retweeted:
            await reactions.unretweet(db, self.id, self.retweeted.pop())
        elif what == "delete" and self.mine:
            await self.delete(db, self.mine.pop())

    async def delete(self, db: Any, post: int) -> None:
        self.written.remove(post)
        await deletion.delete(db, self.id, post)

    async def act_often(self, times: int) -> None:
        for _ in range(times):
            try:
                await self.act()
            except NotFound:
                pass  # another has deleted it meanwhile
