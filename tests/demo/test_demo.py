"""The demo: what it fills in is as if people had done it, and it talks as any client could."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import asyncpg
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from demo.community import invent
from demo.errors import NameTakenError
from demo.fill import Size, fill
from demo.people import DEMO, PASSWORD
from demo.retrying_client import RetryingClient
from server.config import Config
from tests.conftest import Services, running
from tests.people import Instance, Person
from tests.processes import printed, run
from tests.processes import running as process_running
from tests.server.lifecycle.instances import settings as urls
from tests.waiting import until

SMALL = Size(people=40, posts=300, seed=7)
TALK_SECONDS = 60  # within which somebody says something: a matter of chance
NOW = datetime(2026, 5, 4, 18, tzinfo=UTC)

# Each selects the rows in which a stored count is not what it says.
MISCOUNTED = {
    "likes": """SELECT FROM posts p WHERE likes_count <>
        (SELECT count(*) FROM likes WHERE post_id = p.id)""",
    "retweets": """SELECT FROM posts p WHERE retweets_count <> (SELECT count(*) FROM feed_entries
        WHERE post_id = p.id AND kind = 'retweet' AND removed_xid IS NULL)""",
    "replies": """SELECT FROM posts p WHERE replies_count <>
        (SELECT count(*) FROM posts WHERE reply_to = p.id)""",
    "posts": """SELECT FROM profiles f WHERE posts_count <>
        (SELECT count(*) FROM posts WHERE author_id = f.user_id)""",
    "followers": """SELECT FROM profiles f WHERE followers_count <>
        (SELECT count(*) FROM follows WHERE followed_id = f.user_id)""",
    "following": """SELECT FROM profiles f WHERE following_count <>
        (SELECT count(*) FROM follows WHERE follower_id = f.user_id)""",
    "unread in a conversation": """SELECT FROM participants v WHERE unread_count <>
        (SELECT count(*) FROM messages m WHERE m.conversation_id = v.conversation_id
            AND m.id > v.last_read_id AND m.sender_id <> v.user_id)""",
    "unread messages": """SELECT FROM user_seq s WHERE unread_messages <>
        (SELECT coalesce(sum(unread_count), 0) FROM participants WHERE user_id = s.user_id)""",
    "unread notifications": """SELECT FROM user_seq s WHERE unread_notifications <>
        (SELECT count(*) FROM notifications WHERE user_id = s.user_id AND read_at IS NULL)""",
    "numbers of events": """SELECT FROM user_seq s WHERE seq <>
        (SELECT count(*) FROM events WHERE user_id = s.user_id)""",
    "users with all their rows": """SELECT FROM users u WHERE id <> 0 AND NOT EXISTS (
        SELECT FROM user_seq JOIN profiles USING (user_id) WHERE user_id = u.id)""",
    "posts in feeds": """SELECT FROM posts p WHERE NOT EXISTS (SELECT FROM feed_entries
        WHERE actor_id = p.author_id AND post_id = p.id AND kind = 'post')""",
    "ranks of conversations": """SELECT FROM conversations c WHERE (rank, updated_at) <>
        (SELECT id, created_at FROM messages WHERE conversation_id = c.id
          ORDER BY id DESC LIMIT 1) OR created_rank >= rank""",
    "owners of media": """SELECT FROM media m WHERE owner_id IS NULL
        OR owner_id NOT IN (SELECT id FROM users WHERE avatar = m.key
                      UNION SELECT author_id FROM posts WHERE image = m.key)""",
}
IN_TIME = ("users", "follows", "posts", "likes", "bookmarks", "feed_entries", "notifications")
OUT_OF_TIME = """
    SELECT FROM (SELECT created_at < lag(created_at) OVER (ORDER BY id) AS back FROM {table}
                  WHERE id <> 0) rows
     WHERE back"""


@asynccontextmanager
async def connected(config: Config) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(config.database_url)
    try:
        yield connection
    finally:
        await connection.close()


async def log_in(instance: Instance) -> Person:
    login = {"username": DEMO, "password": PASSWORD}
    pair = await instance.post("/api/users/token/", json=login)
    demo = Person(0, DEMO, pair["access"], pair["refresh"])
    return replace(demo, id=(await instance.get("/api/users/me/", demo))["id"])


async def test_every_count_is_right_and_ids_are_in_order_of_time(own_settings: Config) -> None:
    assert (await fill(own_settings, SMALL, more=False)).startswith("40 people, 300 posts, ")
    async with connected(own_settings) as connection:
        wrong = {what: len(await connection.fetch(sql)) for what, sql in MISCOUNTED.items()}
        assert not any(wrong.values()), wrong
        for table in IN_TIME:
            rows = await connection.fetch(OUT_OF_TIME.format(table=table))
            assert not rows, table
        assert await connection.fetchval("SELECT count(*) FROM events") == 0
        for table in ("hashtags", "mentions", "bookmarks", "messages", "media"):
            assert await connection.fetchval(f"SELECT count(*) FROM {table}"), table
    media = [path for path in own_settings.media_dir.rglob("*") if path.is_file()]
    assert media


async def test_a_second_run_adds_nothing_and_more_adds_others_with_right_counts(
    own_settings: Config,
) -> None:
    await fill(own_settings, SMALL, more=False)
    said = await fill(own_settings, SMALL, more=False)
    assert said.splitlines() == [
        "the community is there already (--more adds to it)",
        "log in as demo / demo-password",
    ]
    async with connected(own_settings) as connection:
        assert await connection.fetchval("SELECT count(*) FROM posts") == 300
        await fill(own_settings, SMALL, more=True)
        assert await connection.fetchval("SELECT count(*) FROM posts") == 600
        assert await connection.fetchval("SELECT count(*) FROM users WHERE id <> 0") == 80
        wrong = {what: len(await connection.fetch(sql)) for what, sql in MISCOUNTED.items()}
        assert not any(wrong.values()), wrong


async def test_it_leaves_a_stranger_of_that_name_alone(own_settings: Config) -> None:
    async with running(own_settings) as instance:
        account = {"username": "Demo", "email": "someone@example.com", "password": PASSWORD}
        await instance.post("/api/users/", json=account)
    with pytest.raises(NameTakenError, match="demo is taken"):
        await fill(own_settings, SMALL, more=False)


async def test_demo_has_something_to_look_at_everywhere(own_settings: Config) -> None:
    await fill(own_settings, SMALL, more=False)
    async with running(own_settings) as instance:
        demo = await log_in(instance)
        me = (await instance.get("/api/users/me/", demo)).body
        assert me["following_count"] >= 10
        assert me["unread_messages"] > 0

        feed = await instance.walk("/api/posts/feed/?limit=100", demo)
        assert len(feed) > 60
        assert any(post["retweeted_by"] for post in feed)
        faces = {post["author"]["avatar"] for post in feed} - {None}
        posts = await instance.walk("/api/posts/?limit=100")
        for url in [faces.pop(), *{post["image"] for post in posts} - {None}]:
            picture = await instance.get(url.removeprefix(own_settings.public_url))
            assert picture.headers["Content-Type"] == "image/webp"

        notifications = await instance.walk("/api/notifications/?limit=100", demo)
        unread = [notification for notification in notifications if not notification["read"]]
        assert 0 < len(unread) == me["unread_notifications"] < len(notifications)

        talks = await instance.walk("/api/messages/", demo)
        assert {talk["kind"] for talk in talks} == {"direct", "group"}
        assert sum(talk["unread_count"] for talk in talks) == me["unread_messages"]
        path = f"/api/messages/{talks[0]['id']}/messages/"
        assert (await instance.get(path, demo))["results"][0] == talks[0]["last_message"]

        trends = (await instance.get("/api/posts/trending_hashtags/"))["results"]
        assert trends  # which, depends on the hour: at night fewer people post

        # What comes after is numbered from 1, as for anybody else.
        other = await instance.person()
        async with instance.socket(demo) as socket:
            assert (await socket.ready())["seq"] == 0
            await instance.follow(other, demo)
            assert (await socket.next_envelope("notification.created"))["seq"] == 1


async def test_people_of_the_demo_talk_live_to_a_stock_client_until_told_to_stop(
    own_settings: Config,
) -> None:
    await fill(own_settings, SMALL, more=False)
    async with running(own_settings) as instance:
        demo = await log_in(instance)
        with process_running("demo", "--live", "--url", instance.url) as process:
            async with instance.socket(demo) as socket:
                await socket.ready()
                assert "are talking on" in await asyncio.to_thread(printed, process)
                post = (await socket.next("post.created", TALK_SECONDS))["post"]
                sender = post["retweeted_by"] or post["author"]
                talk = await instance.chat(demo, replace(demo, id=sender["id"]))
                sent = await instance.say(demo, talk, "Is anybody there?")
                while True:
                    message = (await socket.next("message.created", TALK_SECONDS))["message"]
                    if message["id"] > sent["id"] and message["conversation_id"] == talk:
                        break
                assert message["sender"]["id"] == sender["id"]
            process.send_signal(signal.SIGINT)
            _out, err = await asyncio.to_thread(process.communicate, timeout=60)
        assert (process.returncode, err) == (0, "")


async def test_live_without_a_community_ends_with_1_and_says_what_to_do(
    own_settings: Config,
) -> None:
    async with running(own_settings) as instance:
        done = await asyncio.to_thread(run, "demo", "--live", "--url", instance.url)
    assert (done.returncode, done.stdout) == (1, "")
    assert "fill the community first" in done.stderr


async def test_the_command_fills_and_says_how_to_log_in(
    own_settings: Config, services: Services, tmp_path: Path
) -> None:
    env = urls(services) | {
        "DATABASE_URL": own_settings.database_url,
        "BCRYPT_ROUNDS": "4",
        "LOG_LEVEL": "error",
    }
    flags = ("--users", "20", "--posts", "50", "--data-dir", str(tmp_path))
    done = await asyncio.to_thread(run, "demo", *flags, env=env)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith(" s\nlog in as demo / demo-password\n")


def test_the_same_seed_makes_the_same_community() -> None:
    first, same, other = (invent(seed, 30, 200, NOW) for seed in (1, 1, 2))
    assert first == same
    assert first.posts != other.posts


async def test_a_call_waits_as_long_as_it_is_told_to_and_while_the_server_is_away() -> None:
    loop = asyncio.get_running_loop()
    called: list[float] = []

    async def busy(_request: web.Request) -> web.Response:
        called.append(loop.time())
        if len(called) == 1:
            return web.Response(status=429, headers={"Retry-After": "1"})
        return web.json_response({"done": True})

    app = web.Application()
    app.router.add_get("/", busy)
    said: list[str] = []
    async with TestServer(app) as server, aiohttp.ClientSession() as http:
        port = server.port
        patient = RetryingClient(http, str(server.make_url("")), said.append)
        assert (await patient.call("GET", "/")).body == {"done": True}
    assert called[1] - called[0] >= 1

    async with aiohttp.ClientSession() as http:
        patient = RetryingClient(http, f"http://127.0.0.1:{port}", said.append)
        waiting = asyncio.ensure_future(patient.call("GET", "/"))
        await until(lambda: bool(said))
        again = web.Application()
        again.router.add_get("/", busy)
        async with TestServer(again, port=port):
            assert (await waiting).status == 200
    assert [line.split(" ", 1)[1][:15] for line in said] == ["does not answer", "is back"]
