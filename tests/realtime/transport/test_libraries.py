"""Every private function of a library that we rely on, by the hash of its source.

When one changes: read the change, see that what is built on it still holds, and put the new hash
here. docs/upstream.md says what we use each for, and by which public API it could be replaced.
"""

import hashlib
import inspect
import textwrap
from typing import Any

import engineio
import pytest
import socketio
from aiohttp._websocket import reader_py
from aiohttp.base_protocol import BaseProtocol
from aiohttp.web_protocol import RequestHandler
from asyncpg.prepared_stmt import PreparedStatement
from engineio import async_socket, base_socket
from socketio import packet

from realtime.protocol.packets import BinaryPacket, StrictPacket
from realtime.transport.engineio_server import EngineServer
from realtime.transport.engineio_socket import EngineSocket
from realtime.transport.manager import Manager
from realtime.transport.polling_socket import PollingSocket
from realtime.transport.socketio_server import SocketServer
from realtime.transport.websocket import FrameSink

OURS: dict[type, Any] = {
    EngineSocket: async_socket.AsyncSocket,
    PollingSocket: async_socket.AsyncSocket,
    EngineServer: engineio.AsyncServer,
    SocketServer: socketio.AsyncServer,
    Manager: socketio.AsyncManager,
    StrictPacket: packet.Packet,
    BinaryPacket: packet.Packet,
    FrameSink: reader_py.WebSocketDataQueue,  # the compiled one has no source: it is made of this
}

REPLACED = {
    EngineSocket: {
        "_upgrade_websocket": "87601500",
        "close": "9145d6fd",
        "schedule_ping": "ce997339",
        "send": "e7de91d3",
    },
    PollingSocket: {
        "handle_post_request": "4c56de0a",
        "poll": "01a7f5df",
    },
    EngineServer: {
        "_ok": "f48ca3f7",
        "_handle_connect": "57f46d81",
        "create_queue": "c7536859",
        "disconnect": "de8c2fec",
        "generate_id": "ed7978ed",
        "handle_request": "911b69db",
    },
    SocketServer: {
        "_engineio_server_class": "dec53e5e",
        "_handle_connect": "335c42d0",
        "_handle_eio_message": "38a7a6c5",
        "_send_packet": "d8c028ab",
    },
    Manager: {
        "basic_disconnect": "badf3313",
        "basic_enter_room": "4bccfc80",
        "connect": "497918d5",
        "eio_sid_from_sid": "969df7c6",
        "get_namespaces": "72e8348c",
        "get_participants": "6dbb771a",
        "is_connected": "9a3dfa36",
        "pre_connect": "63bc19af",
        "pre_disconnect": "3b3326a0",
        "sid_from_eio_sid": "e5bac935",
    },
    StrictPacket: {"decode": "d7d14f66"},
    BinaryPacket: {"add_attachment": "b2c4ce4d"},
    FrameSink: {"feed_data": "b4d1eac5", "set_exception": "71c6f39e"},
}

# What we leave as it is, and is on our way.
RELIED_ON: dict[Any, dict[str, str]] = {
    async_socket.AsyncSocket: {
        "handle_get_request": "39d7be2a",
        "receive": "16b0b2f6",
    },
    base_socket.BaseSocket: {
        "__init__": "ab7a0a99",
    },
    engineio.AsyncServer: {
        "_get_socket": "964b154a",
        "send_packet": "82589719",
    },
    socketio.AsyncServer: {
        "_handle_ack": "1733d214",
        "_handle_disconnect": "4eef8aa4",
        "_handle_event_internal": "325261cd",
    },
    RequestHandler: {
        "connection_lost": "03c8e006",
        "handle_error": "9f172560",
        "data_received": "24e16c8d",
        "finish_response": "ed4b5849",
        "set_parser": "8f4c36ca",
        "start": "861cf19d",
    },
    BaseProtocol: {
        "connection_lost": "0ad1cb63",
    },
    PreparedStatement: {
        "_PreparedStatement__bind_execute": "f2ca2dbd",
        "_PreparedStatement__do_execute": "122c9fc1",
    },
    reader_py.WebSocketReader: {
        "__init__": "a7a9be5f",
        "_handle_frame": "ab6d0abb",
        "feed_data": "3a08b85d",
    },
}


def known() -> list[Any]:
    replaced = {OURS[ours]: names for ours, names in REPLACED.items()}
    return [
        pytest.param(owner, name, noted, id=f"{owner.__name__}.{name}")
        for table in (replaced, RELIED_ON)
        for owner, names in table.items()
        for name, noted in names.items()
    ]


@pytest.mark.parametrize(("owner", "name", "noted"), known())
def test_the_library_function_is_the_one_that_was_read(owner: Any, name: str, noted: str) -> None:
    source = textwrap.dedent(inspect.getsource(getattr(owner, name)))
    assert hashlib.sha256(source.encode()).hexdigest()[:8] == noted


@pytest.mark.parametrize("ours", OURS, ids=lambda ours: ours.__name__)
def test_every_library_function_that_is_replaced_is_listed(ours: type) -> None:
    its_own = {name for name in vars(ours) if callable(getattr(OURS[ours], name, None))}
    assert {name for name in its_own if not name.startswith("__")} - {"json"} == set(REPLACED[ours])
