"""Clients that leave within a body: nothing to tell an operator of."""

import asyncio
import logging

import aiohttp
import aiohttp.web
import pytest

from server.app import create_app
from server.config.load import Config
from server.lifecycle.runner import Runner
from tests.people import Instance
from tests.waiting import until

KINDS = {
    "JSON": ("/api/users/token/", "application/json", b'{"username":'),
    "a form": ("/api/posts/", "multipart/form-data; boundary=x", b"--x\r\nContent-Disp"),
}


def waits_for_the_rest(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Set as soon as somebody has read all of a body that has come, and wants more."""
    waiting, wait = asyncio.Event(), vars(aiohttp.StreamReader)["_wait"]

    async def tell(self: aiohttp.StreamReader, name: str) -> None:
        waiting.set()
        await wait(self, name)

    monkeypatch.setattr(aiohttp.StreamReader, "_wait", tell)
    return waiting


@pytest.mark.parametrize("kind", KINDS)
async def test_a_client_that_leaves_within_its_body_is_no_error(
    settings: Config,
    kind: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path, content_type, body = KINDS[kind]
    # As in production: a handler is not cancelled when its client leaves.
    runner = Runner(create_app(settings), "http://x", handler_cancellation=False)
    await runner.setup()
    try:
        site = aiohttp.web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        async with aiohttp.ClientSession() as http:
            ann = await Instance(f"http://{host}:{port}", http).person("ann")
        before = asyncio.all_tasks()
        waiting = waits_for_the_rest(monkeypatch)
        _, writer = await asyncio.open_connection(host, port)
        head = [
            f"POST {path} HTTP/1.1", "Host: x", f"Authorization: Bearer {ann.access}",
            f"Content-Type: {content_type}", "Content-Length: 1000", "", "",
        ]  # fmt: skip
        writer.write("\r\n".join(head).encode() + body)
        await asyncio.wait_for(waiting.wait(), 10)
        writer.transport.abort()
        await until(lambda: not asyncio.all_tasks() - before)
    finally:
        await runner.cleanup()
    assert [one.getMessage() for one in caplog.records if one.levelno > logging.INFO] == []
