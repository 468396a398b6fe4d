"""Stock python-socketio on aiohttp, with its Redis manager if there is a URL: `stock.py [URL]`."""

import sys
from typing import Any

import socketio
from aiohttp import web
from serving import run

EVERYBODY = "all"


def create_app(redis_url: str | None) -> web.Application:
    manager = socketio.AsyncRedisManager(redis_url) if redis_url else None
    sio = socketio.AsyncServer(async_mode="aiohttp", client_manager=manager)

    async def connect(sid: str, environ: dict[str, Any], auth: Any) -> None:
        if not auth:  # the others only publish
            await sio.enter_room(sid, EVERYBODY)

    async def publish(sid: str, event: Any) -> dict[str, bool]:
        await sio.emit("post.created", event, room=EVERYBODY)
        return {"ok": True}

    async def noop(sid: str, _: Any) -> dict[str, bool]:
        return {"ok": True}

    for handler in (connect, publish, noop):
        sio.on(handler.__name__, handler)
    app = web.Application()
    sio.attach(app)
    return app


if __name__ == "__main__":
    run(create_app(sys.argv[1] if len(sys.argv) > 1 else None))
