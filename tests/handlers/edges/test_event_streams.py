"""Server-Sent Events: the events of sockets, gone on with by Last-Event-ID without loss."""

import asyncio
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import aiohttp
import orjson
import pytest
from yarl import URL

from handlers.edges import event_streams, visitors
from handlers.operation import spend
from handlers.rate_limits import Bucket
from realtime.delivery import post_streams, recovery
from realtime.protocol import encoding
from server.config.load import Config
from storage.errors import Unavailable
from tests.conftest import running
from tests.people import Instance, Person
from tests.realtime.delivery.stream_helpers import write
from tests.realtime.socket_client import open_instance
from tests.waiting import until


class Events:
    """What came, as an EventSource has it: (id, event, data)."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.response = response
        self.last_id = ""
        self.retry: str | None = None
        self.received: list[tuple[str, Any]] = []

    async def next(self, name: str, seconds: float = 30.0) -> Any:
        """The data of the next event of this name."""
        async with asyncio.timeout(seconds):
            while True:
                event, data = await self.read()
                self.received.append((event, data))
                if event == name:
                    return data["data"]

    async def read(self) -> tuple[str, Any]:
        fields: dict[str, str] = {}
        while True:
            line = (await self.response.content.readline()).decode()
            if not line:
                raise EOFError
            if line == "\n":
                if "event" not in fields:
                    continue
                self.last_id = fields.get("id", self.last_id)
                self.retry = fields.get("retry", self.retry)
                return fields["event"], orjson.loads(fields["data"])
            name, _, value = line.rstrip("\n").partition(": ")
            if name:
                fields[name] = value

    async def ended(self) -> None:
        async with asyncio.timeout(30):
            while await self.response.content.readline():
                pass


@asynccontextmanager
async def events(
    instance: Instance,
    by: Person | None = None,
    *streams: str,
    last: str | None = None,
    origin: str | None = None,
) -> AsyncIterator[Events]:
    headers = {"Last-Event-ID": last} if last is not None else {}
    if by is not None:
        headers["Authorization"] = f"Bearer {by.access}"
    if origin is not None:
        headers["Origin"] = origin
    params = [("streams", each) for each in streams]
    async with aiohttp.ClientSession() as http:
        url = f"{instance.url}/api/stream/"
        async with http.get(url, params=params, headers=headers) as response:
            assert response.status == 200, await response.text()
            assert response.content_type == "text/event-stream"
            yield Events(response)


async def test_own_events_are_gone_on_with_from_the_last_id_on_any_instance(
    two_instances: tuple[Instance, Instance],
) -> None:
    here, there = two_instances
    ann, bob = await here.person("ann"), await here.person("bob")
    await here.follow(bob, ann)
    async with events(here, bob) as stream:
        ready = await stream.next("session.ready")
        assert ready["resume"]["status"] == "fresh"
        room = await here.chat(ann, bob)
        await stream.next("conversation.created")
        await here.say(ann, room, "first")
        assert (await stream.next("message.created"))["message"]["content"] == "first"
        post = await write(here, ann, "heard")
        assert (await stream.next("post.created"))["post"]["id"] == post
        last = stream.last_id
    await here.say(ann, room, "second")
    missed = await write(here, ann, "missed")
    async with events(there, bob, last=last) as stream:
        assert (await stream.next("session.ready"))["resume"] == {"status": "resumed", "missed": 1}
        assert (await stream.next("post.created"))["post"]["id"] == missed
        assert (await stream.next("message.created"))["message"]["content"] == "second"
        await here.say(ann, room, "third")
        assert (await stream.next("message.created"))["message"]["content"] == "third"
        seqs = [data["seq"] for _, data in stream.received if data["seq"] is not None]
        assert seqs == [ready["seq"] + 3, ready["seq"] + 4]


@pytest.mark.parametrize("logged_in", [True, False])
async def test_streams_are_gone_on_with_each_from_its_cursor(
    two_instances: tuple[Instance, Instance], logged_in: bool
) -> None:
    here, there = two_instances
    tag = f"t{secrets.token_hex(6)}"
    ann = await here.person("ann")
    by = await here.person("bob") if logged_in else None
    asked = (f"hashtag:{tag}", f"author:{ann.id}", f"search:{tag}, {tag}")
    async with events(here, by, *asked) as stream:
        for name in asked:
            answer = await stream.next("stream.subscribed")
            assert (answer["stream"], answer["status"]) == (name, "fresh")
        post = await write(there, ann, f"#{tag}")
        for _ in asked:
            assert (await stream.next("stream.post"))["post"]["id"] == post
        last = stream.last_id
    tagged = await write(here, ann, f"#{tag}")
    plain = await write(here, ann, "plain")
    async with events(there, by, *asked, last=last) as stream:
        came: dict[str, list[int]] = {}
        for _ in asked:
            assert (await stream.next("stream.subscribed"))["status"] == "resumed"
        for event, data in stream.received:
            if event == "stream.post":
                came.setdefault(data["data"]["stream"], []).append(data["data"]["post"]["id"])
        assert came == {asked[0]: [tagged], asked[1]: [tagged, plain], asked[2]: [tagged]}
    async with events(there, by, asked[0], last=last) as stream:
        assert (await stream.next("stream.subscribed"))["status"] == "reset"


async def test_where_a_stream_was_left_is_kept_by_a_connection_that_ends_before_it_goes_on(
    instance: Instance,
) -> None:
    tag = f"t{secrets.token_hex(6)}"
    ann, bob = await instance.people("ann", "bob")
    asked = (f"hashtag:{tag}", f"author:{ann.id}")
    async with events(instance, bob, *asked) as stream:
        for _ in asked:
            await stream.next("stream.subscribed")
        last = stream.last_id
    post = await write(instance, ann, f"#{tag}")
    for event in ("session.ready", "stream.subscribed"):
        async with events(instance, bob, *asked, last=last) as stream:
            await stream.next(event)
            last = stream.last_id
    async with events(instance, bob, *asked, last=last) as stream:
        came = await stream.next("stream.post")
        assert (came["stream"], came["post"]["id"]) == (asked[1], post)
    for lost in ("nonsense;x;x", "nonsense"):
        async with events(instance, bob, *asked, last=lost) as stream:
            await stream.next("session.ready")
            last = stream.last_id
        async with events(instance, bob, *asked, last=last) as stream:
            for _ in asked:
                assert (await stream.next("stream.subscribed"))["status"] == "reset"


async def test_id_of_nobodys_is_a_reset_and_refuses_nobody(instance: Instance) -> None:
    ann = await instance.person("ann")
    for last in ("5", "nonsense;x", "é"):
        async with events(instance, ann, last=last) as stream:
            assert (await stream.next("session.ready"))["resume"]["status"] == "reset"


async def test_who_may_not_listen_is_told_as_by_rest(settings: Config) -> None:
    async with running(replace(settings, public_streams=False)) as closed:
        refused = await closed.get("/api/stream/?streams=public", status=401)
        assert refused["code"] == "token_missing"
        ann = await closed.person("ann")
        async with events(closed, ann, "public") as stream:
            await stream.next("stream.subscribed")
    async with running(settings) as instance:
        assert (await instance.get("/api/stream/", status=401))["code"] == "token_missing"
        bad = {"Authorization": "Bearer x"}
        await instance.get("/api/stream/?streams=public", headers=bad, status=401)
        wrong = await instance.get("/api/stream/?streams=publik", status=422)
        assert list(wrong["errors"]) == ["streams"]
        many = "&".join(f"streams=hashtag:a{n}" for n in range(21))
        assert (await instance.get(f"/api/stream/?{many}", status=422))["code"] == "stream_limit"
        head = await instance.call("HEAD", "/api/stream/?streams=public")
        assert head.headers["Content-Type"].startswith("text/event-stream")


async def test_answers_of_all_headers_and_cors(settings: Config) -> None:
    page = "https://page.example"
    async with (
        running(replace(settings, cors_origins=(page,))) as instance,
        events(instance, None, "public", origin=page) as stream,
    ):
        headers = stream.response.headers
        assert headers["Access-Control-Allow-Origin"] == page
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Accel-Buffering"] == "no"
        assert headers["X-Request-Id"]


async def test_who_goes_leaves_nothing_behind(settings: Config) -> None:
    async with open_instance(settings) as here:
        ann = await here.instance.person("ann")
        hub = here.services.hub
        async with events(here.instance, ann, "public") as own:
            async with events(here.instance, None, "public") as visitor:
                await own.next("stream.subscribed")
                await visitor.next("stream.subscribed")
                assert here.sockets_of(ann) == 1
            await until(lambda: not here.services.event_streams.visitors)
            assert hub.post_streams.active
        await until(lambda: not hub.streams and not hub.post_streams.active)
        assert here.services.broker.channels == 0


async def test_revoked_session_ends_its_stream(instance: Instance) -> None:
    ann = await instance.person("ann")
    async with events(instance, ann, "public") as stream:
        await stream.next("session.ready")
        await instance.post("/api/users/token/revoke/", ann, {"refresh": ann.refresh})
        assert (await stream.next("session.closing"))["code"] == "session_ended"
        await stream.ended()
        assert stream.retry is None


async def test_instance_that_stops_sends_all_elsewhere_who_go_on_there(
    settings: Config, instance: Instance
) -> None:
    tag = f"t{secrets.token_hex(6)}"
    ann = await instance.person("ann")
    async with (
        open_instance(settings) as stopping,
        events(stopping.instance, ann, f"hashtag:{tag}") as own,
        events(stopping.instance, None, f"hashtag:{tag}") as visitor,
    ):
        await own.next("stream.subscribed")
        await visitor.next("stream.subscribed")
        draining = asyncio.create_task(stopping.services.drain())
        for stream in (own, visitor):
            assert (await stream.next("session.closing"))["code"] == "draining"
            await stream.ended()
            assert stream.retry is not None
        await asyncio.wait_for(draining, 10)
        refused = await stopping.instance.get("/api/stream/?streams=public", status=503)
        assert refused.headers["Retry-After"] == "1"
        post = await write(instance, ann, f"#{tag}")
        for by, last in ((ann, own.last_id), (None, visitor.last_id)):
            async with events(instance, by, f"hashtag:{tag}", last=last) as stream:
                assert (await stream.next("stream.post"))["post"]["id"] == post


async def test_reader_who_does_not_read_is_cut_and_goes_on_later(settings: Config) -> None:
    async with open_instance(replace(settings, socket_buffer_bytes=2**16)) as here:
        instance, hub = here.instance, here.services.hub
        ann, bob = await instance.person("ann"), await instance.person("bob")
        room = await instance.chat(ann, bob)
        async with events(instance, bob) as stream:
            await stream.next("session.ready")
            last = stream.last_id
        await until(lambda: bob.id not in hub.streams)
        head = f"GET /api/stream/ HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {bob.access}\r\n\r\n"
        with socket.socket() as silent:
            silent.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            silent.connect(("127.0.0.1", int(instance.url.rpartition(":")[2])))
            silent.sendall(head.encode())
            await until(lambda: here.sockets_of(bob) == 1)
            (session,) = hub.streams[bob.id].sessions
            noise = encoding.event_of_now("noise", "x" * 2**15)
            for _ in range(1000):
                if not here.sockets_of(bob):
                    break
                session.send_live(noise)
                await asyncio.sleep(0)
            assert here.sockets_of(bob) == 0
        await instance.say(ann, room, "missed")
        async with events(instance, bob, last=last) as stream:
            assert (await stream.next("message.created"))["message"]["content"] == "missed"


class Knocking:
    """Asks for streams, many at a time, and keeps those that are opened open."""

    def __init__(self, instance: Instance, http: aiohttp.ClientSession) -> None:
        self._url = f"{instance.url}/api/stream/"
        self._http = http
        self._opened: list[aiohttp.ClientResponse] = []

    async def status(self, by: Person | None, last: str, *streams: str) -> int:
        headers = {"Last-Event-ID": last} if last else {}
        if by is not None:
            headers["Authorization"] = f"Bearer {by.access}"
        params = [("streams", each) for each in streams]
        response = await self._http.get(self._url, params=params, headers=headers)
        self._opened.append(response)
        return response.status


@asynccontextmanager
async def knocking(instance: Instance) -> AsyncIterator[Knocking]:
    async with aiohttp.ClientSession() as http:
        yield Knocking(instance, http)


async def test_no_more_get_in_at_once_than_one_by_one(settings: Config) -> None:
    limited = replace(settings, max_sockets_per_user=4)
    async with open_instance(limited) as here, knocking(here.instance) as knock:
        ann = await here.instance.person("ann")
        async with events(here.instance, ann) as stream:
            await stream.next("session.ready")
            last = stream.last_id
        await until(lambda: not here.sockets_of(ann))
        coming = [knock.status(ann, last) for _ in range(24)]
        assert sorted(await asyncio.gather(*coming)) == [200] * 4 + [429] * 20
        assert here.sockets_of(ann) == 4


async def test_places_of_those_who_were_not_let_in_are_free_again(
    settings: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any) -> None:
        raise Unavailable("away")

    limited = replace(settings, max_sockets_per_user=1)
    async with open_instance(limited) as here, knocking(here.instance) as knock:
        ann = await here.instance.person("ann")
        names = [f"hashtag:x{n}" for n in range(20)]
        with monkeypatch.context() as patched:
            patched.setattr(recovery, "decide", away)
            for _ in range(6):
                assert await knock.status(ann, "1", *names) == 503
        async with events(here.instance, ann, *names) as stream:
            await stream.next("session.ready")


async def test_user_has_so_many_streams_however_fast_they_are_asked_for(settings: Config) -> None:
    async with open_instance(settings) as here, knocking(here.instance) as knock:
        ann = await here.instance.person("ann")
        names = [f"hashtag:x{n}" for n in range(20)]
        coming = [knock.status(ann, "", *names) for _ in range(12)]
        assert sorted(await asyncio.gather(*coming)) == [200] * 5 + [422] * 7

        def listened() -> int:
            return sum(len(one.streams) for one in here.services.hub.streams[ann.id].sessions)

        await until(lambda: listened() == 100)


@pytest.mark.parametrize(
    "name",
    [
        "author:@\0",
        "search:a\0",
        "hashtag:\0",
        "author:",
        " ",
        "hashtag:\u200b",
        "search:" + "x" * 300,
        "hashtag:" + "x" * 800,
        "author:@" + "x" * 800,
    ],
)
async def test_odd_names_are_no_streams(instance: Instance, name: str) -> None:
    refused = await instance.get(f"/api/stream/?streams={quote(name)}", status=422)
    assert list(refused["errors"]) == ["streams"]


@pytest.mark.parametrize("name", ["author:@%ED%A0%80", "author:@%FF", "search:%ED%A0%80"])
async def test_bytes_that_are_no_text_are_no_stream(instance: Instance, name: str) -> None:
    url = URL(f"{instance.url}/api/stream/?streams={name}", encoded=True)
    async with instance.http.get(url) as response:
        assert response.status in (404, 422, *((200,) if name[0] == "s" else ()))


async def test_search_that_costs_much_is_refused_with_the_reason(instance: Instance) -> None:
    ann = await instance.person("ann")
    async with instance.socket(ann) as client:
        await client.ready()
        for words in ("-a", "a or -b", "a b c d e f g h i", "-a -b -c -d -e -f -g -h"):
            name = f"search:{words}"
            refused = await instance.get(f"/api/stream/?streams={quote(name)}", status=422)
            assert "at most 8 words" in refused["errors"]["streams"][0]
            error = (await client.call("stream.subscribe", {"stream": name}))["error"]
            assert "at most 8 words" in error["errors"]["stream"][0]
    async with events(instance, None, "search:a b c d e f -g -h", "search:a or b") as stream:
        await stream.next("stream.subscribed")


async def test_different_searches_are_counted_by_address_by_visitors_and_by_instance(
    settings: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(*names: str, by: Person | None = None) -> None:
        assert await knock.status(by, "", *names) == 422

    async with open_instance(settings) as here, knocking(here.instance) as knock:
        ann = await here.instance.person("ann")
        twenty = [f"search:a{n}" for n in range(20)]
        async with events(here.instance, None, *twenty):
            async with events(here.instance, None, *twenty[1:], "public"):
                pass
            await refused("search:b")
        await until(lambda: not here.services.event_streams.visitors)
        monkeypatch.setattr(visitors, "ALL_SEARCHES_MAX", 2)
        await refused("search:a", "search:b", "search:c")
        async with events(here.instance, None, "search:a", "search:b") as stream:
            for _ in range(2):
                await stream.next("stream.subscribed")
            monkeypatch.setattr(post_streams, "SEARCHES_MAX", 3)
            await refused("search:c", "search:d", by=ann)
            async with here.instance.socket(ann) as client:
                await client.ready()
                await client.do("stream.subscribe", {"stream": "search:a"})
                await client.do("stream.subscribe", {"stream": "search:c"})
                full = await client.call("stream.subscribe", {"stream": "search:d"})
                assert full["error"]["code"] == "stream_limit"
                monkeypatch.undo()
                monkeypatch.setattr(post_streams, "ALIKE_MAX", 1)
                full = await client.call("stream.subscribe", {"stream": "search:a -x"})
                assert full["error"]["code"] == "stream_limit"
                await client.do("stream.subscribe", {"stream": "search:d"})


async def test_catch_ups_of_visitors_take_no_place_of_those_who_resume(settings: Config) -> None:
    async with open_instance(settings) as here:
        hub, ann = here.services.hub, await here.instance.person("ann")
        async with events(here.instance, None, "public") as first:
            await first.next("stream.subscribed")
            last = first.last_id
        reads = hub.post_streams.reads
        assert reads is not hub.recoveries
        await reads.acquire()
        await reads.acquire()  # as by two catch-ups that take long
        async with events(here.instance, None, "public", last=last) as waiting:
            async with events(here.instance, ann) as own:
                await own.next("session.ready")
            reads.release()
            reads.release()
            await waiting.next("stream.subscribed")


async def test_each_stream_takes_a_token_of_reads(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    spent: list[Bucket] = []

    async def counted(bucket: Bucket, *args: Any) -> None:
        spent.append(bucket)
        await spend(bucket, *args)

    monkeypatch.setattr(event_streams, "spend", counted)
    for number in (0, 1, 20):
        spent.clear()
        names = "&".join(f"streams=hashtag:a{n}" for n in range(number))
        await instance.call("HEAD", f"/api/stream/?{names}")
        assert spent == [Bucket.READ] * max(1, number)


async def test_former_username_leads_to_its_author(instance: Instance) -> None:
    ann = await instance.person("ann")
    name = f"n{secrets.token_hex(6)}"
    async with events(instance, None, f"author:@{ann.username}") as stream:
        named = (await stream.next("stream.subscribed"))["stream"]
    await instance.post("/api/users/username/", ann, {"username": name})
    for asked in (ann.username, name):
        async with events(instance, None, f"author:@{asked}") as stream:
            assert (await stream.next("stream.subscribed"))["stream"] == named
