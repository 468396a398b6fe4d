"""The body of a polling client's POST is handled whole, however it arrives, or refused."""

import gzip
from collections.abc import AsyncIterator

import pytest

from realtime.transport import polling
from realtime.transport.polling import MESSAGE_BYTES_MAX
from server.config.load import Config
from tests.realtime.polling_session import chunked, commands, polling_session
from tests.realtime.socket_client import OpenInstance, open_instance


@pytest.fixture
async def here(settings: Config) -> AsyncIterator[OpenInstance]:
    async with open_instance(settings) as one:
        yield one


async def test_a_body_in_two_segments_is_carried_out_whole(here: OpenInstance) -> None:
    ann = await here.instance.person("ann")
    body = commands(3)
    async with polling_session(here.instance, ann) as session:
        assert await session.post_whole(body, body[:70], body[70:], pause=0.15) == 200
        assert await session.acks(3) == [True] * 3


async def test_a_body_that_comes_byte_by_byte_is_carried_out_whole(here: OpenInstance) -> None:
    ann = await here.instance.person("ann")
    body = commands(2, "é" * 10)
    async with polling_session(here.instance, ann) as session:
        single = [body[place : place + 1] for place in range(len(body))]
        assert await session.post_whole(body, *single, pause=0.001) == 200
        assert await session.acks(2) == [True] * 2


@pytest.mark.parametrize("size", [1, 7, 10_000])
async def test_a_chunked_body_is_carried_out_whole(here: OpenInstance, size: int) -> None:
    ann = await here.instance.person("ann")
    async with polling_session(here.instance, ann) as session:
        segments = chunked(commands(2), size)
        assert await session.post(segments, ["Transfer-Encoding: chunked"]) == 200
        assert await session.acks(2) == [True] * 2


async def test_bodies_of_all_sizes_up_to_the_announced_maximum_are_carried_out(
    here: OpenInstance,
) -> None:
    ann = await here.instance.person("ann")
    async with polling_session(here.instance, ann) as session:
        for size in (1_400, 10_000, 60_000, MESSAGE_BYTES_MAX):
            command = commands(1)
            padding = b'\x1e42["no.such","' + b"x" * (size - len(command) - 17) + b'"]'
            body = command + padding
            assert len(body) == size
            assert await session.post_whole(body) == 200, size
            assert await session.acks(1) == [True]


async def test_a_body_over_the_maximum_is_refused_and_ends_the_session(here: OpenInstance) -> None:
    ann = await here.instance.person("ann")
    async with polling_session(here.instance, ann) as session:
        body = b"3\x1e" * (MESSAGE_BYTES_MAX // 2) + b"3"
        assert await session.post_whole(body) == 400
        with pytest.raises(ConnectionError):
            await session.poll()
    async with polling_session(here.instance, ann) as session:
        assert await session.post(chunked(body, 4096), ["Transfer-Encoding: chunked"]) == 400
        with pytest.raises(ConnectionError):
            await session.poll()


async def test_what_a_small_body_unpacks_to_is_bounded_as_well(here: OpenInstance) -> None:
    ann = await here.instance.person("ann")
    async with polling_session(here.instance, ann) as session:
        body = gzip.compress(b"3\x1e" * 2_000_000 + b"3")
        assert len(body) < MESSAGE_BYTES_MAX
        headers = [f"Content-Length: {len(body)}", "Content-Encoding: gzip"]
        assert await session.post([body], headers) == 400


@pytest.mark.parametrize(
    ("segments", "header"),
    [
        ([b"42[1]"], "Content-Encoding: gzip"),
        ([b"5\r\n42[1]\r\nnonsense\r\n"], "Transfer-Encoding: chunked"),
    ],
)
async def test_a_body_that_is_not_encoded_as_it_says_is_an_error(
    here: OpenInstance, monkeypatch: pytest.MonkeyPatch, segments: list[bytes], header: str
) -> None:
    monkeypatch.setattr(polling, "BODY_SECONDS", 1)  # aiohttp says nothing of a chunk that is none
    ann = await here.instance.person("ann")
    async with polling_session(here.instance, ann) as session:
        lengths = [] if "chunked" in header else ["Content-Length: 5"]
        assert await session.post(segments, [header, *lengths], pause=0.1) == 400


async def test_a_body_that_never_ends_is_given_up(
    here: OpenInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polling, "BODY_SECONDS", 0.5)
    ann = await here.instance.person("ann")
    async with polling_session(here.instance, ann) as session:
        assert await session.post([b"42"], ["Content-Length: 1000"]) == 400
        with pytest.raises(ConnectionError):
            await session.poll()


@pytest.mark.parametrize("body", [b"abc", b"\xff\xfe", b"42[\x1e", b"4" + b"\x1e", b"9"])
async def test_what_is_no_packet_is_an_error_and_not_ok(here: OpenInstance, body: bytes) -> None:
    ann = await here.instance.person("ann")
    async with polling_session(here.instance, ann) as session:
        assert await session.post_whole(body) == 400
        with pytest.raises(ConnectionError):
            await session.poll()
