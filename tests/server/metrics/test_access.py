"""Who may read the metrics, and where."""

import asyncio
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
from pytest_aiohttp import AiohttpClient

from server.app import create_app
from server.config.load import Config, ConfigError, load_config
from tests.conftest import Services
from tests.processes import PROGRAM, running
from tests.server.lifecycle.instances import serving
from tests.server.lifecycle.instances import settings as settings_of
from tests.server.metrics.scrape import scrape
from tests.waiting import until

TOKEN = "0123456789abcdef"
METRIC = "mini_twitter_broker_connected"


async def test_metrics_are_read_with_the_token_alone_where_there_is_one(
    settings: Config, aiohttp_client: AiohttpClient
) -> None:
    client = await aiohttp_client(create_app(replace(settings, metrics_token=TOKEN)))
    for shown in (None, "", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer", "Bearer \xe9", TOKEN):
        headers = {} if shown is None else {"Authorization": shown}
        async with client.get("/metrics", headers=headers) as refused:
            assert refused.status == 401
            assert refused.headers["WWW-Authenticate"] == "Bearer"
            assert METRIC not in await refused.text()
    for scheme in ("Bearer", "bearer"):
        async with client.get("/metrics", headers={"Authorization": f"{scheme} {TOKEN}"}) as read:
            assert read.status == 200
            assert METRIC in await read.text()


async def status(url: str) -> int | None:
    """Of the answer; None where nobody listens."""
    try:
        async with aiohttp.ClientSession() as client, client.get(url) as answer:
            return answer.status
    except aiohttp.ClientConnectorError:
        return None


@pytest.mark.parametrize("workers", [1, 2])
async def test_metrics_have_an_address_of_their_own_that_all_processes_share(
    services: Services, tmp_path: Path, workers: int, unused_tcp_port: int
) -> None:
    address = f"http://127.0.0.1:{unused_tcp_port}"
    async with serving(
        services,
        tmp_path,
        *("--no-jobs", "--workers", str(workers)),
        program=PROGRAM,
        METRICS_LISTEN=f"127.0.0.1:{unused_tcp_port}",
    ) as instance:
        assert await status(f"{instance.url}/metrics") == 404
        assert await status(f"{instance.url}/healthz") == 200
        for _ in range(2 * workers):
            assert await status(f"{address}/metrics?process={workers - 1}") == 200
            assert await status(f"{address}/healthz") == 404
        instance.process.terminate()
        assert instance.end()[0] == 0
    assert await status(f"{address}/metrics") is None


@pytest.mark.parametrize("workers", ["1", "2"])
async def test_a_server_whose_metrics_have_no_place_says_so(
    services: Services, tmp_path: Path, unused_tcp_port: int, workers: str
) -> None:
    address = f"127.0.0.1:{unused_tcp_port}"
    flags = ("--no-jobs", "--workers", workers)
    async with serving(services, tmp_path, *flags, program=PROGRAM, METRICS_LISTEN=address):
        with pytest.raises(AssertionError, match="METRICS_LISTEN: cannot listen"):
            async with serving(services, tmp_path, *flags, program=PROGRAM, METRICS_LISTEN=address):
                pass


async def test_a_worker_shows_what_its_jobs_came_to_where_metrics_have_an_address(
    services: Services, tmp_path: Path, unused_tcp_port: int
) -> None:
    address = f"127.0.0.1:{unused_tcp_port}"
    environment = settings_of(services) | {"METRICS_LISTEN": address}
    with running("worker", "--data-dir", str(tmp_path), env=environment) as process:

        async def answers() -> bool:
            return await status(f"http://{address}/metrics") == 200

        await until(answers, 30)
        names = (await scrape(f"http://{address}")).names
        assert {"mini_twitter_jobs_held", "mini_twitter_schedule_late_seconds"} <= names
        process.terminate()
        assert await asyncio.to_thread(process.wait, 15) == 0


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(
            ("METRICS_LISTEN", text)
            for text in ("9100", ":9100", "here", "here:0", "here:x", "here:70000", "a@b:1", "b:1/")
        ),
        *(("METRICS_TOKEN", text) for text in ("short", "with a space in the middle", "é" * 20)),
    ],
)
def test_what_is_no_address_or_no_token_is_refused(tmp_path: Path, name: str, text: str) -> None:
    with pytest.raises(ConfigError, match=name) as refused:
        load_config({name: text}, tmp_path)
    assert ("short" in str(refused.value)) is False


@pytest.mark.parametrize(
    ("text", "address"), [("[::1]:9100", ("::1", 9100)), ("here.local:1", ("here.local", 1))]
)
def test_an_address_is_a_host_and_a_port(
    tmp_path: Path, text: str, address: tuple[str, int]
) -> None:
    assert load_config({"METRICS_LISTEN": text}, tmp_path).metrics_listen == address
