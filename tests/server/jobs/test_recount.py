"""What a suspended account did counts nowhere until it is restored, as lists leave it out."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from server.config.load import Config
from storage.database.pool import Database
from storage.uncounted import PORTION
from tests.conftest import running
from tests.handlers.operations.test_bots import make_bot, suspend
from tests.handlers.post_helpers import create_post
from tests.people import Instance, Person
from tests.server.jobs.worker_helpers import until, working

PROFILES = "/api/users/profiles"


@pytest.fixture
async def here(own_settings: Config) -> AsyncIterator[Instance]:
    async with running(own_settings) as instance, working(own_settings):
        yield instance


@dataclass
class Scene:
    """Cat has done everything once to Ann, and Bob as well; Ann follows both."""

    instance: Instance
    db: Database
    boss: Person
    ann: Person
    bob: Person
    cat: Person
    post: int = 0
    reply: int = 0

    async def begin(self) -> None:
        self.post = await create_post(self.instance, self.ann, "hello")
        for person in (self.bob, self.cat):
            for verb in ("like", "retweet"):
                await self.instance.post(f"/api/posts/{self.post}/{verb}/", person)
            await self.instance.follow(person, self.ann)
            await self.instance.follow(self.ann, person)
            self.reply = await create_post(self.instance, person, "reply", self.post)

    async def suspend(self) -> None:
        await self.instance.post(f"/api/admin/users/{self.cat.id}/suspend/", self.boss)

    async def restore(self) -> None:
        await self.instance.post(f"/api/admin/users/{self.cat.id}/restore/", self.boss)
        self.cat = await self.instance.log_in(self.cat.id, self.cat.username)

    async def counts(self) -> list[int]:
        """Likes, retweets and replies of the post; Ann's followers and whom she follows."""
        post = await self.instance.get(f"/api/posts/{self.post}/")
        profile = await self.instance.get(f"{PROFILES}/{self.ann.id}/")
        return [
            *(post[f"{name}_count"] for name in ("likes", "retweets", "replies")),
            *(profile[f"{name}_count"] for name in ("followers", "following")),
        ]

    async def listed(self) -> list[int]:
        """How many of each the lists show."""
        lists = [f"/api/posts/{self.post}/{name}/" for name in ("likes", "retweets", "replies")]
        lists += [f"/api/users/{self.ann.id}/{name}/" for name in ("followers", "following")]
        return [len(await self.instance.walk(path)) for path in lists]

    async def come_to(self, *expected: int) -> None:
        async def reached() -> bool:
            return await self.counts() == list(expected)

        await until(reached)
        assert await self.listed() == list(expected)

    async def settle(self) -> None:
        """Wait until no job is left, also those that come a while after."""
        await self.db.execute("UPDATE jobs SET run_at = now()")
        await self.db.execute("SELECT pg_notify('jobs', '')")

        async def done() -> bool:
            sql = "SELECT count(*) FROM jobs WHERE kind = 'account.recount'"
            return not await self.db.fetchval(sql)

        await until(done)


@pytest.fixture
async def scene(here: Instance, own_db: Database) -> Scene:
    boss, ann, bob, cat = await here.people("boss", "ann", "bob", "cat")
    await own_db.execute("UPDATE users SET is_admin = true WHERE id = $1", boss.id)
    scene = Scene(here, own_db, boss, ann, bob, cat)
    await scene.begin()
    assert await scene.counts() == await scene.listed() == [2, 2, 2, 2, 2]
    return scene


async def test_counts_are_those_of_the_lists_while_suspended_and_after(scene: Scene) -> None:
    for _ in range(2):
        await scene.suspend()
        await scene.come_to(1, 1, 1, 1, 1)
        await scene.settle()
        assert await scene.counts() == [1, 1, 1, 1, 1]
        await scene.restore()
        await scene.come_to(2, 2, 2, 2, 2)
        await scene.settle()
        assert await scene.counts() == [2, 2, 2, 2, 2]
    assert await scene.db.fetchval("SELECT count(*) FROM uncounted") == 0


async def test_who_watches_a_post_hears_of_its_counts(scene: Scene) -> None:
    async with scene.instance.socket(scene.bob) as client:
        await client.ready()
        await client.do("post.watch", {"ids": [scene.post]})
        await scene.suspend()

        async def heard(likes: int) -> None:
            while True:
                event = await client.next("post.counts")
                if event["likes_count"] == likes:
                    return

        await heard(1)
        await scene.restore()
        await heard(2)


async def test_what_is_undone_meanwhile_is_subtracted_once(scene: Scene) -> None:
    await scene.suspend()
    await scene.come_to(1, 1, 1, 1, 1)
    await scene.settle()
    await scene.instance.post(f"/api/users/{scene.cat.id}/unfollow/", scene.ann)
    await scene.instance.call("DELETE", f"/api/admin/posts/{scene.reply}/", scene.boss)
    assert await scene.counts() == [1, 1, 1, 1, 1]
    await scene.restore()
    await scene.come_to(2, 2, 1, 2, 1)
    cats = await scene.instance.get(f"{PROFILES}/{scene.cat.id}/")
    assert (cats["followers_count"], cats["posts_count"]) == (0, 0)


async def test_block_of_somebody_suspended_subtracts_nothing_twice(scene: Scene) -> None:
    await scene.suspend()
    await scene.come_to(1, 1, 1, 1, 1)
    await scene.settle()
    await scene.instance.post(f"/api/users/{scene.cat.id}/block/", scene.ann)
    assert (await scene.counts())[3:] == [1, 1]
    await scene.restore()
    await scene.settle()
    assert (await scene.counts())[3:] == [1, 1]


async def test_follow_of_somebody_suspended_counts_once_they_are_back(scene: Scene) -> None:
    await scene.suspend()
    await scene.come_to(1, 1, 1, 1, 1)
    await scene.settle()
    await scene.instance.post(f"/api/users/{scene.cat.id}/follow/", scene.bob)
    path = f"{PROFILES}/{scene.bob.id}/"
    assert (await scene.instance.get(path))["following_count"] == 1
    await scene.restore()
    await scene.settle()
    assert (await scene.instance.get(path))["following_count"] == 2


async def test_undoing_before_all_is_put_back_subtracts_nothing_twice(
    own_settings: Config, own_db: Database
) -> None:
    async with running(own_settings) as instance:
        boss, ann, bob, cat = await instance.people("boss", "ann", "bob", "cat")
        await own_db.execute("UPDATE users SET is_admin = true WHERE id = $1", boss.id)
        scene = Scene(instance, own_db, boss, ann, bob, cat)
        await scene.begin()
        await scene.suspend()
        async with working(own_settings):
            await scene.come_to(1, 1, 1, 1, 1)
            await scene.settle()
        await scene.restore()  # and nobody works
        for verb in ("unlike", "unretweet"):
            await instance.post(f"/api/posts/{scene.post}/{verb}/", scene.cat)
        await instance.post(f"/api/users/{scene.ann.id}/unfollow/", scene.cat)
        await instance.call("DELETE", f"/api/posts/{scene.reply}/", scene.cat)
        assert await scene.counts() == [1, 1, 1, 1, 1]
        async with working(own_settings):
            await scene.come_to(1, 1, 1, 1, 2)
            await scene.settle()
        assert await scene.counts() == [1, 1, 1, 1, 2]


async def test_account_that_is_deleted_before_all_is_put_back_leaves_exact_counts(
    own_settings: Config, own_db: Database
) -> None:
    async with running(own_settings) as instance:
        boss, ann, bob, cat = await instance.people("boss", "ann", "bob", "cat")
        await own_db.execute("UPDATE users SET is_admin = true WHERE id = $1", boss.id)
        scene = Scene(instance, own_db, boss, ann, bob, cat)
        await scene.begin()
        await scene.suspend()
        async with working(own_settings):
            await scene.come_to(1, 1, 1, 1, 1)
            await scene.settle()
        await scene.restore()
        await own_db.execute("DELETE FROM jobs WHERE kind = 'account.recount'")
        password = {"password": "correct horse"}
        await instance.call("DELETE", "/api/users/me/", scene.cat, json=password)
        await own_db.execute("UPDATE jobs SET run_at = now()")
        async with working(own_settings):

            async def erased() -> bool:
                return not await own_db.fetchval("SELECT count(*) FROM jobs")

            await until(erased)
        assert await scene.counts() == [1, 1, 1, 1, 1]


async def test_more_than_a_portion_is_taken_out_and_put_back(scene: Scene) -> None:
    posts = PORTION + 20
    sql = """
        WITH made AS (
            INSERT INTO posts (author_id, content, likes_count)
            SELECT $1, 'many', 1 FROM generate_series(1, $3::integer) RETURNING id)
        INSERT INTO likes (user_id, post_id) SELECT $2, id FROM made"""
    await scene.db.execute(sql, scene.bob.id, scene.cat.id, posts)
    left = "SELECT coalesce(sum(likes_count), 0) FROM posts WHERE content = 'many'"

    async def are(expected: int) -> None:
        async def reached() -> bool:
            return bool(await scene.db.fetchval(left) == expected)

        await until(reached)

    await scene.suspend()
    await are(0)
    await scene.restore()
    await are(posts)


async def test_suspension_by_hand_is_counted_too(scene: Scene) -> None:
    """Whoever writes it: a trigger queues the work."""
    sql = "UPDATE users SET suspended_at = $2 WHERE id = $1"
    await scene.db.execute(sql.replace("$2", "now()"), scene.cat.id)
    await scene.come_to(1, 1, 1, 1, 1)
    await scene.db.execute(sql.replace("$2", "NULL"), scene.cat.id)
    await scene.come_to(2, 2, 2, 2, 2)


async def test_quotes_and_votes_of_a_bot_do_not_count_while_its_owner_is_suspended(
    here: Instance, own_db: Database
) -> None:
    ann, bob, cat = await here.people("ann", "bob", "cat")
    bot = await make_bot(here, bob)
    asked = {"options": ["tea", "coffee"], "expires_in": 300}
    post = await here.write(ann, "which?", poll=asked)
    path = f"/api/posts/{post['id']}/"
    quotes = []
    for person in (bob, bot, cat):
        quotes.append((await here.write(person, "look", quote_id=post["id"]))["id"])
        await here.post(f"{path}vote/", person, {"choices": [0]})

    async def counts() -> tuple[int, int]:
        seen = await here.get(path, cat)
        return seen["quotes_count"], seen["poll"]["votes_count"]

    async def are(quotes: int, votes: int) -> None:
        async def so() -> bool:
            return await counts() == (quotes, votes)

        await until(so)

    await are(3, 3)
    await suspend(here, own_db, bob)
    await are(1, 1)
    for quote in quotes[1:]:  # withdrawn, one of them while it does not count
        await here.post(f"/api/posts/{quote}/revoke_quote/", ann)
    await are(0, 1)
    await suspend(here, own_db, bob, "restore")
    await are(1, 3)
