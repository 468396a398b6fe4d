"""`demo --live`: some people of the demo post and write, as any client could."""

import asyncio
from collections.abc import Callable
from random import Random

import aiohttp

from demo.demo_user import DemoUser
from demo.errors import DemoError
from demo.people import DEMO
from demo.retrying_client import RetryingClient
from demo.scripts import ANSWERS, GREETINGS
from demo.vocabulary import SUBJECTS
from demo.writer import Writer

ACTIVE_USERS = 10
CANDIDATES = 40  # people who may turn out not to be of the community
ACTIONS_PER_SECOND = 3.0
LONG_PAUSES = 0.06  # of all pauses: a few seconds
ANSWERED = 0.5  # of messages among active users, lest two of them never stop


async def play(url: str, report: Callable[[str], object]) -> None:
    """Act as people of the community until cancelled.

    Args:
        url: of a running server.
        report: is called with lines for the operator.

    Raises:
        DemoError: where there is no community.
    """
    async with aiohttp.ClientSession() as http:
        server = RetryingClient(http, url, report)
        demo = DemoUser(server, DEMO)
        live = LiveCommunity(await _log_in_some(server, demo), demo.id, Random())
        report(f"{', '.join(member.username for member in live.users)} are talking on {server.url}")
        async with asyncio.TaskGroup() as tasks:
            for member in live.users:
                tasks.create_task(member.stay_online())
                tasks.create_task(live.answer_messages(member))
            tasks.create_task(live.act())


async def _log_in_some(server: RetryingClient, demo: DemoUser) -> list[DemoUser]:
    """Log in some of the community whom demo follows; demo itself is logged in only to look."""
    if not await demo.log_in():
        raise DemoError(f"nobody can log in as {DEMO} there: fill the community first (`demo`)")
    followed = await demo.results(f"/api/users/{demo.id}/following/?limit={CANDIDATES}")
    await demo.log_out()
    users: list[DemoUser] = []
    for user in followed:
        member = DemoUser(server, user["username"])
        if len(users) < ACTIVE_USERS and await member.log_in():
            users.append(member)
    if len(users) < 2:
        raise DemoError(f"{DEMO} follows nobody of the community any more")
    return users


class LiveCommunity:
    """A few active users and what they do."""

    def __init__(self, users: list[DemoUser], demo_id: int, rng: Random) -> None:
        self.users = users
        self._demo_id = demo_id
        self._rng = rng
        self._writer = Writer(rng)
        self._all_subjects = tuple(range(len(SUBJECTS)))
        self._ids = {member.id for member in users}

    async def act(self) -> None:
        """Have one user after the other do something, forever."""
        actions = {
            self._post: 18,
            self._reply: 22,
            self._like: 38,
            self._retweet: 6,
            self._follow: 6,
            self._write: 10,
        }
        rng = self._rng
        while True:
            (action,) = rng.choices(list(actions), list(actions.values()))
            await action(rng.choice(self.users))
            pause = rng.uniform(2, 5) if rng.random() < LONG_PAUSES else 0
            await asyncio.sleep(pause + rng.expovariate(ACTIONS_PER_SECOND))

    async def answer_messages(self, member: DemoUser) -> None:
        """Answer whoever writes to this member: strangers always, active users now and then."""
        while True:
            message = await member.messages.get()
            conversation_id = message["conversation_id"]
            await asyncio.sleep(self._rng.uniform(0.5, 2))
            path = f"/api/messages/{conversation_id}/read/"
            await member.call("POST", path, {"up_to": message["id"]})
            from_active_user = message["sender"]["id"] in self._ids
            if not from_active_user or self._rng.random() < ANSWERED:
                await member.write(conversation_id, self._rng.choice(ANSWERS))

    async def _post(self, member: DemoUser) -> None:
        names = tuple(other.username for other in self.users if other is not member)
        calls = names if len(names) > 1 else ()
        if self._rng.random() < 0.3:
            await member.post(self._writer.trend())
        else:
            await member.post(self._writer.post(None, self._all_subjects, calls))

    async def _reply(self, member: DemoUser) -> None:
        if (post_id := await self._recent_post(member)) is not None:
            await member.post(self._writer.reply(None), post_id)

    async def _like(self, member: DemoUser) -> None:
        if (post_id := await self._recent_post(member)) is not None:
            await member.call("POST", f"/api/posts/{post_id}/like/")

    async def _retweet(self, member: DemoUser) -> None:
        if (post_id := await self._recent_post(member)) is not None:
            await member.call("POST", f"/api/posts/{post_id}/retweet/")

    async def _follow(self, member: DemoUser) -> None:
        verb = "follow" if self._rng.random() < 0.7 else "unfollow"
        await member.call("POST", f"/api/users/{self._other_user(member)}/{verb}/")

    async def _write(self, member: DemoUser) -> None:
        await member.write_to(self._other_user(member), self._rng.choice(GREETINGS))

    def _other_user(self, member: DemoUser) -> int:
        """Return the id of another active user, or of demo."""
        others = [other.id for other in self.users if other is not member]
        return self._rng.choice([*others, self._demo_id])

    async def _recent_post(self, member: DemoUser) -> int | None:
        """Return a recent post of others, rather by a stranger, who waits for an answer."""
        posts = [
            post
            for post in await member.results("/api/posts/?limit=30")
            if post["author"]["id"] != member.id
        ]
        if not posts:
            return None
        weights = [1 if post["author"]["id"] in self._ids else 3 for post in posts]
        (post,) = self._rng.choices(posts, weights)
        return int(post["id"])
