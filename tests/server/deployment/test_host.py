"""What deploys us without Docker: Caddy, systemd and Kubernetes take it, and it says what we do."""

import asyncio
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
import yaml
from aiohttp.test_utils import unused_port

from server.cli.parser import build_parser
from server.config import load_config
from server.config.settings import SETTINGS
from server.lifecycle.signals import EXIT_SECONDS
from tests.people import Instance
from tests.processes import ROOT
from tests.server.deployment.files import SECRET, SERVERS, arguments_of, seconds
from tests.server.deployment.test_proxy import all_transports_work, answers

DEPLOY = ROOT / "deploy"
SETTING_NAMES = {setting.name for setting in SETTINGS}

# Caddy

CADDYFILE = (DEPLOY / "Caddyfile").read_text()
needs_caddy = pytest.mark.skipif(
    shutil.which("caddy") is None, reason="caddy is not installed on this machine"
)


@asynccontextmanager
async def caddy(before: list[str], folder: Path) -> AsyncIterator[str]:
    """The real Caddyfile with other addresses, and without certificates; its URL."""
    port = unused_port()
    text = CADDYFILE.replace("bird.example {", f"http://127.0.0.1:{port} {{")
    for number, url in enumerate(before, 1):
        text = text.replace(f"127.0.0.1:{8000 + number}", urlsplit(url).netloc)
    (folder / "Caddyfile").write_text("{\n\tadmin off\n\tauto_https off\n}\n" + text)
    log = folder / "log"
    with log.open("wb") as written:
        process = await asyncio.create_subprocess_exec(
            "caddy", "run", "--config", str(folder / "Caddyfile"),
            stdout=written, stderr=written, env=os.environ | {"HOME": str(folder)},
        )  # fmt: skip
    try:
        async with asyncio.timeout(20):
            while not await answers(port):
                assert process.returncode is None, log.read_text()
                await asyncio.sleep(0.02)
        yield f"http://127.0.0.1:{port}"
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


@needs_caddy
async def test_rest_websockets_and_polling_work_through_caddy(
    two_instances: tuple[Instance, Instance], tmp_path: Path
) -> None:
    async with caddy([instance.url for instance in two_instances], tmp_path) as url:
        await all_transports_work(url)
        async with aiohttp.ClientSession() as http, http.get(f"{url}/metrics") as hidden:
            assert hidden.status == 404


@needs_caddy
async def test_api_behind_caddy_answers_problems_when_no_instance_does(tmp_path: Path) -> None:
    nobody = [f"http://127.0.0.1:{unused_port()}" for _ in SERVERS]
    async with caddy(nobody, tmp_path) as url, aiohttp.ClientSession() as http:
        away = await Instance(url, http).call("GET", "/api/posts/", status=503)
    assert away.headers["Retry-After"] == "2"
    assert away.headers["Content-Type"] == "application/problem+json"
    assert away["status"] == 503


@needs_caddy
def test_caddy_takes_its_file_and_would_write_it_the_same_way(tmp_path: Path) -> None:
    file = tmp_path / "Caddyfile"
    file.write_text(CADDYFILE)
    environment = os.environ | {"HOME": str(tmp_path)}
    for command in ("validate", "fmt"):
        words = ["caddy", command, *(["--config"] if command == "validate" else []), str(file)]
        done = subprocess.run(words, check=False, capture_output=True, text=True, env=environment)
        assert done.returncode == 0, done.stderr
    assert done.stdout == CADDYFILE


def test_caddy_tells_browsers_to_stay_with_https() -> None:
    site = CADDYFILE.partition("\nbird.example {\n")[2].partition("\n\thandle")[0]
    assert "\theader Strict-Transport-Security max-age=31536000\n" in site


def test_caddy_passes_no_numbers_on_and_keeps_an_address_in_one_instance() -> None:
    assert re.search(r"handle /metrics \{\s*respond 404", CADDYFILE)
    sockets = CADDYFILE.partition("handle /socket.io/*")[2].partition("handle {")[0]
    assert "lb_policy ip_hash" in sockets
    assert "flush_interval -1" in sockets


# systemd

UNITS = sorted((DEPLOY / "systemd").glob("*.service"))


def directive(unit: Path, name: str) -> str:
    (found,) = re.findall(rf"^{name}=(.+)$", unit.read_text(), re.MULTILINE)
    return str(found)


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_program_understands_what_systemd_tells_it(unit: Path) -> None:
    program, *words = shlex.split(directive(unit, "ExecStart").replace("%i", "8001"))
    assert program == "/opt/mini-twitter/bin/mini-twitter"
    options = build_parser().parse_args(words)
    assert str(options.data_dir) == f"/var/lib/{directive(unit, 'StateDirectory')}"
    assert getattr(options, "no_jobs", True)  # those are the worker's
    assert ip_address(getattr(options, "host", "127.0.0.1")).is_loopback  # the proxy is before it
    assert directive(unit, "User") != "root"
    assert float(directive(unit, "TimeoutStopSec")) > EXIT_SECONDS


def test_instances_of_systemd_are_those_of_the_proxies() -> None:
    ports = set(re.findall(r"mini-twitter@(\d+)", UNITS[1].read_text()))
    assert UNITS[1].name == "mini-twitter@.service"
    for proxy in ("nginx.conf", "Caddyfile"):
        assert set(re.findall(r"127\.0\.0\.1:(\d+)", (DEPLOY / proxy).read_text())) == ports


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_takes_the_units(unit: Path, tmp_path: Path) -> None:
    copy = tmp_path / unit.name.replace("@", "@8001")
    copy.write_text(unit.read_text().replace("/opt/mini-twitter/bin/mini-twitter", "/bin/true"))
    done = subprocess.run(
        ["systemd-analyze", "verify", copy], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert unit.name.partition(".")[0].rstrip("@") not in done.stderr  # nor a warning


# Kubernetes

OBJECTS: list[dict[str, Any]] = list(
    yaml.safe_load_all((DEPLOY / "kubernetes/mini-twitter.yaml").read_text())
)


def of_kind(kind: str) -> list[dict[str, Any]]:
    return [found for found in OBJECTS if found["kind"] == kind]


def container(deployment: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any]
    (found,) = deployment["spec"]["template"]["spec"]["containers"]
    return found


SERVER, WORKER = of_kind("Deployment")


@pytest.mark.skipif(
    find_spec("kubernetes_validate") is None,
    reason="no schema of Kubernetes is installed (pip install kubernetes-validate)",
)
@pytest.mark.parametrize("found", OBJECTS, ids=lambda found: found["kind"])
def test_kubernetes_takes_each_object_by_its_schema(found: dict[str, Any]) -> None:
    import kubernetes_validate

    newest = kubernetes_validate.latest_version()
    kubernetes_validate.validate(found, newest, strict=True)


@pytest.mark.parametrize("deployment", [SERVER, WORKER], ids=["server", "worker"])
def test_pods_run_our_commands_as_the_person_of_the_image(deployment: dict[str, Any]) -> None:
    pod, own = deployment["spec"]["template"]["spec"], container(deployment)
    options = build_parser().parse_args(own["args"])
    assert own["args"][0] == ("serve" if deployment is SERVER else "worker")
    assert getattr(options, "host", "0.0.0.0") == "0.0.0.0"
    person = pod["securityContext"]
    assert arguments_of("USER") == [f"{person['runAsUser']}:{person['runAsGroup']}"]
    assert person["runAsNonRoot"] is True
    mounted = {mount["mountPath"] for mount in own["volumeMounts"]}
    assert mounted == {arguments_of("VOLUME")[0], "/tmp"}
    assert {mount["name"] for mount in own["volumeMounts"]} == {
        volume["name"] for volume in pod["volumes"]
    }
    assert own["resources"]["limits"]["memory"]
    pause = own.get("lifecycle", {}).get("preStop", {}).get("exec", {}).get("command", ["", "0"])
    assert pod["terminationGracePeriodSeconds"] > int(pause[1]) + EXIT_SECONDS


def test_pods_are_told_settings_that_there_are_and_of_a_bucket_that_they_share(
    tmp_path: Path,
) -> None:
    (settings,) = of_kind("ConfigMap")
    assert set(settings["data"]) <= SETTING_NAMES
    config = load_config(settings["data"] | SECRET, tmp_path)
    assert config.media_store_url is not None
    assert config.metrics_listen is not None
    for deployment in (SERVER, WORKER):
        own = container(deployment)
        ports = {port["name"]: port["containerPort"] for port in own["ports"]}
        assert ports["metrics"] == config.metrics_listen[1]
        assert own["envFrom"][0]["configMapRef"]["name"] == settings["metadata"]["name"]
        template = deployment["spec"]["template"]["metadata"]
        assert template["annotations"]["prometheus.io/port"] == str(ports["metrics"])


def test_a_rolling_update_and_a_disruption_leave_an_instance() -> None:
    update = SERVER["spec"]["strategy"]["rollingUpdate"]
    assert update == {"maxSurge": 1, "maxUnavailable": 0}
    (budget,) = of_kind("PodDisruptionBudget")
    assert SERVER["spec"]["replicas"] > budget["spec"]["maxUnavailable"]
    labels = SERVER["spec"]["template"]["metadata"]["labels"]
    assert budget["spec"]["selector"]["matchLabels"] == labels
    assert SERVER["spec"]["selector"]["matchLabels"] == labels
    assert WORKER["spec"]["selector"]["matchLabels"] != labels


def test_an_instance_that_cannot_serve_is_passed_over_and_not_restarted() -> None:
    own = container(SERVER)
    assert own["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "http"}
    for probe in ("startupProbe", "livenessProbe"):
        assert own[probe]["httpGet"] == {"path": "/healthz", "port": "http"}
    assert container(WORKER)["livenessProbe"]["httpGet"] == {
        "path": "/metrics?process=0",
        "port": "metrics",
    }


def test_the_way_in_leads_to_the_instances_and_outwaits_a_silent_socket() -> None:
    (service,), (ingress,) = of_kind("Service"), of_kind("Ingress")
    assert service["spec"]["selector"] == SERVER["spec"]["template"]["metadata"]["labels"]
    (port,) = service["spec"]["ports"]
    assert port["targetPort"] == "http"
    assert {found["name"]: found["containerPort"] for found in container(SERVER)["ports"]}[
        "http"
    ] == int(arguments_of("EXPOSE")[0])
    (rule,) = ingress["spec"]["rules"]
    (path,) = rule["http"]["paths"]
    backend = path["backend"]["service"]
    assert backend == {"name": service["metadata"]["name"], "port": {"name": port["name"]}}
    annotations = ingress["metadata"]["annotations"]
    for direction in ("read", "send"):
        timeout = annotations[f"nginx.ingress.kubernetes.io/proxy-{direction}-timeout"]
        assert seconds(f"{timeout}s") > 45  # a ping and its answer
