"""The Python library against a server: what a bot or a back end relies on."""

import asyncio
import sys
import time
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from mini_twitter_client import (
    Client,
    LoggedOutError,
    MemoryStorage,
    ProblemError,
    SqliteStorage,
    UnreachableError,
)
from mini_twitter_client.emitter import Emitter
from mini_twitter_client.store import (
    FEED_MAX,
    MESSAGES_MAX,
    NOTIFICATIONS_MAX,
    POSTS_MAX,
    Store,
)
from mini_twitter_client.transports import PollingTransport

from tests.clients.node import printed, program, run
from tests.clients.readme import snippet
from tests.faults.proxy import FaultProxy
from tests.handlers.media.image_helpers import encoded, halves
from tests.handlers.token_helpers import make_token
from tests.people import PASSWORD, Instance, Person
from tests.waiting import until

SOURCE = Path(__file__).parents[2] / "clients/python"
BOT_LINES = 28


@asynccontextmanager
async def client_of(
    url: str, person: Person | None = None, storage: Any = None, **options: Any
) -> AsyncIterator[Client]:
    async with Client(url, storage, **options) as client:
        if person is not None:
            await client.log_in(person.username, PASSWORD)
        yield client


@asynccontextmanager
async def behind(instance: Instance) -> AsyncIterator[tuple[FaultProxy, str]]:
    """A proxy before the instance, and the URL that leads through it."""
    parts = urlsplit(instance.url)
    proxy = FaultProxy((parts.hostname or "", parts.port or 0))
    await proxy.set_mode("pass")
    try:
        yield proxy, f"http://127.0.0.1:{proxy.port}"
    finally:
        await proxy.close()


def heard(client: Emitter, name: str) -> list[Any]:
    found: list[Any] = []
    client.on(name, found.append)
    return found


async def test_calls_go_by_the_socket_and_by_rest_alike(instance: Instance) -> None:
    ann = await instance.person("ann")
    async with client_of(instance.url, ann) as client:
        by_rest = await client.post.create(content="by REST")
        await client.connect()
        by_socket = await client.post.create(content="by the socket")
        pages = client.each(client.user.posts, id=ann.id, limit=1)
        assert [post["content"] async for post in pages] == ["by the socket", "by REST"]
        liked = await client.post.like(id=by_rest["id"])
        assert liked["liked"] is True
        assert client.store.posts[by_rest["id"]]["likes_count"] == 1
        await client.post.delete(id=by_socket["id"])
        with pytest.raises(ProblemError) as refused:
            await client.post.get(id=by_socket["id"])
        assert refused.value.code == "not_found"
        with pytest.raises(ProblemError) as refused:
            await client.post.create(content="")
        assert refused.value.errors.keys() == {"content"}


async def test_picture_is_sent_with_a_post(instance: Instance) -> None:
    async with client_of(instance.url, await instance.person("ann")) as client:
        post = await client.post.create(content="look", image=encoded(halves(), "PNG"))
    assert post["image"]


async def test_it_hears_what_it_missed_in_order_and_once(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    room = await instance.chat(ann, bob)
    async with behind(instance) as (proxy, url), client_of(url, bob) as client:
        messages = heard(client, "message.created")
        await client.connect()
        await instance.say(ann, room, "one")
        await until(lambda: len(messages) == 1)
        await proxy.set_mode("refuse")
        for content in ("two", "three"):
            await instance.say(ann, room, content)
        await proxy.set_mode("pass")
        await until(lambda: len(messages) == 3)
        assert [data["message"]["content"] for data in messages] == ["one", "two", "three"]
        assert client.store.unread["messages"] == 3


async def test_what_is_written_while_there_is_no_server_is_sent_once_when_it_is_back(
    instance: Instance, tmp_path: Path
) -> None:
    ann, bob = await instance.people("ann", "bob")
    room = await instance.chat(ann, bob)
    storage = SqliteStorage(tmp_path / "outbox.sqlite")
    async with behind(instance) as (proxy, url):
        async with client_of(url, ann, storage) as client:
            await client.connect()
            await proxy.set_mode("refuse")
            for number in range(3):
                await client.outbox.send("message.send", conversation_id=room, content=f"{number}")
        storage.close()  # the process ends
        await proxy.set_mode("pass")
        async with client_of(url, storage=SqliteStorage(tmp_path / "outbox.sqlite")) as client:
            await client.connect()
            async with asyncio.timeout(20):
                await client.outbox.drained()
    found = await instance.walk(f"/api/messages/{room}/messages/", bob)
    assert [message["content"] for message in found] == ["2", "1", "0"]


async def test_answer_that_is_lost_makes_no_second_message(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    room = await instance.chat(ann, bob)
    async with behind(instance) as (proxy, url), client_of(url, ann) as client:
        await client.connect()
        sending = asyncio.ensure_future(
            client.message.send(conversation_id=room, content="once", timeout=20)
        )
        await until(lambda: instance_has(instance, bob, room))
        await proxy.set_mode("reset")
        await proxy.set_mode("pass")
        assert (await sending)["content"] == "once"
    assert len(await instance.walk(f"/api/messages/{room}/messages/", bob)) == 1


async def instance_has(instance: Instance, reader: Person, room: int) -> bool:
    return bool(await instance.walk(f"/api/messages/{room}/messages/", reader))


async def test_what_is_refused_is_kept_and_can_be_changed(instance: Instance) -> None:
    ann = await instance.person("ann")
    async with client_of(instance.url, ann) as client:
        entry = await client.outbox.send("post.create", content="x" * 5000)
        await until(lambda: client.outbox.entries[0]["state"] == "refused")
        assert (client.outbox.entries[0]["problem"] or {})["errors"].keys() == {"content"}
        sent = heard(client.outbox, "sent")
        await client.outbox.retry(entry["id"], content="short")
        await until(lambda: len(sent) == 1)
        assert sent[0]["result"]["content"] == "short"
        assert client.outbox.entries == []


async def test_pictures_outlive_the_process_and_are_sent_before_what_shows_them(
    instance: Instance, tmp_path: Path
) -> None:
    picture, path = tmp_path / "flag.png", tmp_path / "outbox.sqlite"
    picture.write_bytes(encoded(halves(), "PNG"))
    pictures = [{"file": picture, "alt": "a flag"}, {"file": picture.read_bytes()}]
    ann = await instance.person("ann")
    storage = SqliteStorage(path)
    async with behind(instance) as (proxy, url):
        async with client_of(url, ann, storage) as client:
            await client.connect()
            await proxy.set_mode("refuse")
            await client.outbox.send("post.create", content="", pictures=pictures)
        storage.close()  # the process ends
        picture.unlink()
        await proxy.set_mode("pass")
        async with client_of(url, storage=SqliteStorage(path)) as client:
            await client.connect()
            async with asyncio.timeout(20):
                await client.outbox.drained()
    posts = (await instance.get(f"/api/users/{ann.id}/posts/", ann))["results"]
    assert [[one["alt"] for one in post["media"]] for post in posts] == [["a flag", ""]]


async def test_outbox_of_one_account_waits_while_another_is_logged_in(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    async with behind(instance) as (proxy, url), client_of(url, ann) as client:
        await proxy.set_mode("refuse")
        await client.outbox.send("post.create", content="Ann's")
        await proxy.set_mode("pass")
        await client.log_in(bob.username, PASSWORD)
        assert client.outbox.entries == []
        await client.log_out()
        with pytest.raises(LoggedOutError):
            await client.outbox.send("post.create", content="nobody's")
        await client.log_in(ann.username, PASSWORD)
        async with asyncio.timeout(20):
            await client.outbox.drained()
    assert [post["content"] for post in await instance.walk(f"/api/users/{ann.id}/posts/")] == [
        "Ann's"
    ]


async def test_reset_is_told_and_keeps_what_was_written(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    room = await instance.chat(ann, bob)
    storage = MemoryStorage()
    async with client_of(instance.url, bob, storage) as client:
        await storage.set(f"position {bob.id}", {"since": 1, "epoch": "of another log"})
    async with client_of(instance.url, storage=storage, remember=True) as client:
        resets = heard(client, "reset")
        await client.restore()
        entry = await client.outbox.send("message.send", conversation_id=room, content="mine")
        await client.connect()
        await until(lambda: len(resets) == 1)
        await client.outbox.drained()
        assert entry not in client.outbox.entries
    assert await instance_has(instance, bob, room)


async def test_client_that_remembers_goes_on_after_a_restart(
    instance: Instance, tmp_path: Path
) -> None:
    ann, bob = await instance.people("ann", "bob")
    room = await instance.chat(ann, bob)
    path = tmp_path / "bot.sqlite"
    async with client_of(instance.url, bob, SqliteStorage(path), remember=True) as client:
        first = heard(client, "message.created")
        await client.connect()
        await instance.say(ann, room, "one")
        await until(lambda: len(first) == 1)
    await instance.say(ann, room, "two")
    async with client_of(instance.url, storage=SqliteStorage(path), remember=True) as client:
        later = heard(client, "message.created")
        await client.connect()
        await until(lambda: len(later) == 1)
        assert later[0]["message"]["content"] == "two"


async def test_event_in_hand_when_the_client_is_closed_is_done_with_and_does_not_come_again(
    instance: Instance, tmp_path: Path
) -> None:
    ann, bob = await instance.people("ann", "bob")
    room = await instance.chat(ann, bob)
    path = tmp_path / "bot.sqlite"
    done: list[str] = []
    closing: list[asyncio.Task[None]] = []

    async with client_of(instance.url, bob, SqliteStorage(path), remember=True) as client:

        async def works(data: Any) -> None:
            closing.append(asyncio.create_task(client.close()))
            await instance.person("cleo")
            done.append(data["message"]["content"])

        client.on("message.created", works)
        await client.connect()
        await instance.say(ann, room, "in hand")
        await instance.say(ann, room, "behind it")
        await until(lambda: bool(closing))
        await closing[0]
    assert done == ["in hand"]
    async with client_of(instance.url, storage=SqliteStorage(path), remember=True) as client:
        later = heard(client, "message.created")
        await client.connect()
        await until(lambda: len(later) == 1)
        assert later[0]["message"]["content"] == "behind it"


async def test_listener_may_close_its_client(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    room = await instance.chat(ann, bob)
    async with client_of(instance.url, bob) as client:
        closed = asyncio.Event()

        async def closes(_: Any) -> None:
            await client.close()
            closed.set()

        client.on("message.created", closes)
        await client.connect()
        await instance.say(ann, room, "stop")
        await client.run()
        await asyncio.wait_for(closed.wait(), 20)


async def test_tokens_are_exchanged_once_for_all_that_need_new_ones(instance: Instance) -> None:
    ann = await instance.person("ann")
    storage = MemoryStorage()
    async with client_of(instance.url, ann, storage):
        session = await storage.get("session")
    await storage.set("session", {**session, "ends": time.time()})
    async with client_of(instance.url, storage=storage) as client:
        await client.restore()
        await asyncio.gather(*(client.user.me() for _ in range(5)))
        await client.connect()
        assert (await storage.get("session"))["access"] != session["access"]
        sessions = await client.session.list()
    assert len([one for one in sessions["results"] if one["current"]]) == 1


async def test_session_that_was_ended_says_so_and_does_not_come_back(instance: Instance) -> None:
    ann = await instance.person("ann")
    async with client_of(instance.url, ann) as client:
        ended = heard(client, "ended")
        running = asyncio.ensure_future(client.run())
        await client.once("session.ready")
        [mine] = [one for one in (await client.session.list())["results"] if one["current"]]
        await instance.call("DELETE", f"/api/users/sessions/{mine['id']}/", ann, status=204)
        await asyncio.wait_for(running, 10)
        assert [reason["code"] for reason in ended] == ["session_ended"]
        assert client.user_id is None
        with pytest.raises(LoggedOutError):
            await client.connect()


async def test_long_polling_does_where_there_is_no_websocket(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    room = await instance.chat(ann, bob)
    async with client_of(instance.url, bob, transports=(PollingTransport,)) as client:
        messages = heard(client, "message.created")
        await client.connect()
        await instance.say(ann, room, "hello")
        await until(lambda: len(messages) == 1)
        posts = await asyncio.gather(*(client.post.create(content=f"{n}") for n in range(5)))
    assert len({post["id"] for post in posts}) == 5


async def test_call_ends_at_its_deadline(instance: Instance) -> None:
    async with (
        behind(instance) as (proxy, url),
        client_of(url, await instance.person("ann")) as client,
    ):
        await client.connect()
        await proxy.set_mode("blackhole")
        with pytest.raises(UnreachableError):
            await client.post.create(content="hello", timeout=0.3)
        with pytest.raises(UnreachableError):
            await client.call("post.watch", {"ids": [1]}, timeout=0.3)


async def test_bot_of_the_readme_answers_mentions_once_also_those_of_while_it_was_away(
    instance: Instance, tmp_path: Path
) -> None:
    bot = snippet(SOURCE / "README.md", "python")
    assert len([line for line in bot.splitlines() if line.strip()]) <= BOT_LINES
    (tmp_path / "bot.py").write_text(bot)
    ann, robot = await instance.people("ann", "bot")
    command = (
        "env", f"PYTHONPATH={SOURCE}", sys.executable, "bot.py",
        instance.url, robot.username, PASSWORD,
    )  # fmt: skip
    async with program(*command, cwd=tmp_path) as running:
        await printed(running, "listening")
        live = await instance.write(ann, f"hello @{robot.username}")
        await printed(running, f"answered {live['id']}")
    away = await instance.write(ann, f"are you there, @{robot.username}?")
    async with program(*command, cwd=tmp_path) as running:
        await printed(running, f"answered {away['id']}")
    for post in (live, away):
        replies = await instance.walk(f"/api/posts/{post['id']}/replies/")
        assert [reply["content"] for reply in replies] == [f"Hello, {ann.username}!"]


def test_its_wheel_holds_the_typed_package(tmp_path: Path) -> None:
    run(
        sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation",
        "--wheel-dir", str(tmp_path), str(SOURCE), cwd=tmp_path,
    )  # fmt: skip
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {"mini_twitter_client/py.typed", "mini_twitter_client/operations.py"} <= names


async def test_what_is_unread_is_counted_where_a_conversation_is_left_or_not_known(
    instance: Instance,
) -> None:
    ann, bob, cleo = await instance.people("ann", "bob", "cleo")
    left = await instance.chat(ann, bob, cleo, title="three")
    unknown = await instance.chat(ann, bob)
    for room in (left, left, unknown):
        last = (await instance.say(ann, room, "unread"))["id"]
    async with client_of(instance.url, bob) as client:
        await client.connect()
        assert client.store.unread["messages"] == 3
        await instance.post(f"/api/messages/{unknown}/read/", bob, {"up_to": last})
        await until(lambda: client.store.unread["messages"] == 2)
        await client.conversation.get(conversation_id=left)
        await instance.call("PATCH", f"/api/messages/{left}/", bob, json={"leave": True})
        await until(lambda: left not in client.store.conversations)
        assert client.store.unread["messages"] == 0


def test_what_was_taken_back_shows_nothing_any_more() -> None:
    store = Store()
    shown = {"content": "look", "image": "/media/a.webp", "media": [{"id": 1}]}
    store.take("Message", {"id": 2, "conversation_id": 3, "deleted": False, **shown})
    store.apply("message.deleted", {"conversation_id": 3, "message_id": 2})
    (gone,) = store.messages_of(3)
    shows = [gone[name] for name in ("deleted", "content", "image", "media")]
    assert shows == [True, "", None, []]


def test_an_edit_keeps_what_a_post_quotes_and_a_withdrawal_takes_it_away() -> None:
    store, post = Store(), {"id": 1, "liked": None}
    quoted = {"state": "accepted", "post_id": 5, "post": {"id": 5, "content": "first"}}
    store.take("Post", post | {"quoted": quoted})
    nothing = {"post_id": None, "post": None}
    store.apply("post.updated", {"post": post | {"quoted": {"state": "accepted", **nothing}}})
    assert store.posts[1]["quoted"] == quoted
    store.apply("post.updated", {"post": post | {"quoted": {"state": "revoked", **nothing}}})
    assert store.posts[1]["quoted"]["state"] == "revoked"


def test_what_i_voted_stays_as_a_live_poll_does_not_say_it() -> None:
    store = Store()
    poll = {"voters_count": 1, "voted": True, "own_votes": [0]}
    store.take("Post", {"id": 1, "poll": poll})
    told = {"voters_count": 2, "voted": None, "own_votes": None}
    store.apply("poll.updated", {"post_id": 1, "poll": told})
    assert store.posts[1]["poll"] == poll | {"voters_count": 2}
    store.apply("post.updated", {"post": {"id": 1, "poll": told}})
    assert store.posts[1]["poll"] == poll | {"voters_count": 2}
    store.apply("poll.updated", {"post_id": 2, "poll": told})  # of a post that is not known
    assert 2 not in store.posts


def test_an_answer_that_was_asked_for_before_a_change_does_not_undo_it() -> None:
    store = Store()
    post = {"id": 1, "liked": False, "bookmarked": None, "poll": {"voted": False, "own_votes": []}}
    voted = {**post, "liked": True, "poll": {"voted": True, "own_votes": [0]}}
    message: dict[str, Any] = {
        "conversation_id": 3, "content": "text", "image": None, "media": [], "deleted": False,
        "reactions": [],
    }  # fmt: skip
    store.take("Post", post)
    store.take("User", {"id": 8, "is_following": False})
    asked = store.changes.begun()
    store.take("Post", voted)  # I did that
    store.apply("message.deleted", {"conversation_id": 3, "message_id": 6})  # which nobody knew
    store.apply("message.reactions", {"conversation_id": 3, "message_id": 7, "reactions": []})
    store.apply("post.deleted", {"post_id": 2})
    store.apply("relationship.changed", {"user_id": 8, "is_following": True})
    store.take("Post", {"results": [{**post, "bookmarked": True}, {**post, "id": 2}]}, asked)
    store.take("Message", [{**message, "id": 6}, {**message, "id": 7}], asked)
    store.take("User", {"id": 8, "username": "bob", "is_following": False}, asked)
    assert [store.posts[1][mark] for mark in ("liked", "bookmarked")] == [True, True]
    assert store.posts[1]["poll"] == voted["poll"]
    assert list(store.posts) == [1]
    assert [(one["id"], one["content"]) for one in store.messages_of(3)] == [(6, ""), (7, "text")]
    assert (store.users[8]["username"], store.users[8]["is_following"]) == ("bob", True)
    store.changes.ended(asked)
    store.take("Post", post, store.changes.begun())
    assert store.posts[1]["liked"] is False


def test_of_very_many_the_store_keeps_those_that_were_told_of_last() -> None:
    store, marks = Store(), {"liked": None, "retweeted": None, "bookmarked": None}
    for number in range(1, POSTS_MAX + 11):
        store.apply("post.created", {"post": {"id": number, "likes_count": 0, **marks}})
        if number % 1000 == 0:
            store.apply("post.updated", {"post": {"id": 5, "likes_count": number, **marks}})
    assert len(store.posts) == POSTS_MAX
    assert [number in store.posts for number in (1, 5, POSTS_MAX + 10)] == [False, True, True]
    assert store.feed == [*range(POSTS_MAX + 10, POSTS_MAX + 10 - FEED_MAX, -1)]
    for number in range(1, NOTIFICATIONS_MAX + 2):
        told = {"notification": {"id": number, "read": False}, "unread_count": number}
        store.apply("notification.created", told)
    store.apply("notification.read", {"ids": None, "unread_count": 0})
    assert len(store.notifications) == NOTIFICATIONS_MAX
    assert all(one["read"] for one in store.notifications.values())
    for number in range(1, MESSAGES_MAX + 2):
        store.take("Message", {"id": number, "conversation_id": 3})
    assert [message["id"] for message in store.messages_of(3)] == [*range(2, MESSAGES_MAX + 2)]


async def test_streams_go_on_by_themselves_after_a_lost_connection(instance: Instance) -> None:
    ann, bob = await instance.person("ann"), await instance.person("bob")
    async with behind(instance) as (proxy, url), client_of(url, bob) as client:
        posts, resumed = heard(client, "stream.post"), heard(client, "stream.subscribed")
        await client.connect()
        answer = await client.stream.subscribe(stream=f"author:@{ann.username}")
        assert answer["status"] == "fresh"
        first = (await instance.write(ann, "heard"))["id"]
        await until(lambda: len(posts) == 1)
        await proxy.set_mode("refuse")
        missed = (await instance.write(ann, "missed"))["id"]
        await proxy.set_mode("pass")
        await until(lambda: bool(resumed))
        assert (resumed[0]["status"], resumed[0]["missed"]) == ("resumed", 1)
        last = (await instance.write(ann, "live"))["id"]
        await until(lambda: len(posts) == 3)
        assert [post["post"]["id"] for post in posts] == [first, missed, last]
        await client.stream.unsubscribe(stream=f"author:@{ann.username}")
        await proxy.set_mode("refuse")
        await proxy.set_mode("pass")
        await client.once("session.ready")
        await instance.write(ann, "unheard")
        await client.post.create(content="a sign of life")
        assert len(posts) == 3
        assert len(resumed) == 1


async def test_a_program_acts_by_a_personal_token_and_is_told_when_it_is_revoked(
    instance: Instance, tmp_path: Path
) -> None:
    ann, bob = await instance.people("ann", "bob")
    made = await make_token(instance, ann, "account:read", "posts:write", "notifications:read")
    storage = SqliteStorage(str(tmp_path / "state.sqlite"))
    async with Client(instance.url, storage) as client:
        me = await client.use_token(made["token"])
        assert me["id"] == client.user_id == ann.id
        await client.connect()
        post = await client.post.create(content="by a program")
        noted = asyncio.ensure_future(client.once("notification.created"))
        await instance.post(f"/api/posts/{post['id']}/like/", bob)
        assert (await noted)["notification"]["kind"] == "like"
        with pytest.raises(ProblemError) as refused:
            await client.conversation.list()
        assert refused.value.code == "insufficient_scope"
    async with Client(instance.url, storage) as client:
        assert await client.restore()
        await client.connect()
        ended = asyncio.ensure_future(client.once("ended"))
        await instance.call("DELETE", f"/api/users/tokens/{made['id']}/", ann)
        assert (await ended)["code"] == "session_ended"
        with pytest.raises((LoggedOutError, ProblemError)):
            await client.post.create(content="too late")
