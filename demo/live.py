"""`demo --live`: some people of the demo talk on, as any client could."""

import asyncio
from collections.abc import Callable
from random import Random

import aiohttp

from demo.member import DemoUser
from demo.people import DEMO
from demo.retrying_client import RetryingClient
from demo.scripts import ANSWERS, GREETINGS
from demo.words import SUBJECTS
from demo.writing import Writer
from server.lifecycle.startup import StartError

CAST = 10  # people
TRIED = 40  # people who may turn out not to be of the community
PER_SECOND = 3.0
LULL = 0.06  # of all pauses are a few seconds
ANSWERED = 0.5  # of messages among the cast, lest two of them never stop


async def keep_talking(url: str, say: Callable[[str], object]) -> None:
    """Until cancelled. StartError where nobody is whom one could be."""
    async with aiohttp.ClientSession() as http:
        server = RetryingClient(http, url, say)
        demo = DemoUser(server, DEMO)
        stage = Stage(await _cast(server, demo), demo.id, Random())
        say(f"{', '.join(member.username for member in stage.cast)} are talking on {server.url}")
        async with asyncio.TaskGroup() as tasks:
            for member in stage.cast:
                tasks.create_task(member.stay_online())
                tasks.create_task(stage.answer(member))
            tasks.create_task(stage.talk())


async def _cast(server: RetryingClient, demo: DemoUser) -> list[DemoUser]:
    """Those of the community whom demo follows; it is logged in only to look."""
    if not await demo.log_in():
        raise StartError(f"nobody can log in as {DEMO} there: fill the community first (`demo`)")
    followed = await demo.results(f"/api/users/{demo.id}/following/?limit={TRIED}")
    await demo.log_out()
    cast: list[DemoUser] = []
    for user in followed:
        member = DemoUser(server, user["username"])
        if len(cast) < CAST and await member.log_in():
            cast.append(member)
    if len(cast) < 2:
        raise StartError(f"{DEMO} follows nobody of the community any more")
    return cast


class Stage:
    def __init__(self, cast: list[DemoUser], demo_id: int, chance: Random) -> None:
        self.cast = cast
        self._demo_id = demo_id
        self._chance = chance
        self._writer = Writer(chance)
        self._everybody = tuple(range(len(SUBJECTS)))
        self._ids = {member.id for member in cast}

    async def talk(self) -> None:
        """One thing after the other, by one or the other."""
        acts = {
            self._post: 18,
            self._reply: 22,
            self._like: 38,
            self._retweet: 6,
            self._follow: 6,
            self._write: 10,
        }
        chance = self._chance
        while True:
            (act,) = chance.choices(list(acts), list(acts.values()))
            await act(chance.choice(self.cast))
            lull = chance.uniform(2, 5) if chance.random() < LULL else 0
            await asyncio.sleep(lull + chance.expovariate(PER_SECOND))

    async def answer(self, member: DemoUser) -> None:
        """Whoever writes to this member: always to strangers, to the cast now and then."""
        while True:
            message = await member.messages.get()
            conversation_id = message["conversation_id"]
            await asyncio.sleep(self._chance.uniform(0.5, 2))
            path = f"/api/messages/{conversation_id}/read/"
            await member.do("POST", path, {"up_to": message["id"]})
            among_us = message["sender"]["id"] in self._ids
            if not among_us or self._chance.random() < ANSWERED:
                await member.write(conversation_id, self._chance.choice(ANSWERS))

    async def _post(self, member: DemoUser) -> None:
        names = tuple(other.username for other in self.cast if other is not member)
        calls = names if len(names) > 1 else ()
        if self._chance.random() < 0.3:
            await member.post(self._writer.trend())
        else:
            await member.post(self._writer.post(None, self._everybody, calls))

    async def _reply(self, member: DemoUser) -> None:
        if (post_id := await self._recent(member)) is not None:
            await member.post(self._writer.reply(None), post_id)

    async def _like(self, member: DemoUser) -> None:
        if (post_id := await self._recent(member)) is not None:
            await member.do("POST", f"/api/posts/{post_id}/like/")

    async def _retweet(self, member: DemoUser) -> None:
        if (post_id := await self._recent(member)) is not None:
            await member.do("POST", f"/api/posts/{post_id}/retweet/")

    async def _follow(self, member: DemoUser) -> None:
        verb = "follow" if self._chance.random() < 0.7 else "unfollow"
        await member.do("POST", f"/api/users/{self._other(member)}/{verb}/")

    async def _write(self, member: DemoUser) -> None:
        await member.write_to(self._other(member), self._chance.choice(GREETINGS))

    def _other(self, member: DemoUser) -> int:
        """The id of another one of the cast, or of demo."""
        others = [other.id for other in self.cast if other is not member]
        return self._chance.choice([*others, self._demo_id])

    async def _recent(self, member: DemoUser) -> int | None:
        """A post of another's, out of the latest: rather by a stranger, who waits for an answer."""
        posts = [
            post
            for post in await member.results("/api/posts/?limit=30")
            if post["author"]["id"] != member.id
        ]
        if not posts:
            return None
        weights = [1 if post["author"]["id"] in self._ids else 3 for post in posts]
        (post,) = self._chance.choices(posts, weights)
        return int(post["id"])
