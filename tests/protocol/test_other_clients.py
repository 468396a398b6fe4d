"""What clients of other languages send with their handshakes.

The headers are those of the WebSocket libraries below socket.io-client-swift (Starscream 4,
Sources/Framer/HTTPHandler.swift) and socket.io-client-java (OkHttp 4, RealWebSocket.kt).
"""

import base64
import os

import aiohttp
import orjson
import pytest

from tests.people import Instance
from tests.realtime.socket_client import RawSocket

# Origin is made of the URL that it connects to: with the scheme ws or wss, which no browser sends.
SWIFT = {
    "Origin": "{websocket_url}",
    "Sec-WebSocket-Extensions": (
        "permessage-deflate; client_max_window_bits; server_max_window_bits=15"
    ),
}
JAVA = {
    "User-Agent": "okhttp/4.9.3",
    "Accept-Encoding": "gzip",
    "Sec-WebSocket-Extensions": "permessage-deflate",
}
CLIENTS = {"swift": SWIFT, "java": JAVA}


@pytest.mark.parametrize("client", CLIENTS)
async def test_their_handshakes_lead_to_an_answered_command(
    instance: Instance, client: str
) -> None:
    ann = await instance.person("ann")
    url = instance.url
    websocket_url = url.replace("http", "ws")
    headers = {
        name: value.format(websocket_url=websocket_url) for name, value in CLIENTS[client].items()
    }
    # Swift's client puts no `t` behind the transport, Java's does, and both begin with polling.
    stamp = "&t=PQ3x1ab" if client == "java" else ""
    async with aiohttp.ClientSession() as http:
        async with http.get(
            f"{url}/socket.io/?transport=polling&EIO=4{stamp}",
            headers={"Accept": "*/*", "User-Agent": headers.get("User-Agent", "CFNetwork")},
        ) as answer:
            sid = orjson.loads((await answer.text())[1:])["sid"]
        key = base64.b64encode(os.urandom(16)).decode()
        async with http.ws_connect(
            f"{url}/socket.io/?transport=websocket&EIO=4&sid={sid}{stamp}",
            headers={**headers, "Sec-WebSocket-Key": key},
            compress=0,
        ) as line:
            raw = RawSocket(line)
            await raw.send("2probe")
            assert await raw.next() == "3probe"
            await raw.send("5")
            ready = await raw.log_in(ann)
            assert ready["user"]["id"] == ann.id
            await raw.send('427["feed.list",{}]')
            while not (await raw.next() or "").startswith('437[{"ok":true'):
                pass
