"""Long-polling clients of several processes behind one port."""

import asyncio
import sys
from pathlib import Path

import aiohttp
import orjson
import pytest

from tests.conftest import Services
from tests.people import Instance
from tests.realtime.client_frames import PING, PONG, TEXT, frame_client, masked
from tests.realtime.polling_session import chunked, commands, polling_session
from tests.server.lifecycle.instances import serving

PROGRAM = (sys.executable, "-m", "server")


async def test_long_polling_and_upgrading_clients_keep_their_session_whichever_process_answers(
    services: Services, tmp_path: Path
) -> None:
    flags = {"BCRYPT_ROUNDS": "4", "RATE_LIMITS": "off"}
    async with serving(
        services, tmp_path, "--workers", "3", program=PROGRAM[1:], **flags
    ) as processes:
        instance = Instance(processes.url, processes.client)
        person = await instance.person()

        async def use(transports: list[str]) -> None:
            async with instance.socket(person, transports=transports) as client:
                await client.ready()
                await client.do("post.create", {"content": "by whichever process"})
                await client.next("post.created")

        # Each on connections of its own, so that the kernel deals them out anew.
        await asyncio.gather(*(use(["polling"]) for _ in range(6)))
        await asyncio.gather(*(use(["polling", "websocket"]) for _ in range(6)))


async def test_a_post_in_segments_is_whole_whichever_process_it_comes_to(
    services: Services, tmp_path: Path
) -> None:
    flags = {"BCRYPT_ROUNDS": "4", "RATE_LIMITS": "off"}
    async with serving(
        services, tmp_path, "--workers", "2", program=PROGRAM[1:], **flags
    ) as processes:
        instance = Instance(processes.url, processes.client)
        person = await instance.person()
        body = commands(2, "é" * 3000)
        async with polling_session(instance, person) as session:
            for _ in range(6):  # each on a connection of its own, so of either process
                pieces = [body[:100], body[100:5000], body[5000:]]
                assert await session.post_whole(body, *pieces, pause=0.05) == 200
                assert (
                    await session.post(chunked(body, 1000), ["Transfer-Encoding: chunked"]) == 200
                )
            assert await session.acks(24) == [False] * 24  # too long for posts, and looked at
            small = commands(1)
            for _ in range(6):
                await session.post_whole(small, small[:20], small[20:], pause=0.05)
            assert await session.acks(6) == [True] * 6


async def test_frames_of_a_websocket_are_looked_at_the_same_whichever_process_it_comes_to(
    services: Services, tmp_path: Path
) -> None:
    """Without a mask: 1002; many pings: one pong; too many frames: 1008."""
    async with serving(
        services, tmp_path, "--workers", "2", program=PROGRAM[1:], BCRYPT_ROUNDS="4"
    ) as processes:
        instance = Instance(processes.url, processes.client)
        person = await instance.person()
        async with polling_session(instance, person) as session:
            probe = "&sid=" + session.url.rpartition("sid=")[2]
            for _ in range(5):  # each on a connection of its own, so of either process
                async with frame_client(instance, probe) as client:
                    client.send(masked("2probe", mask=False))
                    assert await client.closed_with() == 1002
                async with frame_client(instance, probe) as client:
                    client.send(b"".join(masked(b"%d" % number, PING) for number in range(40)))
                    await client.until(PONG, b"39")
                    assert len(client.received) == 1
        for _ in range(5):
            async with aiohttp.ClientSession() as http:
                url = f"{instance.url}/socket.io/?EIO=4&transport=polling"
                async with http.get(url) as answer:
                    sid = orjson.loads((await answer.text())[1:])["sid"]
                async with frame_client(instance, f"&sid={sid}") as client:
                    client.send(masked("2probe"))
                    assert await client.until(TEXT) == b"3probe"
                    client.send(masked("5"))
                    client.send(masked(f'40{{"token":"{person.access}"}}'))
                    await client.until(TEXT, b'42["session.ready"')
                    client.send(masked('427["feed.list"]'))
                    await client.until(TEXT, b'437[{"ok":true')


async def test_a_websocket_of_a_session_that_is_none_is_refused_whichever_process_it_comes_to(
    services: Services, tmp_path: Path
) -> None:
    async with serving(
        services, tmp_path, "--workers", "2", program=PROGRAM[1:], BCRYPT_ROUNDS="4"
    ) as processes:
        instance = Instance(processes.url, processes.client)
        person = await instance.person()
        async with polling_session(instance, person) as session:
            prefix, _, _ = session.url.rpartition("sid=")[2].partition(".")
        for _ in range(5):
            with pytest.raises(ConnectionError, match="400"):
                async with frame_client(instance, f"&sid={prefix}.gone"):
                    pass
