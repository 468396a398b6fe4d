"""Clients whose connection ends after some frames, and that come back with what they kept.

Each keeps what docs/contract.md tells it to, as soon as a frame has been read, and nothing else.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson

from tests.documented import check_event
from tests.people import Instance, Person

PATIENCE = 20.0  # for what is to come
SEPARATOR = "\x1e"


@dataclass
class Written:
    """What there is to be heard: numbers of the log, posts of the feed, posts of streams."""

    numbers: set[int] = field(default_factory=set)
    posts: set[int] = field(default_factory=set)
    stream_posts: set[tuple[str, int]] = field(default_factory=set)


@dataclass
class CutClient(ABC):
    """Somebody who is told of their log, of their feed and of streams, over many connections.

    `person` is None for somebody without a login. `told` has the statuses of session.ready (as of
    "me") and of streams, `left_out` who said that there is more over REST.
    """

    person: Person | None
    streams: tuple[str, ...] = ()
    kept: dict[str, Any] = field(default_factory=dict)
    cursors: dict[str, str] = field(default_factory=dict)
    numbers: list[int] = field(default_factory=list)
    posts: list[int] = field(default_factory=list)
    stream_posts: list[tuple[str, int]] = field(default_factory=list)
    told: list[tuple[str, str]] = field(default_factory=list)
    left_out: set[str] = field(default_factory=set)
    _answered: set[str] = field(default_factory=set)  # of the connection in hand

    @abstractmethod
    def frames(self, instance: Instance) -> AsyncGenerator[None]:
        """Connect, and yield after each frame, which has been taken in."""

    async def come(self, instance: Instance, written: Written, frames: int | None = None) -> bool:
        """Connect, and vanish when all is heard, or after so many frames; return whether it was."""
        self._answered.clear()
        taken = 0
        try:
            async with asyncio.timeout(PATIENCE), aclosing(self.frames(instance)) as coming:
                async for _ in coming:
                    taken += 1
                    if self._has_all(written):
                        return True
                    if taken == frames:
                        return False
        except TimeoutError:
            raise AssertionError(f"not all of {written} has come: {self}") from None
        raise AssertionError("the connection ended")

    def _has_all(self, written: Written) -> bool:
        awaited = set(self.streams) | ({"me"} if self.person else set())
        return (
            self._answered >= awaited
            and written.numbers <= set(self.numbers)
            and written.posts <= set(self.posts)
            and written.stream_posts <= set(self.stream_posts)
        )

    def hear(self, name: str, envelope: dict[str, Any]) -> None:
        """Take an event in."""
        if name != "stream.subscribed":
            check_event(name, envelope)
        seq, data = envelope["seq"], envelope["data"]
        if name == "session.ready":
            self._answer("me", data["resume"]["status"], more=data["feed"]["more"])
            self.posts += [post["id"] for post in data["feed"]["posts"]]
            self.is_ready(data)
        elif seq is not None:
            self.numbers.append(seq)
            self.kept["since"] = seq
        elif name == "post.created":
            self.posts.append(data["post"]["id"])
            self.kept["feed_since"] = data["cursor"]
        elif name == "stream.post":
            self.stream_posts.append((data["stream"], data["post"]["id"]))
            self.cursors[data["stream"]] = data["cursor"]
        elif name == "stream.subscribed":
            self.subscribed(data)

    def is_ready(self, ready: dict[str, Any]) -> None:
        """Keep what session.ready says."""
        if ready["resume"]["status"] != "resumed":
            self.kept["since"] = ready["seq"]
        self.kept |= {"epoch": ready["epoch"], "feed_since": ready["feed"]["cursor"]}

    def subscribed(self, answer: dict[str, Any]) -> None:
        """Keep what a subscription is answered."""
        self.cursors[answer["stream"]] = answer["cursor"]
        self._answer(answer["stream"], answer["status"], more=answer["more"])

    def _answer(self, who: str, status: str, *, more: bool) -> None:
        self._answered.add(who)
        self.told.append((who, status))
        if more:
            self.left_out.add(who)


class SocketIOClient(CutClient):
    """Over a WebSocket, with since, epoch and feed_since."""

    def auth(self) -> dict[str, Any]:
        assert self.person is not None
        return {"token": self.person.access, **self.kept}

    async def frames(self, instance: Instance) -> AsyncGenerator[None]:
        async with leaving() as http:
            websocket = await http.ws_connect(
                f"{instance.url}/socket.io/?EIO=4&transport=websocket", max_msg_size=0
            )
            await websocket.receive_str()
            yield
            await websocket.send_str(f"40{orjson.dumps(self.auth()).decode()}")
            async for message in websocket:
                for command in self.packet(message.data):
                    await websocket.send_str(command)
                yield

    def packet(self, packet: str) -> list[str]:
        """Take a packet in; return what is said to it."""
        if packet.startswith("40"):
            self.connected(orjson.loads(packet[2:]))
        elif packet.startswith("42"):
            name, envelope, *offset = orjson.loads(packet[2:])
            self.hear(name, envelope)
            self.offset(*offset)
            if name == "session.ready":
                return [f"42{n}{self._subscribe(each)}" for n, each in enumerate(self.streams)]
        elif packet.startswith("43"):
            ack = orjson.loads(packet[packet.index("[") :])[0]
            assert ack["ok"], ack
            self.subscribed(ack["data"])
        return []

    def _subscribe(self, stream: str) -> str:
        asked = {"stream": stream, "cursor": self.cursors.get(stream)}
        return orjson.dumps(["stream.subscribe", asked]).decode()

    def connected(self, data: dict[str, Any]) -> None:
        """Keep what CONNECT says."""

    def offset(self, offset: str | None = None) -> None:
        """Keep what stands behind an event."""


class RecoveringClient(SocketIOClient):
    """The same with Socket.IO's connection state recovery."""

    def auth(self) -> dict[str, Any]:
        assert self.person is not None
        back = {name: text for name, text in self.kept.items() if name in ("pid", "offset")}
        return {"token": self.person.access, "recovery": True, **back}

    def connected(self, data: dict[str, Any]) -> None:
        self.kept["pid"] = data["pid"]

    def offset(self, offset: str | None = None) -> None:
        if offset is not None:
            self.kept["offset"] = offset


class Polling(SocketIOClient):
    """Over long-polling: a frame is a packet, of which several may come at once."""

    async def frames(self, instance: Instance) -> AsyncGenerator[None]:
        async with leaving() as http:
            url = f"{instance.url}/socket.io/?EIO=4&transport=polling"
            async with http.get(url) as answer:
                url += "&sid=" + orjson.loads((await answer.text())[1:])["sid"]
            yield
            await self._post(http, url, f"40{orjson.dumps(self.auth()).decode()}")
            try:
                while True:
                    async with http.get(url) as answer:
                        assert answer.status == 200, await answer.text()
                        packets = (await answer.text()).split(SEPARATOR)
                    for packet in packets:
                        for command in self.packet(packet):
                            await self._post(http, url, command)
                        yield
            finally:
                async with http.post(url, data="x"):  # else it counts as connected for 45 s
                    pass

    async def _post(self, http: aiohttp.ClientSession, url: str, packet: str) -> None:
        async with http.post(url, data=packet) as answer:
            assert answer.status == 200


class RecoveringByPolling(Polling, RecoveringClient):
    """The same with connection state recovery."""


class PlainClient(CutClient):
    """Over a plain WebSocket, with since, epoch and feed_since."""

    def auth(self) -> dict[str, Any]:
        assert self.person is not None
        return {"token": self.person.access, **self.kept}

    async def frames(self, instance: Instance) -> AsyncGenerator[None]:
        async with leaving() as http:
            websocket = await http.ws_connect(f"{instance.url}/api/ws/", max_msg_size=0)
            connect = {"id": "connect", "command": "connect", "data": self.auth()}
            await websocket.send_json(connect)
            async for message in websocket:
                frame = orjson.loads(message.data)
                if "event" in frame:
                    envelope = {key: frame[key] for key in ("seq", "ts", "data")}
                    self.hear(frame["event"], envelope)
                    self.offset(frame.get("offset"))
                elif frame["id"] != "connect":
                    self.subscribed(frame["result"])
                if frame.get("event") == "session.ready":
                    for id, stream in enumerate(self.streams):
                        data = {"stream": stream, "cursor": self.cursors.get(stream)}
                        command = {"id": id, "command": "stream.subscribe", "data": data}
                        await websocket.send_json(command)
                yield

    def offset(self, offset: str | None) -> None:
        """Keep what an event has."""


class PlainRecoveringClient(PlainClient):
    """The same by offsets."""

    def auth(self) -> dict[str, Any]:
        assert self.person is not None
        back = {"offset": self.kept["offset"]} if "offset" in self.kept else {}
        return {"token": self.person.access, "recovery": True, **back}

    def offset(self, offset: str | None) -> None:
        if offset is not None:
            self.kept["offset"] = offset


class EventSourceClient(CutClient):
    """Over Server-Sent Events: the last id is all that it keeps."""

    async def frames(self, instance: Instance) -> AsyncGenerator[None]:
        headers = {"Last-Event-ID": self.kept["id"]} if "id" in self.kept else {}
        if self.person is not None:
            headers["Authorization"] = f"Bearer {self.person.access}"
        params = [("streams", each) for each in self.streams]
        async with (
            leaving() as http,
            http.get(f"{instance.url}/api/stream/", params=params, headers=headers) as answer,
        ):
            assert answer.status == 200
            yield
            fields: dict[str, str] = {}
            async for line in answer.content:
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if line == b"\n":
                    if "event" in fields:
                        self.hear(fields["event"], orjson.loads(fields["data"]))
                        self.kept |= {"id": fields["id"]} if "id" in fields else {}
                        yield
                    fields = {}
                elif name:
                    fields[name] = value


@asynccontextmanager
async def leaving() -> AsyncIterator[aiohttp.ClientSession]:
    """For connections that end without a word."""
    connector = aiohttp.TCPConnector()
    async with aiohttp.ClientSession(connector=connector) as http:
        try:
            yield http
        finally:
            await connector.close()
