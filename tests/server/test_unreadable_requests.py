"""What is refused before it has a path is answered as a problem, like all else under /api/."""

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import orjson
import pytest

from tests.conftest import Services
from tests.processes import PROGRAM
from tests.server.lifecycle.instances import serving

CHUNKED = b"Host: x\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n"
UNREADABLE = {
    "a header over 8 KB": b"GET /api/posts/ HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 9000 + b"\r\n\r\n",
    "a line over 16 KB": b"GET /api/posts/?" + b"x" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "a bad request line": b"GET /api/posts/\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
    "no version": b"GET /api/posts/ HTPT/9\r\nHost: x\r\n\r\n",
    "a bad chunk": b"POST /api/users/token/ HTTP/1.1\r\n" + CHUNKED + b"zz\r\n{}\r\n0\r\n\r\n",
    "a header without a colon": b"GET /api/posts/ HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n",
    "two lengths": b"POST /api/posts/ HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
    "of a poll": b"POST /socket.io/?EIO=4&transport=polling HTTP/1.1\r\n" + CHUNKED + b"zz\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
}


async def answer(url: str, request: bytes) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of what comes until the connection is closed."""
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        for start in range(0, len(request), 4096):  # as it comes over a network
            writer.write(request[start : start + 4096])
            await writer.drain()
        text = await asyncio.wait_for(reader.read(), 15)
    finally:
        writer.close()
    head, _, body = text.partition(b"\r\n\r\n")
    status, *fields = head.decode().split("\r\n")
    headers = dict(field.lower().split(": ", 1) for field in fields)
    return int(status.split()[1]), headers, body


@pytest.mark.parametrize("workers", [1, 2])
async def test_what_cannot_be_read_is_refused_by_a_problem(
    services: Services, tmp_path: Path, workers: int
) -> None:
    flags = ("--no-jobs", "--workers", str(workers))
    async with serving(services, tmp_path, *flags, program=PROGRAM) as instance:
        for what, request in UNREADABLE.items():
            status, headers, body = await answer(instance.url, request)
            problem = orjson.loads(body)
            assert status == problem["status"] == 400, what
            assert headers["content-type"] == "application/problem+json; charset=utf-8", what
            assert int(headers["content-length"]) == len(body)
            assert headers["cache-control"] == "no-store"
            assert problem["code"] == "malformed"
            assert problem["type"].endswith("/docs/errors/#malformed")
            assert {"title", "detail"} < problem.keys()
        assert "ok" in await instance.get("/healthz")
