"""Two people on ours, each with a Socket.IO connection; the sender's command is acknowledged."""

import asyncio
import re

import aiohttp
import orjson

from benchmarks.chat.load import Pair
from benchmarks.requests import person, post

READY = '42["session.ready"'
CREATED = '42["message.created"'


class Client:
    """A socket that answers pings all the time, also while it is not its turn."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._came: asyncio.Queue[str] = asyncio.Queue()
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def connect(cls, http: aiohttp.ClientSession, url: str, token: str) -> "Client":
        client = cls(await http.ws_connect(f"{url}/socket.io/?EIO=4&transport=websocket"))
        await client.until("0")
        await client.write("40" + orjson.dumps({"token": token}).decode())
        await client.until(READY)
        return client

    async def _read(self) -> None:
        async for message in self._socket:
            if message.data == "2":
                await self.write("3")
            else:
                self._came.put_nowait(message.data)

    async def write(self, packet: str) -> None:
        await self._socket.send_str(packet)

    async def until(self, prefix: str) -> str:
        """Return the next packet that begins so; what is before it is dropped."""
        while True:
            packet = await self._came.get()
            if packet.startswith(prefix):
                return packet

    async def close(self) -> None:
        self._reading.cancel()
        await self._socket.close()


class OurPair(Pair):
    def __init__(
        self, http: aiohttp.ClientSession, sender: Client, recipient: Client, conversation_id: int
    ) -> None:
        self._http, self._sender, self._recipient = http, sender, recipient
        self._conversation_id = conversation_id
        self._sent = 0

    @classmethod
    async def open(cls, url: str, number: int) -> "OurPair":
        http = aiohttp.ClientSession()
        _, sender = await person(http, url, f"sender_{number}")
        other, recipient = await person(http, url, f"recipient_{number}")
        talk = await post(http, f"{url}/api/messages/", sender, participants=[other])
        return cls(
            http,
            await Client.connect(http, url, sender),
            await Client.connect(http, url, recipient),
            talk["id"],
        )

    async def exchange(self, text: str) -> None:
        self._sent += 1
        body = {
            "conversation_id": self._conversation_id,
            "content": text,
            "client_id": f"c{self._sent}",
        }
        command = orjson.dumps(["message.send", body]).decode()
        await self._sender.write(f"42{self._sent}{command}")
        await asyncio.gather(self._acknowledged(), self._arrived(text))

    async def _acknowledged(self) -> None:
        answer = await self._sender.until(f"43{self._sent}[")
        if '"error"' in answer or text_of(answer) is None:
            raise AssertionError(answer)

    async def _arrived(self, text: str) -> None:
        while text_of(await self._recipient.until(CREATED)) != text:
            pass

    async def close(self) -> None:
        await self._sender.close()
        await self._recipient.close()
        await self._http.close()


def text_of(packet: str) -> str | None:
    """Return the content of the message in a packet."""
    found = re.search(r'"content":"([^"]*)"', packet)
    return found[1] if found else None
