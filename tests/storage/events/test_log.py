"""The event log under everything at once: gapless, in order, without a deadlock."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from itertools import pairwise

import pytest

from server.config.load import Config
from storage import notifications
from storage.database.pool import Database, open_database
from storage.errors import NotFound, Unavailable
from storage.events import log
from storage.events.types import RelationshipChanged
from storage.messaging import message_changes, messages, opening, read_receipts
from storage.posts import deletion, posts, reactions
from storage.social import relationships
from tests.storage.users import new_users, position

WORKERS = 16
ACTS_EACH = 50


@pytest.fixture
async def wide_db(settings: Config) -> AsyncIterator[Database]:
    """A connection for every worker and one to watch them by."""
    async with open_database(settings.database_url, WORKERS + 1) as db:
        yield db


ACTS = [
    "send", "send", "send", "read", "read", "edit", "erase", "like", "unlike", "retweet",
    "unretweet", "follow", "unfollow", "mention", "reply", "delete", "notices",
]  # fmt: skip


@dataclass
class Community:
    users: list[int]
    conversations: dict[int, list[int]]  # with the participants
    posts: list[int]
    sent: list[tuple[int, int]] = field(default_factory=list)  # (sender, message)
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)


async def found(db: Database) -> Community:
    users = await new_users(db, 6)
    chats: dict[int, list[int]] = {}
    for members in (users[:2], users[1:3], users[4:], users[:4], users, users):
        title = "group" if len(members) > 2 else None
        opened = await opening.create(db, members[0], members[1:], title)
        chats[opened.conversation_id] = members
    written = [await posts.create(db, posts.PostDraft(user, "hello"), None) for user in users]
    return Community(users, chats, [post.post_id for post in written if post is not None])


@dataclass
class Turn:
    """What one act is about, chosen at random."""

    db: Database
    community: Community
    choose: random.Random
    user: int
    other: int
    chat: int
    post: int

    async def act(self, what: str) -> None:
        match what:
            case "send" | "read" | "edit" | "erase":
                await self._message(what)
            case "like" | "unlike" | "retweet" | "unretweet":
                await getattr(reactions, what)(self.db, self.user, self.post)
            case "follow" | "unfollow":
                await getattr(relationships, what)(self.db, self.user, self.other)
            case "mention" | "reply":
                await self._write(self.post if what == "reply" else None)
            case "delete" if len(self.community.posts) > 6:
                written = self.community.posts
                doomed = written.pop(self.choose.randrange(len(written)))
                await deletion.delete(self.db, self.user, doomed, any_author=True)
            case "notices":
                await self._read_notices()

    async def _message(self, what: str) -> None:
        db, choose, sent = self.db, self.choose, self.community.sent
        match what:
            case "send":
                message = (await messages.send(db, self.user, self.chat, "hi", None, None)).message
                sent.append((self.user, message.id))
            case "read":
                page = await messages.newest(db, self.user, self.chat, 5, None)
                if page.results:
                    read = choose.choice(page.results).id
                    await read_receipts.mark_read(db, self.user, self.chat, read)
            case "edit" | "erase" if sent:
                sender, id = choose.choice(sent[-20:])
                if what == "edit":
                    await message_changes.edit(db, sender, id, f"edited {choose.random()}")
                else:
                    await message_changes.delete(db, sender, id)

    async def _write(self, reply_to: int | None) -> None:
        name = await self.db.fetchval("SELECT username FROM users WHERE id = $1", self.other)
        draft = posts.PostDraft(self.user, f"@{name}", usernames=[name], reply_to=reply_to)
        written = await posts.create(self.db, draft, None)
        self.community.posts.append(written.post_id if written else 0)

    async def _read_notices(self) -> None:
        listed = (await notifications.newest(self.db, self.user, 3, None, unread=True)).results
        if self.choose.random() < 0.3:
            await notifications.mark_all_read(self.db, self.user)
        else:
            await notifications.mark_read(self.db, self.user, [notice.id for notice in listed])


async def act(db: Database, community: Community, choose: random.Random) -> None:
    """One thing that a user may do, at random."""
    user, other = choose.sample(community.users, 2)
    chat = choose.choice([id for id, members in community.conversations.items() if user in members])
    post = choose.choice(community.posts)
    what = choose.choice(ACTS)
    try:
        await Turn(db, community, choose, user, other, chat, post).act(what)
        community.done[what] += 1
    except (NotFound, Unavailable):  # just deleted by another; or, on a busy machine, its turn
        community.refused[what] += 1  # of a counter has not come within a statement's time


async def work(db: Database, community: Community, seed: int) -> None:
    choose = random.Random(seed)
    for _ in range(ACTS_EACH):
        await act(db, community, choose)


SO_FAR = "SELECT conversation_id, max(id) AS last, count(*) AS count FROM messages GROUP BY 1"
UP_TO = "SELECT count(*) FROM messages WHERE conversation_id = $1 AND id <= $2"


async def watch(db: Database, seen: set[tuple[int, int, int]]) -> None:
    """(conversation, its highest message id, how many it had then), again and again."""
    while True:
        seen |= {tuple(row) for row in await db.fetch(SO_FAR)}
        await asyncio.sleep(0.02)


async def test_log_is_exact_after_everything_at_once(wide_db: Database) -> None:
    community = await found(wide_db)
    seen: set[tuple[int, int, int]] = set()
    watching = asyncio.create_task(watch(wide_db, seen))
    try:
        async with asyncio.TaskGroup() as workers:
            for seed in range(WORKERS):  # a deadlock, or a counter below zero, ends the test here
                workers.create_task(work(wide_db, community, seed))
    finally:
        watching.cancel()
    assert set(community.done) == set(ACTS)
    for user in community.users:
        await assert_log_is_gapless(wide_db, user)
        await assert_unread_counts_are_real(wide_db, user)
    samples = [sample for sample in seen if sample[0] in community.conversations]
    assert len(samples) > len(community.conversations)
    for conversation, last, count in samples:  # nothing came in below what had been seen
        assert await wide_db.fetchval(UP_TO, conversation, last) == count


async def assert_log_is_gapless(db: Database, user: int) -> None:
    events = await log.read(db, user, 0, 1_000_000)
    stands = await position(db, user)
    assert [event.seq for event in events] == list(range(1, stands.seq + 1))
    sent = [event.ref or 0 for event in events if event.kind == "message.created"]
    assert len(sent) > 10
    assert all(earlier < later for earlier, later in pairwise([0, *sent]))


UNREAD = """
    SELECT p.conversation_id, p.unread_count, count(m.id) AS really FROM participants p
      LEFT JOIN messages m ON m.conversation_id = p.conversation_id AND m.id > p.last_read_id
                          AND m.sender_id <> p.user_id AND m.deleted_at IS NULL
     WHERE p.user_id = $1 GROUP BY p.conversation_id, p.unread_count"""
UNREAD_NOTICES = "SELECT count(*) FROM notifications WHERE user_id = $1 AND read_at IS NULL"


async def assert_unread_counts_are_real(db: Database, user: int) -> None:
    counted = await notifications.unread(db, user)
    assert counted.notifications == await db.fetchval(UNREAD_NOTICES, user)
    rows = await db.fetch(UNREAD, user)
    assert [row["unread_count"] for row in rows] == [row["really"] for row in rows]
    assert counted.messages == sum(row["really"] for row in rows)


async def test_events_of_one_transaction_follow_each_other(db: Database) -> None:
    ann, bob = await new_users(db, 2)
    entries = [
        log.EventDraft(user, RelationshipChanged, ann, ref=turn)
        for turn, user in enumerate((ann, bob, ann, ann))
    ]
    for _ in range(2):
        async with db.transaction() as connection:
            await log.lock(connection, [bob, ann])
            logged = await log.append(connection, entries)
    assert [(entry.user_id, entry.seq) for entry in logged] == [
        (ann, 4),
        (bob, 2),
        (ann, 5),
        (ann, 6),
    ]
    assert [event.ref for event in await log.read(db, ann, 3, 10)] == [0, 2, 3]
    assert [event.ref for event in await log.read(db, ann, 3, 2)] == [0, 2]
    assert await log.ahead(db, {ann: 5, bob: 2}) == {ann: 6}


async def test_number_of_a_transaction_that_failed_is_given_again(db: Database) -> None:
    (ann,) = await new_users(db, 1)
    entry = log.EventDraft(ann, RelationshipChanged, ann, ref=ann)
    async with db.connection() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await log.lock(connection, [ann])
        await log.append(connection, [entry])
        await transaction.rollback()
    async with db.transaction() as connection:
        await log.lock(connection, [ann])
        (logged,) = await log.append(connection, [entry])
    assert logged.seq == 1
    assert len(await log.read(db, ann, 0, 10)) == 1


async def test_message_that_is_deleted_is_unread_by_nobody(db: Database) -> None:
    ann, bob = await new_users(db, 2)
    chat = (await opening.create(db, ann, [bob], None)).conversation_id
    sent = [(await messages.send(db, ann, chat, "hi", None, None)).message.id for _ in range(4)]
    for doomed, read, left in ((sent[3], sent[0], 2), (sent[0], sent[1], 1), (sent[2], sent[1], 0)):
        await message_changes.delete(db, ann, doomed)
        assert (await read_receipts.mark_read(db, bob, chat, read)).unread_count == left
        await assert_unread_counts_are_real(db, bob)
