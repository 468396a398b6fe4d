"""Where it is asked for, spans follow a request to the frame at another instance and its jobs."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp.test_utils import unused_port

from tests.conftest import Services
from tests.people import PASSWORD, Instance
from tests.processes import PROGRAM, ROOT, environment, run
from tests.server.lifecycle import instances
from tests.server.otlp import Collector, Span, collecting
from tests.storage.own_database import own_database
from tests.waiting import until

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT_ID = "00f067aa0ba902b7"
TRACEPARENT = f"00-{TRACE_ID}-{PARENT_ID}-01"
SECONDS = 20.0
QUIET = {
    "BCRYPT_ROUNDS": "4",
    "RATE_LIMITS": "off",
    "LOG_LEVEL": "warning",
    "JWT_SECRET": "the same for all instances, to be sure",
}
SOON = {"OTEL_BSP_SCHEDULE_DELAY": "50"}
WRITE = "POST /api/messages/{conversation_id}/send_message/"


@asynccontextmanager
async def exporting(
    services: Services, url: str, data_dir: Path, *flags: str, **env: str
) -> AsyncIterator[Instance]:
    """An instance in a process of its own on this database, which ends well and in time."""
    env = {**QUIET, **SOON, "DATABASE_URL": url, **env}
    async with instances.serving(services, data_dir, *flags, program=PROGRAM, **env) as served:
        yield Instance(served.url, served.client)
        served.process.terminate()
        code, _, _ = await asyncio.to_thread(served.end)  # its last spans are taken meanwhile
        assert code == 0


@pytest.fixture
async def collector() -> AsyncIterator[Collector]:
    async with collecting() as collector:
        yield collector


async def spans(collector: Collector, trace_id: str, *names: str) -> list[Span]:
    """Those of a trace, once there are some of these names among them."""

    def there() -> bool:
        return {*names} <= {span.name for span in collector.of(trace_id)}

    try:
        await until(there, SECONDS)
    except TimeoutError as error:
        found = [span.name for span in collector.of(trace_id)]
        raise AssertionError(f"{names} are not all in {found}") from error
    return collector.of(trace_id)


def named(found: list[Span], name: str) -> Span:
    (span,) = [span for span in found if span.name == name]
    return span


async def test_a_write_is_followed_to_the_frame_at_another_instance(
    services: Services, tmp_path: Path, collector: Collector
) -> None:
    otel = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}
    async with (
        own_database(services.database_url) as url,
        exporting(services, url, tmp_path / "a", "--no-jobs", **otel) as here,
        exporting(
            services, url, tmp_path / "b", "--no-jobs", OTEL_SERVICE_NAME="chat", **otel
        ) as there,
    ):
        ann, bob = await here.people("ann", "bob")
        talk = await here.chat(ann, bob)
        async with there.socket(bob) as socket:
            await socket.ready()
            path = f"/api/messages/{talk}/send_message/"
            headers = {"traceparent": TRACEPARENT}
            sent = await here.call("POST", path, ann, json={"content": "a secret"}, headers=headers)
            assert sent.headers["X-Request-Id"] == TRACE_ID
            assert (await socket.next("message.created"))["message"]["content"] == "a secret"
            delivery = "deliver message.created"
            found = await spans(collector, TRACE_ID, WRITE, "WITH", delivery)
    write = named(found, WRITE)
    assert write.parent_id == PARENT_ID
    assert write.attributes["http.route"] == WRITE.removeprefix("POST ")
    assert write.attributes["http.response.status_code"] in (200, 201)
    frames = [span for span in found if span.name == delivery]
    (frame,) = [span for span in frames if span.service == "chat"]
    assert collector.path(frame) == [delivery, "publish message.created", WRITE]
    assert frame.attributes["messaging.destination.name"] == f"u:{bob.id}"
    assert frame.attributes["mini_twitter.sent"] is True
    assert frame.attributes["mini_twitter.sockets"] == 1
    assert {write.service, frame.service} == {"mini-twitter", "chat"}
    assert write.instance != frame.instance
    inserts = [span for span in found if "INSERT INTO messages" in str(span.attributes)]
    assert {collector.path(span)[-1] for span in inserts} == {WRITE}
    assert "a secret" not in str(found)  # of statements only the text is said


async def test_jobs_are_done_in_the_trace_that_queued_them(
    services: Services, tmp_path: Path, collector: Collector
) -> None:
    async with (
        own_database(services.database_url) as url,
        exporting(services, url, tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT=collector.url) as instance,
    ):
        account = {"username": "ann", "email": "ann@example.org", "password": PASSWORD}
        headers = {"traceparent": TRACEPARENT, "X-Request-Id": "registers"}
        made = await instance.call("POST", "/api/users/", json=account, headers=headers)
        assert made.headers["X-Request-Id"] == "registers"
        job = named(await spans(collector, TRACE_ID, "job email.verify"), "job email.verify")
    assert "POST /api/users/" in collector.path(job)
    assert job.attributes["mini_twitter.job.outcome"] == "finished"


async def test_a_job_that_waits_says_the_request_alone(
    services: Services, tmp_path: Path, collector: Collector
) -> None:
    otel = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}
    async with (
        own_database(services.database_url) as url,
        exporting(services, url, tmp_path, "--no-jobs", **otel) as instance,
    ):
        account = {"username": "ann", "email": "ann@example.org", "password": PASSWORD}
        await instance.post("/api/users/", json=account, headers={"X-Request-Id": "registers"})
        listed = run("jobs", "show", "1", "--json", env={**QUIET, "DATABASE_URL": url})
    assert '"request_id": "registers"' in listed.stdout, listed


async def test_commands_begin_traces_that_their_problems_name(
    services: Services, tmp_path: Path, collector: Collector
) -> None:
    otel = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}
    async with (
        own_database(services.database_url) as url,
        exporting(services, url, tmp_path, "--no-jobs", **otel) as instance,
    ):
        ann = await instance.person("ann")
        async with instance.socket(ann) as socket:
            await socket.ready()
            ack = await socket.call("post.get", {"id": 1})
            made_up = await socket.call("made.up")
            found = await spans(collector, ack["error"]["request_id"], "command post.get")
            await spans(collector, made_up["error"]["request_id"], "command unknown")
    command = named(found, "command post.get")
    assert command.attributes["error.type"] == "not_found"
    assert not command.is_error  # of the client, not ours
    assert [span for span in found if span.name == "SELECT" and span.parent_id == command.id]


async def test_instances_that_record_and_others_deliver_to_each_other(
    services: Services, tmp_path: Path, collector: Collector
) -> None:
    otel = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}
    async with (
        own_database(services.database_url) as url,
        exporting(services, url, tmp_path / "a", "--no-jobs", **otel) as recording,
        exporting(services, url, tmp_path / "b", "--no-jobs") as other,
    ):
        ann, bob = await recording.people("ann", "bob")
        talk = await recording.chat(ann, bob)
        async with other.socket(bob) as his, recording.socket(ann) as hers:
            await his.ready()
            await hers.ready()
            await recording.say(ann, talk, "hi")
            await his.next("message.created")
            await other.say(bob, talk, "hi yourself")
            while (await hers.next("message.created"))["message"]["sender"]["id"] != bob.id:
                pass
        metrics = (await other.get("/metrics")).body.decode()
    assert "mini_twitter_malformed_hints_total 0.0" in metrics
    assert 'mini_twitter_events_delivered_total{by="hint",event="message.created"}' in metrics


async def test_a_collector_that_is_away_keeps_nobody_waiting(
    services: Services, tmp_path: Path
) -> None:
    nowhere = f"http://127.0.0.1:{unused_port()}"
    async with own_database(services.database_url) as url:
        env = {**QUIET, **SOON, "DATABASE_URL": url, "OTEL_EXPORTER_OTLP_ENDPOINT": nowhere}
        async with instances.serving(
            services, tmp_path, "--no-jobs", program=PROGRAM, **env
        ) as served:
            await Instance(served.url, served.client).person("ann")
            served.process.terminate()
            code, seconds, _ = served.end()
    assert code == 0
    assert seconds < 10


# redis-py imports the SDK by itself, where it is installed, but uses it for nothing.
def test_nothing_that_records_is_imported_where_it_is_not_asked_for() -> None:
    code = (
        "import sys; from server import app, services, telemetry; from server.jobs import worker; "
        "from server.config import load_config; import pathlib, tempfile; "
        "config = load_config({}, pathlib.Path(tempfile.mkdtemp())); app.create_app(config); "
        "telemetry.exporting(config).__enter__(); "
        "print([name for name in sys.modules if name.startswith('opentelemetry.exporter')"
        " or name.endswith('.spans')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, cwd=ROOT, env=environment(), capture_output=True
    )
    assert done.stdout.decode().strip() == "[]"


def test_without_the_extra_it_refuses_to_start_in_one_line(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['opentelemetry'] = None; sys.argv[0] = 'server'; "
        "from server.__main__ import main; sys.exit(main())"
    )
    env = environment({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"})
    for arguments in (["serve", "--port", "0"], ["worker"]):
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments, "--data-dir", str(tmp_path)],
            check=False,
            cwd=ROOT,
            env=env,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 2
        assert done.stderr.count("\n") == 1
        assert "needs the extra `otel`: pip install mini-twitter[otel]" in done.stderr
