"""What floods cost others: `make bench-floods` prints how long an innocent client waits for an ack.

One web process with its limits on, embedded PostgreSQL and Valkey. Another process floods it, over
one connection and over 20, with one kind of nonsense after another, as fast as it is read, and
comes again when it is cut. Beside it one client asks for an ack 50 times a second.
"""

import argparse
import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import aiohttp
import orjson

from benchmarks.requests import serving

CONNECTIONS = (1, 20)
SECONDS = 5.0
PAUSE_SECONDS = 0.02  # of the innocent client, between an ack and the next command
CHUNK_BYTES = 2**16

WEBSOCKET = (
    "GET /socket.io/?EIO=4&transport=websocket{} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"
    "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
POLLING = "/socket.io/?EIO=4&transport=polling"


def frame(payload: bytes, opcode: int = 0x81) -> bytes:
    """A client's frame, with a mask of zeros."""
    size = len(payload)
    if size < 126:
        head = bytes((opcode, 0x80 | size))
    else:
        head = bytes((opcode, 0x80 | 126)) + size.to_bytes(2, "big")
    return head + bytes(4) + payload


def text(payload: str) -> bytes:
    return frame(payload.encode())


FRAGMENTS = frame(b'42["x', 0x01) + frame(b"x", 0x00) * 5_000 + frame(b'"]', 0x80)


@dataclass(frozen=True, slots=True)
class Flood:
    """What a WebSocket sends again and again; with a token or without."""

    what: bytes
    token: bool = False


FLOODS = {
    "ping frames": Flood(frame(b"", 0x89)),
    "ping frames with 125 bytes": Flood(frame(b"x" * 125, 0x89)),
    "ping frames, with a token": Flood(frame(b"", 0x89), token=True),
    "pong packets": Flood(text("3")),
    '`42["x"]`, no token': Flood(text('42["x"]')),
    "CONNECTs with a bad token": Flood(text('40{"token":"a.b.c"}')),
    "CONNECTs to no namespace": Flood(text("40/a,")),
    "events to no namespace": Flood(text('42/a,["x"]'), token=True),
    "unknown commands": Flood(text('421["no.such"]'), token=True),
    "commands without an object": Flood(text('421["feed.list",7]'), token=True),
    "commands over their limit": Flood(text('421["post.unwatch",{"ids":[]}]'), token=True),
    "acks of nothing": Flood(text('431["x"]'), token=True),
    "malformed JSON": Flood(text('42["feed.list",'), token=True),
    "empty messages": Flood(text("")),
    "frames of 60 KB": Flood(text('42["x","%s"]' % ("x" * 60_000))),
    "frames of 60 KB, with a token": Flood(
        text('421["no.such","%s"]' % ("x" * 60_000)), token=True
    ),
    "fragments of a byte": Flood(FRAGMENTS),
    "fragments of a byte, with a token": Flood(FRAGMENTS, token=True),
    "unmasked frames": Flood(b"\x81\x012"),
}
Attack = Callable[["Line"], Awaitable[None]]


class Line:
    """One flooding connection, and again one when it is cut."""

    def __init__(self, host: str, port: int, token: str) -> None:
        self._where = host, port
        self.connect = f'40{{"token":"{token}"}}'
        self.cuts = 0

    async def open(self, request: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection(*self._where)
        writer.write(request.encode())
        return reader, writer

    async def run(self, attack: Attack) -> None:
        while True:
            with suppress(OSError, EOFError, TimeoutError, asyncio.IncompleteReadError):
                await attack(self)
            self.cuts += 1


async def send_for_ever(writer: asyncio.StreamWriter, what: bytes) -> None:
    chunk = what * max(1, CHUNK_BYTES // len(what))
    while not writer.is_closing():
        writer.write(chunk)
        await writer.drain()


async def discard(reader: asyncio.StreamReader) -> None:
    while await reader.read(CHUNK_BYTES):
        pass


@asynccontextmanager
async def closing(
    connection: tuple[asyncio.StreamReader, asyncio.StreamWriter],
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    try:
        yield connection
    finally:
        connection[1].transport.abort()


def by_websocket(flood: Flood) -> Attack:
    async def attack(line: Line) -> None:
        async with closing(await line.open(WEBSOCKET.format(""))) as (reader, writer):
            await reader.readuntil(b"}")
            if flood.token:
                writer.write(text(line.connect))
                await reader.readuntil(b"session.ready")
            done, pending = await asyncio.wait(
                [
                    asyncio.create_task(discard(reader)),
                    asyncio.create_task(send_for_ever(writer, flood.what)),
                ],
                return_when=asyncio.FIRST_COMPLETED,
            )
            for task in pending:
                task.cancel()
            await asyncio.gather(*done, *pending, return_exceptions=True)

    return attack


async def response(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or b"0")
    return await reader.readexactly(length)


async def polling_session(line: Line, reader: asyncio.StreamReader) -> str:
    return str(orjson.loads((await response(reader))[1:])["sid"])


def by_posts(packets: bytes, *, token: bool) -> Attack:
    """Sessions by long-polling, with POSTs of 60 KB one after another."""
    body = b"\x1e".join([packets] * (60_000 // (len(packets) + 1)))

    async def attack(line: Line) -> None:
        opening = f"GET {POLLING} HTTP/1.1\r\nHost: x\r\n\r\n"
        async with closing(await line.open(opening)) as (reader, writer):
            sid = await polling_session(line, reader)
            head = f"POST {POLLING}&sid={sid} HTTP/1.1\r\nHost: x\r\nContent-Length: "
            if token:
                writer.write(f"{head}{len(line.connect)}\r\n\r\n{line.connect}".encode())
                await response(reader)
            while True:
                writer.write(f"{head}{len(body)}\r\n\r\n".encode() + body)
                await response(reader)

    return attack


def pipelined(request: str) -> Attack:
    """Requests one behind the other, whatever is answered."""

    async def attack(line: Line) -> None:
        async with closing(await line.open("")) as (reader, writer):
            await asyncio.gather(
                discard(reader), send_for_ever(writer, request.encode()), return_exceptions=True
            )

    return attack


def abandoned(request: str) -> Attack:
    """Handshakes, left as soon as they are answered."""

    async def attack(line: Line) -> None:
        async with closing(await line.open(request)) as (reader, _):
            await reader.readuntil(b"sid")

    return attack


async def probes(line: Line) -> None:
    """A session by long-polling that begins to upgrade for ever."""
    async with closing(await line.open(f"GET {POLLING} HTTP/1.1\r\nHost: x\r\n\r\n")) as (
        reader,
        _,
    ):
        sid = await polling_session(line, reader)
    while True:
        async with closing(await line.open(WEBSOCKET.format(f"&sid={sid}"))) as (reader, writer):
            answer = await reader.readuntil(b"\r\n\r\n")
            if b" 101 " not in answer:
                return
            writer.write(text("2probe"))
            await reader.readuntil(b"probe")


ATTACKS: dict[str, Attack] = {
    **{name: by_websocket(flood) for name, flood in FLOODS.items()},
    "POSTs of 30,000 pongs": by_posts(b"3", token=False),
    "POSTs of 4,000 unknown commands": by_posts(b'421["no.such"]', token=True),
    "requests of no session": pipelined(f"GET {POLLING}&sid=none HTTP/1.1\r\nHost: x\r\n\r\n"),
    "WebSocket handshakes, abandoned": abandoned(WEBSOCKET.format("")),
    "polling handshakes, abandoned": abandoned(f"GET {POLLING} HTTP/1.1\r\nHost: x\r\n\r\n"),
    "upgrade probes": probes,
}


async def flood(kind: str, url: str, connections: int, token: str) -> None:
    """The flooding process: until it is killed."""
    host, port = url.removeprefix("http://").split(":")
    lines = [Line(host, int(port), token) for _ in range(connections)]
    await asyncio.gather(*(line.run(ATTACKS[kind]) for line in lines))


@asynccontextmanager
async def flooding(kind: str, url: str, connections: int, token: str) -> AsyncIterator[None]:
    command = [sys.executable, "-m", __spec__.name, "--flood", kind, url, str(connections), token]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            await asyncio.sleep(0.7)  # it starts
            yield
        finally:
            process.kill()


async def person(http: aiohttp.ClientSession, url: str, name: str) -> str:
    """An access token."""
    login = {"username": name, "password": "correct horse"}
    async with http.post(
        f"{url}/api/users/", json={**login, "email": f"{name}@example.org"}
    ) as answer:
        assert answer.status == 201, await answer.text()
    async with http.post(f"{url}/api/users/token/", json=login) as answer:
        return str((await answer.json())["access"])


async def acks(http: aiohttp.ClientSession, url: str, token: str) -> list[float]:
    """How many ms each ack took, to the end of SECONDS and of the last ack."""
    took = []
    async with http.ws_connect(f"{url}/socket.io/?EIO=4&transport=websocket") as websocket:
        await websocket.send_str(f'40{{"token":"{token}"}}')
        while "session.ready" not in await websocket.receive_str():
            pass
        end = time.perf_counter() + SECONDS
        while (begun := time.perf_counter()) < end:
            await websocket.send_str('427["post.unwatch",{"ids":[1]}]')
            while not (answer := await websocket.receive_str()).startswith("437"):
                if answer == "2":
                    await websocket.send_str("3")
            took.append((time.perf_counter() - begun) * 1000)
            await asyncio.sleep(PAUSE_SECONDS)
    return took


def shown(took: list[float]) -> str:
    percentiles = statistics.quantiles(took, n=100)
    return f"{percentiles[49]:.1f} / {percentiles[98]:.1f}"


async def measure(kinds: list[str]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        async with (
            serving(directory, RATE_LIMITS="on") as (url, _),
            aiohttp.ClientSession() as http,
        ):
            await person(http, url, "warm")
            print("| flood | 1 connection | 20 connections |\n| --- | --- | --- |", flush=True)
            ann = await person(http, url, "ann")
            print(f"| none | {shown(await acks(http, url, ann))} | |", flush=True)
            for number, kind in enumerate(kinds):
                cells = []
                for connections in CONNECTIONS:
                    name = f"user_{number}_{connections}"
                    innocent, eve = [
                        await person(http, url, f"{role}_{name}") for role in ("ann", "eve")
                    ]
                    async with flooding(kind, url, connections, eve):
                        cells.append(shown(await acks(http, url, innocent)))
                print(f"| {kind} | {' | '.join(cells)} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=ATTACKS, action="append", help="a kind of flood")
    parser.add_argument("--flood", nargs=4, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.flood:
        kind, url, connections, token = arguments.flood
        asyncio.run(flood(kind, url, int(connections), token))
    else:
        asyncio.run(measure(arguments.only or list(ATTACKS)))


if __name__ == "__main__":
    main()
