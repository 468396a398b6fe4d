"""The stock Python client of Socket.IO, at its end."""

import contextlib

import socketio


async def shut(client: socketio.AsyncClient) -> None:
    """End it, and the HTTP session that it leaves open where it was just connecting."""
    for end in (client.shutdown, client.disconnect):  # its tries to reconnect; its connection
        with contextlib.suppress(Exception):
            await end()
    http = client.eio.http
    if http is not None and not http.closed:
        await http.close()
