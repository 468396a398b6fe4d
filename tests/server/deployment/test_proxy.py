"""The proxy of the compose file: its configuration, and at work where nginx is."""

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
from aiohttp.test_utils import unused_port

from handlers.edges.rest.multipart import BODY_BYTES_MAX
from realtime.tasks import Tasks
from realtime.transport.socketio_server import SocketServer
from server.app import create_app
from server.config import load_config
from server.lifecycle.serve import KEEPALIVE_SECONDS
from tests.people import Instance
from tests.processes import ROOT
from tests.server.deployment.files import (
    HTTP,
    PROXY,
    SECRET,
    SERVERS,
    SITE,
    arguments_of,
    directives,
    inside,
    seconds,
    value,
)

# The proxy


@pytest.mark.parametrize("upstream", ["instances", "sockets"])
def test_proxy_knows_every_server_by_its_name_and_port(upstream: str) -> None:
    found = [head[1] for head, _ in inside(HTTP, "upstream", upstream) if head[0] == "server"]
    assert found == [f"{name}:{arguments_of('EXPOSE')[0]}" for name in SERVERS]


def test_proxy_upgrades_websockets_and_keeps_a_polling_session_in_one_instance() -> None:
    sockets = inside(SITE, "location", "/socket.io/")
    assert value(sockets, "proxy_pass") == "http://sockets"
    assert value(sockets, "proxy_buffering") == "off"
    assert value(SITE, "proxy_http_version") == "1.1"
    # Headers are inherited only where none is set.
    assert not [head for head, _ in sockets if head[0] == "proxy_set_header"]
    assert value(SITE, "proxy_set_header", "Upgrade") == "$upgrade"
    assert value(SITE, "proxy_set_header", "Connection") == "$connection_header"
    assert value(inside(HTTP, "map", "$http_upgrade", "$upgrade"), "websocket") == "websocket"
    assert value(inside(HTTP, "map", "$upgrade", "$connection_header"), "websocket") == "upgrade"
    assert value(inside(HTTP, "upstream", "sockets"), "hash").split()[0] == "$sticky"
    sticky = inside(HTTP, "map", "$arg_transport:$arg_sid", "$sticky")
    assert value(sticky, "default") == "$remote_addr"


def test_paths_of_the_proxy_are_paths_of_the_program(tmp_path: Path) -> None:
    app = create_app(load_config(SECRET, tmp_path))
    paths = {resource.canonical for resource in app.router.resources()}
    for head, _ in SITE:
        if head[0] == "location" and not head[-1].startswith("@"):
            assert any(path.startswith(head[-1]) for path in paths), head
    assert {"/socket.io/", "/healthz", "/readyz", "/metrics"} <= paths


async def test_proxy_outwaits_a_silent_socket_and_closes_idle_connections_first() -> None:
    namespace: Any = SimpleNamespace()  # nobody connects
    server = SocketServer(namespace, Tasks(), [], waiting_bytes_max=1, compression=False)
    silence = server.eio.ping_interval + server.eio.ping_timeout
    assert seconds(value(SITE, "proxy_read_timeout")) > silence
    assert seconds(value(SITE, "proxy_send_timeout")) > silence
    idle = value(inside(HTTP, "upstream", "instances"), "keepalive_timeout")
    assert seconds(idle) < KEEPALIVE_SECONDS


def test_proxy_lets_pass_what_the_program_would_accept() -> None:
    size = value(SITE, "client_max_body_size")
    assert size.endswith("m")
    assert int(size.removesuffix("m")) * 2**20 > BODY_BYTES_MAX


def test_proxy_alone_says_whence_a_request_comes() -> None:
    assert value(SITE, "proxy_set_header", "X-Forwarded-For") == "$remote_addr"
    assert value(SITE, "proxy_set_header", "X-Forwarded-Proto") == "$scheme"
    assert value(SITE, "proxy_set_header", "X-Forwarded-Host") == ""
    assert value(SITE, "proxy_set_header", "Forwarded") == ""


def test_numbers_of_the_program_stay_inside() -> None:
    assert value(inside(SITE, "location", "=", "/metrics"), "return") == "404"


# The proxy on a host of one's own

ON_HOST = (ROOT / "deploy/nginx.conf").read_text()


def test_proxy_on_a_host_is_that_of_compose_but_for_where_instances_and_logs_are() -> None:
    text = re.sub(r"\n    # Docker's own\..*?\n    resolver .*?;\n", "", PROXY, flags=re.DOTALL)
    for number, name in enumerate(SERVERS, 1):
        text = text.replace(f"{name}:8000 resolve", f"127.0.0.1:{8000 + number}")
    text = text.replace("/dev/stderr", "/var/log/nginx/error.log")
    text = text.replace("/dev/stdout", "/var/log/nginx/access.log")
    assert directives(ON_HOST) == directives(text)
    assert "resolve" not in ON_HOST  # nginx knows it from 1.27.3 on, Debian 12 has 1.22


# The proxy at work

needs_nginx = pytest.mark.skipif(
    shutil.which("nginx") is None, reason="nginx is not installed on this machine"
)


@asynccontextmanager
async def proxy(before: list[str], folder: Path, text: str = PROXY) -> AsyncIterator[str]:
    """The real configuration with other addresses; its URL."""
    port = unused_port()
    paths = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{name}_temp_path {folder}/{name};" for name in paths)
    text = text.replace("http {", f"http {{ {temporary}", 1)
    text = text.replace("worker_processes auto", "worker_processes 2")
    text = text.replace("listen 80 default_server", f"listen 127.0.0.1:{port}")
    text = text.replace("/var/log/nginx", str(folder))
    for number, (name, url) in enumerate(zip(SERVERS, before, strict=True), 1):
        for address in (f"{name}:8000 resolve", f"127.0.0.1:{8000 + number}"):
            text = text.replace(address, urlsplit(url).netloc)
    (folder / "nginx.conf").write_text(text)
    user = "user root;" if os.geteuid() == 0 else ""  # else it may not enter the folder
    with (folder / "errors").open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            "nginx", "-p", str(folder), "-c", "nginx.conf",
            "-g", f"daemon off; pid {folder}/pid; {user}",
            stdout=asyncio.subprocess.DEVNULL,
            stderr=errors,
        )  # fmt: skip
    try:
        async with asyncio.timeout(20):
            while not await answers(port):
                assert process.returncode is None, (folder / "errors").read_text()
                await asyncio.sleep(0.02)
        yield f"http://127.0.0.1:{port}"
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def answers(port: int) -> bool:
    try:
        _reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


@needs_nginx
@pytest.mark.parametrize("text", [PROXY, ON_HOST], ids=["compose", "host"])
async def test_rest_websockets_and_polling_work_through_the_proxy(
    two_instances: tuple[Instance, Instance], tmp_path: Path, text: str
) -> None:
    urls = [instance.url for instance in two_instances]
    async with proxy(urls, tmp_path, text) as url:
        await all_transports_work(url)


async def all_transports_work(url: str) -> None:
    """REST, and messages that arrive over WebSocket, polling, and both one after the other."""
    async with aiohttp.ClientSession() as http:
        through = Instance(url, http)
        alice, bob = await through.person("alice"), await through.person("bob")
        talk = await through.post("/api/messages/", alice, {"participants": [bob.id]})
        path = f"/api/messages/{talk['id']}/send_message/"
        for offered, used in [
            (["websocket"], "websocket"),
            (["polling"], "polling"),
            (["polling", "websocket"], "websocket"),
        ]:
            async with through.socket(bob, transports=offered) as client:
                await client.ready()
                for word in ("one", "two", "three"):
                    await through.post(path, alice, {"content": word})
                    assert (await client.next("message.created"))["message"]["content"] == word
                assert client.client.transport() == used
                # A polling client that goes by itself waits for its last request to end.
                await through.post("/api/users/token/revoke/", bob, {"refresh": bob.refresh})
                await client.next("session.closing")
            bob = await through.log_in(bob.id, bob.username)


@needs_nginx
async def test_api_behind_the_proxy_answers_problems_when_no_instance_does(tmp_path: Path) -> None:
    nobody = [f"http://127.0.0.1:{unused_port()}" for _ in SERVERS]
    async with proxy(nobody, tmp_path) as url, aiohttp.ClientSession() as http:
        through = Instance(url, http)
        away = await through.call("GET", "/api/posts/", status=503)
        large = await through.call(
            "POST", "/api/posts/", headers={"Content-Length": str(2**25)}, status=413
        )
    assert away.headers["Retry-After"] == "2"
    for reply in (away, large):
        assert reply.headers["Content-Type"] == "application/problem+json"
        assert reply["status"] == reply.status
