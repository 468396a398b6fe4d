"""The limit for Python: bare aiohttp, a frame built once, one `transport.write` a socket.

What one socket says is written to all others that have never said anything.
"""

from aiohttp import WSMsgType, web
from serving import run

audience: dict[web.WebSocketResponse, web.BaseRequest] = {}


async def socket(request: web.Request) -> web.WebSocketResponse:
    response = web.WebSocketResponse(compress=False)
    await response.prepare(request)
    audience[response] = request
    try:
        async for message in response:
            audience.pop(response, None)
            if message.type is WSMsgType.TEXT:
                say(message.data.encode())
    finally:
        audience.pop(response, None)
    return response


def say(text: bytes) -> None:
    head = bytes((0x81, len(text))) if len(text) < 126 else b"\x81\x7e" + len(text).to_bytes(2)
    frame = head + text
    for request in audience.values():
        if request.transport is not None:
            request.transport.write(frame)


if __name__ == "__main__":
    app = web.Application()
    app.router.add_get("/socket.io/", socket)
    run(app)
