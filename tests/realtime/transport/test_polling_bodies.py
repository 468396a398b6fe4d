"""The body of a polling client's POST is handled whole, however it arrives, or refused."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import aiohttp
import orjson
import pytest

from realtime.transport import polling
from realtime.transport.polling import MESSAGE_BYTES_MAX
from server.config.load import Config
from tests.people import Instance, Person
from tests.realtime.socket_client import OpenInstance, open_instance

SEPARATOR = "\x1e"


@pytest.fixture
async def here(settings: Config) -> AsyncIterator[OpenInstance]:
    async with open_instance(settings) as one:
        yield one


class PollingSession:
    """A session by long-polling, spoken by hand: polls by a client, POSTs byte by byte."""

    def __init__(self, instance: Instance, http: aiohttp.ClientSession, sid: str) -> None:
        self.url = f"{instance.url}/socket.io/?EIO=4&transport=polling&sid={sid}"
        self._http = http

    async def poll(self) -> list[str]:
        async with self._http.get(self.url) as answer:
            if answer.status != 200:
                raise ConnectionError(await answer.text())
            return (await answer.text()).split(SEPARATOR)

    async def acks(self, count: int) -> list[bool]:
        """Whether each of so many commands was carried out, in the order of the answers."""
        found: list[bool] = []
        while len(found) < count:
            packets = await self.poll()
            answers = [packet[packet.index("[") :] for packet in packets if packet[:2] == "43"]
            found += [orjson.loads(answer)[0]["ok"] for answer in answers]
        return found

    async def post(
        self, segments: Sequence[bytes], headers: Sequence[str], pause: float = 0.0
    ) -> int:
        """Send a body in TCP segments of its own; the status of the answer."""
        host, port = self.url.removeprefix("http://").partition("/")[0].split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        try:
            path = "/" + self.url.removeprefix("http://").partition("/")[2]
            head = [f"POST {path} HTTP/1.1", "Host: x", "Content-Type: text/plain", *headers]
            writer.write("\r\n".join([*head, "", ""]).encode())
            for segment in segments:
                await writer.drain()
                await asyncio.sleep(pause)
                writer.write(segment)
            async with asyncio.timeout(10):
                return int((await reader.readline()).split()[1])
        finally:
            writer.close()

    async def post_whole(self, body: bytes, *segments: bytes, pause: float = 0.0) -> int:
        return await self.post(segments or [body], [f"Content-Length: {len(body)}"], pause)


@asynccontextmanager
async def polling_session(instance: Instance, person: Person) -> AsyncIterator[PollingSession]:
    """Connected, and past session.ready."""
    async with aiohttp.ClientSession() as http:
        async with http.get(f"{instance.url}/socket.io/?EIO=4&transport=polling") as answer:
            sid = orjson.loads((await answer.text())[1:])["sid"]
        session = PollingSession(instance, http, sid)
        async with http.post(session.url, data=f'40{{"token":"{person.access}"}}') as answer:
            assert answer.status == 200
        while not any("session.ready" in packet for packet in await session.poll()):
            pass
        yield session


def commands(count: int, content: str = "hello") -> bytes:
    packets = [
        f"42{number}" + orjson.dumps(["post.create", {"content": f"{content} {number}"}]).decode()
        for number in range(count)
    ]
    return SEPARATOR.join(packets).encode()


def chunked(body: bytes, size: int) -> list[bytes]:
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    return [*(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces), b"0\r\n\r\n"]


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
            command = commands(1, "x" * (150 + size % 2))
            pongs = (size - len(command)) // 2
            body = command + b"\x1e3" * pongs
            assert size - 1 <= len(body) <= size
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
