"""What is left of requests that cannot be read."""

import asyncio
import gc
import types

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from server.lifecycle.runner import Runner


def held() -> int:
    """How many bytes the tracebacks of unreadable requests hold."""
    frames: list[types.FrameType] = []
    for error in gc.get_objects():
        if isinstance(error, HttpProcessingError):
            traceback = error.__traceback__
            while traceback is not None:
                frames.append(traceback.tb_frame)
                traceback = traceback.tb_next
    return sum(len(frame.f_locals.get("data", b"")) for frame in frames)


async def test_a_request_line_without_an_end_leaves_nothing_to_the_garbage_collector() -> None:
    runner = Runner(web.Application(), "http://x", access_log=None)
    await runner.setup()
    gc.collect()
    gc.disable()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        for _ in range(3):
            reader, writer = await asyncio.open_connection(host, port)
            writer.write(b"GET /" + b"x" * 2**20)
            assert b" 400 " in await asyncio.wait_for(reader.readline(), 10)
            writer.close()
        assert held() == 0
    finally:
        gc.enable()
        await runner.cleanup()
