"""Plain WebSockets: the events and commands of sockets in JSON frames, without Socket.IO."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from prometheus_client import REGISTRY

from realtime.transport import budgets, socketio_server
from realtime.transport.budgets import Quota
from server.config.load import Config
from tests.conftest import running
from tests.people import Instance
from tests.realtime.delivery.stream_helpers import write
from tests.realtime.plain_socket import PlainSocket, plain_socket
from tests.realtime.socket_client import OpenInstance, open_instance
from tests.waiting import until


@pytest.fixture
async def here(settings: Config) -> AsyncIterator[OpenInstance]:
    async with open_instance(settings) as one:
        yield one


async def test_token_in_the_header_lets_in_and_commands_are_answered_by_their_ids(
    instance: Instance,
) -> None:
    ann = await instance.person("ann")
    async with plain_socket(instance, ann) as client:
        ready = await client.next("session.ready")
        assert ready["user"]["id"] == ann.id
        assert ready["resume"] == {"status": "fresh", "missed": 0}
        await client.send({"id": "a", "command": "post.create", "data": {"content": "by a frame"}})
        answer = await client.answer("a")
        assert answer.keys() == {"id", "result"}
        post = await instance.get(f"/api/posts/{answer['result']['id']}/")
        assert post["content"] == "by a frame"
        refused = await client.call("post.create", {"content": ""})
        assert refused["problem"]["code"] == "invalid"
        assert (await client.call("nonsense"))["problem"]["code"] == "unknown_command"
        assert (await client.call("feed.list", [1]))["problem"]["code"] == "malformed"
        feed = await client.do("feed.list")
        assert [one["id"] for one in feed["results"]] == [post["id"]]


async def test_first_frame_lets_in_and_is_answered_where_it_has_an_id(instance: Instance) -> None:
    ann = await instance.person("ann")
    async with plain_socket(instance) as client:
        await client.send({"id": 1, "command": "connect", "data": {"token": ann.access}})
        assert await client.read() == {"id": 1, "result": None}
        assert (await client.read())["event"] == "session.ready"
        again = await client.call("connect", {"token": ann.access})
        assert again["problem"]["code"] == "malformed"


@pytest.mark.parametrize("recovery", [False, True])
async def test_nothing_is_lost_or_doubled_from_the_last_frame_on_any_instance(
    two_instances: tuple[Instance, Instance], recovery: bool
) -> None:
    here, there = two_instances
    ann, bob = await here.person("ann"), await here.person("bob")
    await here.follow(bob, ann)
    room = await here.chat(ann, bob)
    async with plain_socket(here) as client:
        ready = await client.connect(bob, recovery=recovery)
        await here.say(ann, room, "first")
        first = await client.next_frame("message.created")
        assert first["seq"] == ready["seq"] + 1
        post = await write(here, ann, "heard")
        created = await client.next("post.created")
        assert created["post"]["id"] == post
        assert (client.offset is not None) == recovery
    await here.say(ann, room, "second")
    missed = await write(here, ann, "missed")
    place = (
        {"offset": client.offset}
        if recovery
        else {
            "since": first["seq"],
            "epoch": ready["epoch"],
            "feed_since": created["cursor"],
        }
    )
    async with plain_socket(there) as client:
        back = await client.connect(bob, **place)
        assert back["resume"] == {"status": "resumed", "missed": 1}
        if recovery:
            assert (await client.next("post.created"))["post"]["id"] == missed
        else:
            assert [one["id"] for one in back["feed"]["posts"]][-1] == missed
        second = await client.next_frame("message.created")
        assert (second["seq"], second["data"]["message"]["content"]) == (
            first["seq"] + 1,
            "second",
        )
        await here.say(ann, room, "third")
        third = await client.next_frame("message.created")
        assert third["seq"] == second["seq"] + 1


async def test_query_resumes_who_shows_the_token_in_the_header(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    room = await instance.chat(ann, bob)
    async with plain_socket(instance, bob, query={"recovery": "true"}) as client:
        ready = await client.next("session.ready")
    await instance.say(ann, room, "missed")
    assert client.offset is not None
    for query in (
        {"since": str(ready["seq"]), "epoch": ready["epoch"]},
        {"offset": client.offset},
    ):
        async with plain_socket(instance, bob, query=query) as back:
            assert (await back.next("session.ready"))["resume"]["missed"] == 1
            assert (await back.next("message.created"))["message"]["content"] == "missed"
    async with plain_socket(instance, bob, query={"offset": "none of ours"}) as back:
        assert (await back.next("session.ready"))["resume"]["status"] == "reset"


async def test_streams_are_listened_to_and_gone_on_with_as_on_sockets(
    two_instances: tuple[Instance, Instance],
) -> None:
    here, there = two_instances
    ann, tag = await here.person("ann"), f"t{secrets.token_hex(6)}"
    async with plain_socket(here, ann) as client:
        await client.next("session.ready")
        await client.do("stream.subscribe", {"stream": f"hashtag:{tag}"})
        post = await write(there, ann, f"#{tag}")
        heard = await client.next("stream.post")
        assert heard["post"]["id"] == post
    missed = await write(there, ann, f"#{tag} missed")
    async with plain_socket(there, ann) as client:
        await client.next("session.ready")
        asked = {"stream": f"hashtag:{tag}", "cursor": heard["cursor"]}
        assert (await client.do("stream.subscribe", asked))["missed"] == 1
        came = [one for one in client.received if one.get("event") == "stream.post"]
        assert [one["data"]["post"]["id"] for one in came] == [missed]


async def refused(instance: Instance, **asked: Any) -> tuple[int, str]:
    """The status and the body with which a handshake is refused."""
    url = f"{instance.url}/api/ws/"
    try:
        async with aiohttp.ClientSession() as http, http.ws_connect(url, **asked):
            raise AssertionError("it is let in")
    except aiohttp.WSServerHandshakeError as error:
        return error.status, str(error.headers)


async def test_handshake_that_is_refused_is_answered_as_by_rest(settings: Config) -> None:
    async with running(replace(settings, cors_origins=("https://page.example",))) as instance:
        ann = await instance.person("ann")
        bearer = {"Authorization": f"Bearer {ann.access}"}
        assert (await refused(instance, headers={"Authorization": "Bearer x"}))[0] == 401
        assert (await refused(instance, headers={"Authorization": "Basic x"}))[0] == 401
        assert (await refused(instance, origin="https://evil.example"))[0] == 403
        wrong = {"since": "x"}, {"since": "-1"}, {"feed_since": "x"}, {"recovery": "maybe"}
        for query in wrong:
            assert (await refused(instance, headers=bearer, params=query))[0] == 422
        async with plain_socket(instance, ann, origin="https://page.example") as client:
            await client.next("session.ready")
        async with plain_socket(instance, ann, origin=instance.url) as client:
            await client.next("session.ready")
        plain = await instance.get("/api/ws/", status=426)
        assert (plain["code"], plain.headers["Upgrade"]) == ("upgrade_required", "websocket")
        half = {"Upgrade": "websocket", "Connection": "Upgrade"}
        assert (await instance.get("/api/ws/", headers=half, status=400))["code"] == "malformed"


async def test_first_frame_that_does_not_let_in_is_told_why_and_closed(
    instance: Instance,
) -> None:
    ann = await instance.person("ann")
    for frame, code in (
        ({"command": "feed.list"}, "token_missing"),
        ({"command": "connect"}, "token_missing"),
        ({"command": "connect", "data": {"token": "x"}}, "token_invalid"),
        ({"command": "connect", "data": {"token": ann.access, "since": -1}}, "invalid_resume"),
        ({"command": "connect", "data": ["x"]}, "malformed"),
        ("nonsense", "malformed"),
    ):
        async with plain_socket(instance) as client:
            await client.send(frame)
            assert (await client.read())["problem"]["code"] == code, frame
            assert await client.ended() == 1008


async def test_who_is_silent_is_closed(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socketio_server, "HANDSHAKE_SECONDS", 0.2)
    async with plain_socket(instance) as client:
        assert (await client.read())["problem"]["code"] == "token_missing"
        assert await client.ended() == 1008


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "[]",
        "7",
        '{"id": 1}',
        '{"id": 1.5, "command": "feed.list"}',
        '{"id": true, "command": "feed.list"}',
        '{"id": [1], "command": "feed.list"}',
        '{"id": "%s", "command": "feed.list"}' % ("x" * 101),
        '{"id": 1, "command": 5}',
        '{"id": 1, "command": "feed.list", "payload": {}}',
        '42["feed.list",{}]',
        "{" * 2000,
    ],
)
async def test_frame_that_is_no_command_is_told_so_and_ends_nothing(
    instance: Instance, frame: str
) -> None:
    ann = await instance.person("ann")
    async with plain_socket(instance, ann) as client:
        await client.next("session.ready")
        await client.send(frame)
        answer = await client.read()
        assert answer["problem"]["code"] == "malformed"
        assert answer["id"] in (1, None)
        assert "results" in await client.do("feed.list")


async def test_frames_that_no_client_of_ours_sends_close_by_the_codes_of_the_standard(
    instance: Instance,
) -> None:
    ann = await instance.person("ann")
    async with plain_socket(instance, ann) as client:
        await client.next("session.ready")
        await client.websocket.send_bytes(b"x")
        assert await client.ended() == 1003
    async with plain_socket(instance, ann) as client:
        await client.next("session.ready")
        await client.send("x" * (64 * 1024 + 1))
        assert await client.ended() == 1009


async def test_connections_of_all_kinds_count_together(settings: Config) -> None:
    async with open_instance(replace(settings, max_sockets_per_user=2)) as here:
        ann = await here.instance.person("ann")
        async with (
            here.instance.socket(ann) as stock,
            plain_socket(here.instance, ann) as plain,
            plain_socket(here.instance) as third,
        ):
            await stock.ready()
            await plain.next("session.ready")
            await third.send({"command": "connect", "data": {"token": ann.access}})
            problem = (await third.read())["problem"]
            assert (problem["code"], problem["retry_after"]) == ("too_many_connections", 30)
            assert await third.ended() == 1013


async def test_who_goes_leaves_nothing_behind(here: OpenInstance) -> None:
    ann = await here.instance.person("ann")
    before = REGISTRY.get_sample_value("mini_twitter_sockets") or 0
    async with plain_socket(here.instance, ann) as client:
        await client.next("session.ready")
        assert REGISTRY.get_sample_value("mini_twitter_sockets") == before + 1
        await client.do("stream.subscribe", {"stream": "public"})
    hub = here.services.hub
    await until(lambda: not hub.streams and not hub.post_streams.active)
    assert not here.services.websockets.server.sockets
    assert here.services.sockets.entries == 0
    assert here.services.broker.channels == 0
    assert REGISTRY.get_sample_value("mini_twitter_sockets") == before


async def test_revoked_session_and_suspended_account_end_the_connection(
    instance: Instance,
) -> None:
    ann = await instance.person("ann")
    async with plain_socket(instance, ann) as client:
        await client.next("session.ready")
        await instance.post("/api/users/token/revoke/", ann, {"refresh": ann.refresh})
        assert (await client.next("session.closing"))["code"] == "session_ended"
        assert await client.ended() == 1008


async def test_token_that_ends_closes_and_a_fresh_one_keeps_alive(settings: Config) -> None:
    async with open_instance(replace(settings, access_token_seconds=6)) as here:
        instance = here.instance
        ann, bob = await instance.person("ann"), await instance.person("bob")
        async with plain_socket(instance, ann) as old, plain_socket(instance, bob) as kept:
            await old.next("session.ready")
            await kept.next("session.ready")
            (session,) = here.services.hub.streams[bob.id].sessions
            await asyncio.sleep(1.1)  # tokens tell seconds
            pair = await instance.post("/api/users/token/refresh/", json={"refresh": bob.refresh})
            before = session.expires_at
            fresh = await kept.do("session.refresh", {"token": pair["access"]})
            assert "expires_at" in fresh
            assert session.expires_at > before
            assert (await old.next("session.closing"))["code"] == "token_expired"
            assert await old.ended() == 1008
            assert here.sockets_of(bob) == 1


async def test_instance_that_stops_sends_its_clients_elsewhere(
    settings: Config, instance: Instance
) -> None:
    ann, bob = await instance.people("ann", "bob")
    room = await instance.chat(ann, bob)
    async with (
        open_instance(settings) as stopping,
        plain_socket(stopping.instance) as client,
        plain_socket(stopping.instance) as stranger,
    ):
        await client.connect(ann, recovery=True)
        draining = asyncio.create_task(stopping.services.drain())
        closing = await client.next("session.closing")
        assert closing["code"] == "draining"
        assert closing["reconnect_in_ms"] is not None
        assert await client.ended() == 1013
        await stranger.ended()
        await asyncio.wait_for(draining, 10)
        assert (await refused(stopping.instance))[0] == 503
        await instance.say(bob, room, "meanwhile")
        async with plain_socket(instance) as back:
            assert (await back.connect(ann, offset=client.offset))["resume"]["missed"] == 1
            assert (await back.next("message.created"))["message"]["content"] == "meanwhile"


async def test_reader_who_does_not_read_is_cut_and_goes_on_later(settings: Config) -> None:
    async with open_instance(replace(settings, socket_buffer_bytes=2**17)) as here:
        instance = here.instance
        ann, bob = await instance.person("ann"), await instance.person("bob")
        room = await instance.chat(ann, bob)
        slow = REGISTRY.get_sample_value("mini_twitter_slow_sockets_total") or 0
        async with plain_socket(instance, narrow=True) as stuck:
            await stuck.connect(bob, recovery=True)
            sent = 0
            while here.sockets_of(bob):
                assert sent < 2000, "nobody disconnects it"
                await instance.say(ann, room, f"{sent} " + "x" * 3900)
                sent += 1
        assert REGISTRY.get_sample_value("mini_twitter_slow_sockets_total") == slow + 1
        async with plain_socket(instance) as back:
            resume = (await back.connect(bob, offset=stuck.offset))["resume"]
            assert resume == {"status": "resumed", "missed": sent}
            for number in range(sent):
                content = (await back.next("message.created"))["message"]["content"]
                assert content.startswith(f"{number} ")


async def test_flood_is_paused_then_cut_and_nobody_else_notices(
    settings: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socketio_server, "HANDSHAKE_SECONDS", 60)
    monkeypatch.setattr(budgets, "PATIENCE_SECONDS", 0.3)
    monkeypatch.setattr("realtime.transport.admission.MEMBER", Quota(50, 5, 2**20, 2**18))
    async with open_instance(replace(settings, rate_limits=True)) as here:
        ann, bob = await here.instance.person("ann"), await here.instance.person("bob")
        cut = REGISTRY.get_sample_value("mini_twitter_flooding_sockets_total") or 0
        async with plain_socket(here.instance, ann) as client:
            await client.next("session.ready")
            async with plain_socket(here.instance, bob) as other:
                await other.next("session.ready")
                for _ in range(400):
                    await client.send({"command": "nonsense"})
                begun = time.monotonic()
                await other.do("feed.list")
                assert time.monotonic() - begun < 5
                assert await client.ended() == 1008
        assert (REGISTRY.get_sample_value("mini_twitter_flooding_sockets_total") or 0) == cut + 1


async def test_commands_are_carried_out_in_the_order_sent_however_many_come_at_once(
    instance: Instance,
) -> None:
    ann, bob = await instance.people("ann", "bob")
    room = await instance.chat(ann, bob)
    async with plain_socket(instance, ann) as client:
        for number in range(200):
            said = {"conversation_id": room, "content": str(number)}
            await client.send({"id": number, "command": "message.send", "data": said})
        answers: list[int] = []
        while len(answers) < 200:
            frame = await client.read()
            if "result" in frame:
                answers.append(int(frame["result"]["content"]))
        assert answers == list(range(200))


async def test_who_answers_no_ping_is_cut_and_who_does_is_kept(
    settings: Config,
) -> None:
    async with open_instance(settings) as here:
        server = here.services.sockets.eio
        server.ping_interval, server.ping_timeout = 1.0, 0.6
        ann, bob = await here.instance.person("ann"), await here.instance.person("bob")
        async with (
            plain_socket(here.instance, ann) as answering,
            aiohttp.ClientSession() as http,
            http.ws_connect(
                f"{here.instance.url}/api/ws/",
                headers={"Authorization": f"Bearer {bob.access}"},
                autoping=False,
            ) as silent,
        ):
            await answering.next("session.ready")
            kept: asyncio.Task[Any] = asyncio.create_task(answering.next("never", 60))
            async with asyncio.timeout(20):
                while True:  # reads, and answers nothing
                    message = await silent.receive()
                    if message.type in (
                        aiohttp.WSMsgType.CLOSED,
                        aiohttp.WSMsgType.ERROR,
                        aiohttp.WSMsgType.CLOSE,
                    ):
                        break
            await until(lambda: not here.sockets_of(bob))
            assert here.sockets_of(ann) == 1
            kept.cancel()


async def test_compresses_for_who_offers_it(settings: Config) -> None:
    async with open_instance(replace(settings, socket_compression=True)) as here:
        ann = await here.instance.person("ann")
        async with (
            aiohttp.ClientSession() as http,
            http.ws_connect(
                f"{here.instance.url}/api/ws/",
                headers={"Authorization": f"Bearer {ann.access}"},
                compress=15,
            ) as websocket,
        ):
            assert websocket.compress
            client = PlainSocket(websocket)
            assert (await client.next("session.ready"))["user"]["id"] == ann.id
            assert (await client.do("post.create", {"content": "x" * 200}))["content"] == "x" * 200


async def test_presence_and_typing_are_told_to_and_by_plain_sockets(
    two_instances: tuple[Instance, Instance],
) -> None:
    here, there = two_instances
    ann, bob = await here.person("ann"), await here.person("bob")
    room = await here.chat(ann, bob)
    async with here.socket(ann) as stock:
        await stock.ready()
        await stock.do("presence.watch", {"user_ids": [bob.id]})
        async with plain_socket(there, bob) as plain:
            await plain.next("session.ready")
            assert (await stock.next("presence"))["online"]
            await plain.do("typing", {"conversation_id": room, "active": True})
            assert (await stock.next("typing"))["user_id"] == bob.id
            await stock.do("typing", {"conversation_id": room, "active": True})
            assert (await plain.next("typing"))["user_id"] == ann.id


async def test_old_offset_of_another_person_is_a_reset(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    async with plain_socket(instance) as client:
        await client.connect(ann, recovery=True)
    async with plain_socket(instance) as other:
        assert (await other.connect(bob, offset=client.offset))["resume"]["status"] == "reset"
