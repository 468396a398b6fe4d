"""A session by long-polling, spoken by hand."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import aiohttp
import orjson

from tests.people import Instance, Person

SEPARATOR = "\x1e"


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
            async with asyncio.timeout(20):
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
